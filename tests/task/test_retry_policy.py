"""WebexRetryPolicy: what Airflow 3.3 does with a task that Webex failed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

pytest.importorskip("airflow.sdk.definitions.retry_policy", reason="task retry policies came with Airflow 3.3")

from airflow.sdk.definitions.retry_policy import RetryAction

from airflow_provider_webex_recordings import WebexRecordingsHook, WebexRetryPolicy
from airflow_provider_webex_recordings.webex.errors import (
    WebexInputError,
    WebexRateLimitError,
    WebexServerError,
)
from tests.webex_api import WebexApi, faults, make_recordings

START = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def webex(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebexApi]:
    with WebexApi(recordings=make_recordings(10, START, START + timedelta(days=1))) as api:
        connection = {"conn_type": "webex", "host": api.url, "password": api.token}
        monkeypatch.setenv("AIRFLOW_CONN_WEBEX_DEFAULT", json.dumps(connection))
        yield api


def test_a_long_retry_after_fails_the_try_at_once_and_asks_for_exactly_that_delay(webex: WebexApi) -> None:
    webex.faults.add(faults.status(429, retry_after="4711"), times=None)

    with pytest.raises(WebexRateLimitError) as failure:
        list(WebexRecordingsHook().list_recordings(start=START, end=START + timedelta(days=1)))
    decision = WebexRetryPolicy().evaluate(failure.value, 1, 3)

    assert len(webex.requests) == 1
    assert decision.action is RetryAction.RETRY
    assert decision.retry_delay == timedelta(seconds=4711)
    assert "429" in (decision.reason or "")


@pytest.mark.parametrize(
    ("error", "action", "delay"),
    [
        (WebexRateLimitError("GET /x", 429, "", "", "", 47.0), RetryAction.RETRY, timedelta(seconds=47)),
        (WebexRateLimitError("GET /x", 429, "", "", ""), RetryAction.DEFAULT, None),
        (WebexServerError("GET /x", 502, "", "", ""), RetryAction.DEFAULT, None),
        (WebexInputError("topic", "", "is empty"), RetryAction.FAIL, None),
        (ValueError("not ours"), RetryAction.DEFAULT, None),
    ],
)
def test_the_policy_decides_by_the_error(error: Exception, action: RetryAction, delay: timedelta | None) -> None:
    decision = WebexRetryPolicy().evaluate(error, 1, 3)
    assert (decision.action, decision.retry_delay) == (action, delay)


def test_the_policy_sees_the_error_behind_another() -> None:
    error = RuntimeError("the DAG author's own")
    error.__cause__ = WebexRateLimitError("GET /x", 429, "", "", "", 47.0)
    assert WebexRetryPolicy().evaluate(error, 1, 3).retry_delay == timedelta(seconds=47)
