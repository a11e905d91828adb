"""What ends a deferred wait: both ends of its event agree, and the payload is what it has always been."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from airflow_provider_webex_recordings.task.findings import Findings, WaitResult
from airflow_provider_webex_recordings.webex.errors import WebexTransportError
from airflow_provider_webex_recordings.webex.windows import TimeWindow

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
WINDOW = TimeWindow(NOON - timedelta(hours=1), NOON)
BORDERS = {"start": "2026-11-22T11:00:00.000Z", "end": "2026-11-22T12:00:00.000Z"}


def test_what_a_wait_found_arrives_as_it_was() -> None:
    found = Findings(WINDOW, [{"id": "one", "createTime": "2026-11-22T11:30:00Z"}]).to_dict()

    payload = json.loads(json.dumps(WaitResult(found=found).to_payload()))

    assert payload == {
        "found": {"window": BORDERS, "count": 1, "ids": ["one"], "newest_create_time": "2026-11-22T11:30:00Z"}
    }
    assert WaitResult.from_payload(payload).value() == found


def test_an_error_that_ended_a_wait_arrives_as_it_was() -> None:
    error = WebexTransportError("GET /: no answer", "Wait", True)

    payload = json.loads(json.dumps(WaitResult(error=error).to_payload()))

    assert (
        payload["error"].items() >= {"class": "WebexTransportError", "args": ["GET /: no answer", "Wait", True]}.items()
    )
    with pytest.raises(WebexTransportError) as raised:
        WaitResult.from_payload(payload).value()
    assert raised.value.args == error.args
