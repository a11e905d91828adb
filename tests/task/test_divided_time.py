"""Runs that divide time deliver each recording exactly once: windows, the hook and the API together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from airflow_provider_webex_recordings.task.window import run_window
from tests.webex_api import WebexApi

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.fixture(scope="module")
def hook() -> Iterator[tuple[WebexApi, WebexRecordingsHook]]:
    with WebexApi() as api, pytest.MonkeyPatch.context() as environment:
        connection = {"conn_type": "webex", "host": api.url, "password": api.token}
        environment.setenv("AIRFLOW_CONN_WEBEX_DEFAULT", json.dumps(connection))
        yield api, WebexRecordingsHook()


whole_moments = moments.map(lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000))


@settings(max_examples=40, deadline=None)
@given(
    borders=st.lists(whole_moments, min_size=2, max_size=8, unique=True).map(sorted),
    created=st.lists(st.tuples(whole_moments, offsets), max_size=20),
    settle=st.none() | st.integers(0, 72).map(lambda hours: timedelta(hours=hours)),
)
def test_runs_that_divide_time_deliver_each_recording_exactly_once(
    hook: tuple[WebexApi, WebexRecordingsHook],
    borders: list[datetime],
    created: list[tuple[datetime, timezone]],
    settle: timedelta | None,
) -> None:
    """Through hook and API: recordings anywhere, on every border, and written with any offset."""
    api, lister = hook
    on_borders = [(border - (settle or timedelta(0)), UTC) for border in borders]
    for known in api.recordings.all():
        api.recordings.remove(known["id"])
    for number, (moment, zone) in enumerate([*created, *on_borders]):
        text = moment.astimezone(zone).isoformat(timespec="milliseconds")
        api.recordings.add({"id": str(number), "createTime": text, "status": "available"})

    runs = [
        run_window({"data_interval_start": start, "data_interval_end": end}, settle=settle).window
        for start, end in pairwise(borders)
    ]
    listed = [
        recording["id"]
        for run in runs
        for recording in lister.list_recordings(start=run.start, end=run.end, page_size=7)
    ]

    inside = [one["id"] for one in api.recordings.all() if runs[0].start <= parsed(one) < runs[-1].end]
    assert sorted(listed) == sorted(inside)


def parsed(recording: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(recording["createTime"])
