"""How many requests at a time, and how long all of them wait: numbers in, numbers out."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_webex_recordings.webex.pace import Pace


def test_a_refusal_halves_how_many_are_under_way_but_one_always_is() -> None:
    pace, widths = Pace(8), []
    for moment in range(6):
        widths.append(pace.width)
        pace.hold_up(1.0, 10.0 * moment)

    assert widths == [8, 4, 2, 1, 1, 1]


def test_good_answers_let_it_grow_again_slowly_and_never_beyond_the_most() -> None:
    pace = Pace(4)
    pace.hold_up(1.0, 0.0)
    widths = []
    for _ in range(40):
        pace.succeed(pace.round)
        widths.append(pace.width)

    assert widths == sorted(widths)
    assert widths.index(3) + 1 == 10, "some four rounds of two, and a few answers more as it grows"
    assert widths[-1] == 4


def test_an_answer_to_what_was_sent_before_a_wait_lets_nothing_grow() -> None:
    pace = Pace(8)
    before = pace.round
    pace.hold_up(1.0, 0.0)
    for _ in range(100):
        pace.succeed(before)

    assert pace.width == 4


def test_a_wait_is_whole_where_all_others_are_over() -> None:
    pace = Pace(8)

    assert [pace.hold_up(5.0, 100.0), pace.hold_up(5.0, 105.0), pace.hold_up(3.0), pace.hold_up(4.0, 1000.0)] == [
        *(5.0, 5.0, 3.0, 4.0)
    ]


def test_of_a_wait_that_was_asked_for_during_another_only_the_rest_is_left() -> None:
    pace = Pace(8)

    assert pace.hold_up(5.0, 100.0) == 5.0
    assert pace.hold_up(5.0, 102.0) == 2.0
    assert (pace.width, pace.round) == (2, 2)
    assert pace.hold_up(5.0, 101.0) == 0.0
    assert (pace.width, pace.round) == (2, 2), "a wait that is over already is no further sign"


@given(st.integers(1, 16), st.lists(st.tuples(st.integers(0, 100), st.integers(1, 60))))
def test_nobody_is_asked_again_before_its_time_and_nobody_waits_for_two(most: int, refusals: list[Any]) -> None:
    pace, now = Pace(most), 0.0
    for arrived, seconds in sorted(refusals):
        now = max(now, arrived)
        now += pace.hold_up(seconds, arrived)
        assert now >= arrived + seconds
        assert 1 <= pace.width <= most
    assert now <= max((arrived + seconds for arrived, seconds in refusals), default=0)
