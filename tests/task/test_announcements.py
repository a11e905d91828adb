"""What triggers say and tasks read: both ends agree, and the payload is what it has always been."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_webex_recordings.task.announcements import Announcement
from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.windows import TimeWindow

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOW = TimeWindow(NOON - HOUR, NOON)
BORDERS = {"start": "2026-11-22T11:00:00.000Z", "end": "2026-11-22T12:00:00.000Z"}

moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
windows = st.tuples(moments, moments).map(lambda borders: TimeWindow(*sorted(borders)))
lengths = st.integers(0, 10**9).map(lambda milliseconds: timedelta(milliseconds=milliseconds))


def watcher_event(payload: Any) -> Any:
    """The event as a triggered run finds it, after its way through the database."""
    return SimpleNamespace(extra=json.loads(json.dumps({"from_trigger": True, "payload": payload})))


@given(st.builds(Announcement, windows, lengths, st.booleans()))
def test_an_announcement_arrives_as_it_was_made(announcement: Announcement) -> None:
    assert Announcement.from_event(watcher_event(announcement.to_payload())) == announcement


def test_the_payload_of_an_announcement_is_a_promise() -> None:
    assert Announcement(WINDOW, timedelta(minutes=5), repeated=True).to_payload() == {
        "window": BORDERS,
        "lookback": 300.0,
        "repeated": True,
    }


def test_an_operators_event_announces_the_window_of_its_file() -> None:
    summary = {"path": "file:///tmp/a.jsonl", "count": 3, "window": {**BORDERS, "source": "data interval"}}

    assert Announcement.from_event(SimpleNamespace(extra=summary)) == Announcement(WINDOW)


FOREIGN = [None, {}, {"rows": 3}, {"payload": "text"}, {"payload": {"window": "today"}}, {"window": {"start": "a"}}]


@pytest.mark.parametrize("extra", FOREIGN)
def test_a_foreign_event_announces_nothing(extra: Any) -> None:
    assert Announcement.from_event(SimpleNamespace(extra=extra)) is None


def test_a_window_that_cannot_be_read_is_an_error_that_names_it() -> None:
    with pytest.raises(WebexInputError, match="start='yesterday'"):
        Announcement.from_event(watcher_event({"window": {"start": "yesterday", "end": "today"}}))
