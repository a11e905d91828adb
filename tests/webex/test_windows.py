"""Half-open windows: neighbours meet, pieces cover, nothing is listed twice or never."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.windows import LONGEST, TimeWindow, iso

DAY = timedelta(days=1)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.timezones())
widths = st.timedeltas(timedelta(0), timedelta(days=800))


@given(moments, widths)
def test_the_pieces_cover_a_window_without_a_gap_and_without_an_overlap(start: datetime, width: timedelta) -> None:
    window = TimeWindow(start, start + width)

    pieces = list(window.pieces())

    assert bool(pieces) != window.is_empty
    assert all(piece.end - piece.start <= LONGEST for piece in pieces)
    assert all(not piece.is_empty for piece in pieces)
    assert all(newer.start == older.end for newer, older in pairwise(pieces)), "the newest first"
    if pieces:
        assert (pieces[-1].start, pieces[0].end) == (window.start, window.end)


@given(moments, widths, widths)
def test_windows_that_share_a_border_share_it_at_webex(start: datetime, one: timedelta, two: timedelta) -> None:
    first, second = TimeWindow(start, start + one), TimeWindow(start + one, start + one + two)

    assert first.end == second.start
    assert iso(first.end) == iso(second.start)


def test_thirty_days_are_one_piece_and_a_millisecond_more_are_two() -> None:
    assert list(TimeWindow(NOON - LONGEST, NOON).pieces()) == [TimeWindow(NOON - LONGEST, NOON)]
    assert len(list(TimeWindow(NOON - LONGEST - timedelta(milliseconds=1), NOON).pieces())) == 2


def test_an_empty_window_has_no_pieces() -> None:
    window = TimeWindow(NOON, NOON)

    assert window.is_empty
    assert list(window.pieces()) == []


def test_a_window_reads_well_and_names_files() -> None:
    berlin = timezone(timedelta(hours=1))
    window = TimeWindow(datetime(2026, 11, 1, 1, tzinfo=berlin), datetime(2026, 11, 2, 1, 0, 0, 999_999, berlin))

    assert str(window) == "[2026-11-01T00:00:00.000Z, 2026-11-02T00:00:00.999Z)"
    assert window.to_dict() == {"start": "2026-11-01T00:00:00.000Z", "end": "2026-11-02T00:00:00.999Z"}
    assert window.compact() == "20261101T000000.000Z-20261102T000000.999Z"


def test_the_hour_that_daylight_saving_repeats_is_two_hours() -> None:
    from zoneinfo import ZoneInfo

    new_york = ZoneInfo("America/New_York")
    first = datetime(2026, 11, 1, 1, 30, tzinfo=new_york)
    again = datetime(2026, 11, 1, 1, 30, tzinfo=new_york, fold=1)

    assert TimeWindow(first, again).end - TimeWindow(first, again).start == timedelta(hours=1)


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (NOON, NOON - DAY, "start"),
        (NOON.replace(tzinfo=None), NOON, "start"),
        (NOON, NOON.replace(tzinfo=None), "end"),
        ("2026-11-23", NOON, "start"),
        (NOON, date(2026, 11, 24), "end"),
        (NOON, None, "end"),
        (datetime.min.replace(tzinfo=timezone(DAY / 2)), NOON, "start"),
        (NOON, datetime.max.replace(tzinfo=timezone(-DAY / 2)), "end"),
    ],
)
def test_a_border_that_cannot_work_is_named(start: object, end: object, field: str) -> None:
    with pytest.raises(WebexInputError) as caught:
        TimeWindow(start, end)

    assert caught.value.field == field
