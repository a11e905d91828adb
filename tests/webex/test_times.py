"""The times of recordings: what they stand for, and whether their texts sort as they do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_webex_recordings.webex.times import instant, sort_as_moments, utc_text

ALIKE = ["2026-11-01T09:00:00.500Z", "2026-11-01T08:59:59.999Z", "2026-10-31T23:00:00.000Z"]


def test_times_in_utc_that_are_written_alike_sort_as_moments() -> None:
    assert sort_as_moments(ALIKE)


@pytest.mark.parametrize(
    "times",
    [
        [],
        [*ALIKE, None],
        [*ALIKE, 5],
        # With digits after the second and without: as text, 09:00:00.5 comes before 09:00:00.
        ["2026-11-01T09:00:00.500Z", "2026-11-01T09:00:00Z"],
        # Two ways to write times, of one length.
        ["2026-11-01T09:00:00Z", "20261101T090000.500Z"],
        # The clocks went back: as text, the first of the two is the later one.
        ["2026-10-25T02:30:00+02:00", "2026-10-25T02:10:00+01:00"],
        ["2026-11-01T09:00:00", "2026-11-01T08:00:00"],
    ],
)
def test_others_may_not(times: list[Any]) -> None:
    assert not sort_as_moments(times)


times = st.lists(
    st.sampled_from(["Z", ".000Z", "+00:00", "+02:00"]).flatmap(
        lambda end: st.datetimes().map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + end)
    )
)


@given(times)
def test_where_they_are_said_to_they_do(texts: list[str]) -> None:
    moments = [instant(text) for text in texts]
    if sort_as_moments(texts) and None not in moments:
        assert [instant(text) for text in sorted(texts)] == sorted(moments)  # type: ignore[type-var]


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_survives_its_text(moment: datetime) -> None:
    assert instant(utc_text(moment)) == moment
