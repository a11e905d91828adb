"""Which window a run gets, as a pure function of its context; tests/system proves the contexts on a real Airflow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_webex_recordings.task.window import run_window, split_period
from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.windows import TimeWindow

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BERLIN_SUMMER = timezone(timedelta(hours=2))


def interval(start: datetime, end: datetime, **more: Any) -> dict[str, Any]:
    return {"data_interval_start": start, "data_interval_end": end, **more}


def event(start: datetime, end: datetime, *, watcher: bool = True) -> Any:
    said = {"window": TimeWindow(start, end).to_dict(), "count": 3}
    return SimpleNamespace(extra={"from_trigger": True, "payload": said} if watcher else said)


NO_INTERVAL = {"dag_run": SimpleNamespace(run_after=NOON)}
AIRFLOW_2 = {"dag_run": SimpleNamespace()}

# What the run brings, what the task was given, the window, its source.
WINDOWS: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[datetime, datetime], str]] = {
    "data interval": (interval(NOON - DAY, NOON), {}, (NOON - DAY, NOON), "data interval"),
    "data interval wins over window": (
        interval(NOON - DAY, NOON),
        {"window": HOUR},
        (NOON - DAY, NOON),
        "data interval",
    ),
    "empty interval": (
        interval(NOON, NOON),
        {"window": HOUR},
        (NOON - HOUR, NOON),
        "window before the empty data interval",
    ),
    "no interval": (NO_INTERVAL, {"window": HOUR}, (NOON - HOUR, NOON), "window before run_after"),
    "partition": (
        {"partition_date": NOON, **NO_INTERVAL},
        {"window": DAY},
        (NOON, NOON + DAY),
        "partition date and window",
    ),
    "explicit texts win": (
        interval(NOON - DAY, NOON),
        {"start": "2026-11-01T02:00:00+02:00", "end": "2026-11-02T00:00:00Z"},
        (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)),
        "start and end",
    ),
    "explicit datetimes": (
        {},
        {"start": datetime(2026, 7, 1, tzinfo=BERLIN_SUMMER), "end": NOON},
        (datetime(2026, 6, 30, 22, tzinfo=UTC), NOON),
        "start and end",
    ),
    "empty texts count as not given": (
        interval(NOON - DAY, NOON),
        {"start": "", "end": ""},
        (NOON - DAY, NOON),
        "data interval",
    ),
    "watcher's event": (
        {"triggering_asset_events": {"a": [event(NOON - HOUR, NOON)]}, **NO_INTERVAL},
        {"window": DAY},
        (NOON - HOUR, NOON),
        "the triggering asset event",
    ),
    "task's event": (
        {"triggering_asset_events": {"a": [event(NOON - HOUR, NOON, watcher=False)]}},
        {},
        (NOON - HOUR, NOON),
        "the triggering asset event",
    ),
    "events folded into one run": (
        {"triggering_asset_events": {"a": [event(NOON - HOUR, NOON), event(NOON, NOON + HOUR)]}},
        {},
        (NOON - HOUR, NOON + HOUR),
        "2 triggering asset events",
    ),
    "events of Airflow 2": (
        {"triggering_dataset_events": {"a": [event(NOON - HOUR, NOON, watcher=False)]}, **interval(NOON, NOON)},
        {},
        (NOON - HOUR, NOON),
        "the triggering asset event",
    ),
    "foreign events say nothing": (
        {
            "triggering_asset_events": {"a": [SimpleNamespace(extra={"rows": 3}), SimpleNamespace(extra=None)]},
            **NO_INTERVAL,
        },
        {"window": HOUR},
        (NOON - HOUR, NOON),
        "window before run_after",
    ),
    "lookback": (interval(NOON - DAY, NOON), {"lookback": HOUR}, (NOON - DAY - HOUR, NOON), "data interval"),
    "settle": (interval(NOON - DAY, NOON), {"settle": HOUR}, (NOON - DAY - HOUR, NOON - HOUR), "data interval"),
    "settle and lookback": (
        interval(NOON - DAY, NOON),
        {"settle": HOUR, "lookback": 2 * HOUR},
        (NOON - DAY - 3 * HOUR, NOON - HOUR),
        "data interval",
    ),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_a_run_gets_the_first_window_that_it_has(name: str) -> None:
    context, arguments, (start, end), source = WINDOWS[name]

    covered = run_window(context, **arguments)

    assert covered.window == TimeWindow(start, end)
    assert covered.source == source


def test_without_anything_that_tells_the_time_the_window_ends_now() -> None:
    before = datetime.now(UTC)
    covered = run_window(AIRFLOW_2, window=HOUR)
    assert before - timedelta(milliseconds=1) <= covered.window.end <= datetime.now(UTC)


REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "no interval": (NO_INTERVAL, {}, "no data interval"),
    "empty interval": (interval(NOON, NOON), {}, "an empty data interval"),
    "partition without length": ({"partition_date": NOON, **NO_INTERVAL}, {}, "but no length"),
    "only a start": (interval(NOON - DAY, NOON), {"start": NOON}, "set both start and end"),
    "only an end": (interval(NOON - DAY, NOON), {"end": NOON}, "set both start and end"),
    "no time": ({}, {"start": "yesterday", "end": NOON}, "is not an ISO 8601 time"),
    "no zone": ({}, {"start": "2026-11-01T00:00:00", "end": NOON}, "has no time zone"),
    "start after end": ({}, {"start": NOON, "end": NOON - DAY}, "is after end"),
    "start at end": ({}, {"start": NOON, "end": NOON}, "is empty"),
    "negative window": (NO_INTERVAL, {"window": -DAY}, "not negative"),
    "window of zero": (NO_INTERVAL, {"window": 0 * DAY}, "is empty"),
    "lookback is a number": (interval(NOON - DAY, NOON), {"lookback": 3600}, "give a timedelta"),
    "negative settle": (interval(NOON - DAY, NOON), {"settle": -HOUR}, "not negative"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_run_without_a_window_says_what_to_do(name: str) -> None:
    context, arguments, told = REFUSED[name]
    with pytest.raises(WebexInputError, match=told):
        run_window(context, **arguments)


def test_the_message_shows_the_two_lines_to_add() -> None:
    with pytest.raises(WebexInputError) as refusal:
        run_window(interval(NOON, NOON))
    assert "window=timedelta(days=1)" in str(refusal.value)
    assert "schedule=CronDataIntervalTimetable(" in str(refusal.value)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(
    borders=st.lists(moments, min_size=2, max_size=12, unique=True).map(sorted),
    zone=offsets,
    created=st.lists(moments, max_size=30),
    settle=st.none() | st.timedeltas(timedelta(0), timedelta(days=3)),
)
def test_runs_that_divide_time_cover_each_recording_exactly_once(
    borders: list[datetime], zone: timezone, created: list[datetime], settle: timedelta | None
) -> None:
    """Whatever the intervals, their zone and `settle`: each moment, a border too, lies in exactly one window."""
    runs = [
        run_window(interval(start.astimezone(zone), end.astimezone(zone)), settle=settle).window
        for start, end in pairwise(borders)
        if end - start >= timedelta(milliseconds=2)
    ]
    contiguous = len(runs) == len(borders) - 1
    for moment in [*created, *(border - (settle or timedelta(0)) for border in borders[:-1])]:
        sent = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        covering = [run for run in runs if run.start <= sent < run.end]
        inside = runs and runs[0].start <= sent < runs[-1].end
        if contiguous:
            assert len(covering) == (1 if inside else 0)
        else:
            assert len(covering) <= 1


@given(start=moments, length=st.timedeltas(0 * DAY, 400 * DAY), every=st.integers(12, 40 * 24).map(lambda n: n * HOUR))
def test_a_split_period_is_covered_exactly(start: datetime, length: timedelta, every: timedelta) -> None:
    period = TimeWindow(start, start + length)

    windows = [run_window({}, **borders).window for borders in split_period(start, start + length, every)]

    if not period.is_empty:
        assert (windows[0].start, windows[-1].end) == (period.start, period.end)
    assert all(earlier.end == later.start for earlier, later in pairwise(windows))
    assert all(window.end - window.start <= every for window in windows)


def test_a_year_is_split_into_what_webex_lists_at_once() -> None:
    windows = split_period("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")
    assert len(windows) == 13
    assert windows[0] == {"start": "2026-01-01T00:00:00.000Z", "end": "2026-01-31T00:00:00.000Z"}
    assert windows[-1] == {"start": "2026-12-27T00:00:00.000Z", "end": "2027-01-01T00:00:00.000Z"}


def test_a_period_cannot_be_split_into_nothing() -> None:
    with pytest.raises(WebexInputError, match="above zero"):
        split_period("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", timedelta(0))
