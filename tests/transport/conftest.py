"""An API to ask, and what asks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from airflow_provider_webex_recordings.webex.messages import Request
from tests.helpers.credentials import TOKEN
from tests.helpers.exchanging import OPTIONS, SEND, Answers
from tests.webex_api import WebexApi


@pytest.fixture(params=SEND)
def send(request: pytest.FixtureRequest) -> Callable[..., Answers]:
    """Send requests one after the other, with either library."""

    def send_with(*requests: Request, **options: Any) -> Answers:
        return SEND[request.param](list(requests), {**OPTIONS, **options})

    return send_with


@pytest.fixture
def api() -> Iterator[WebexApi]:
    with WebexApi(token=TOKEN) as api:
        yield api
