"""When a trigger looks again: as numbers."""

from __future__ import annotations

from itertools import accumulate, islice

import pytest
from airflow.providers.common.compat.sdk import BaseSensorOperator
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_webex_recordings.triggers.poll_times import SHORTEST, next_tick, pauses

MONTH = 30 * 24 * 3600.0

intervals = st.floats(0, 3600)
real_intervals = st.floats(SHORTEST, 3600)
moments = st.floats(1.7e9, 2.5e9)


def moments_of(elapsed: float, count: int, interval: float, **options: object) -> list[float]:
    """When the next looks are due, in seconds since the look on the worker."""
    return [elapsed + waited for waited in accumulate(islice(pauses(elapsed, interval, **options), count))]  # type: ignore[arg-type]


@given(interval=intervals, is_growing=st.booleans(), max_wait=st.none() | intervals)
def test_no_pause_is_shorter_than_a_second(interval: float, is_growing: bool, max_wait: float | None) -> None:
    chosen = islice(pauses(0.0, interval, exponential_backoff=is_growing, max_wait=max_wait), 50)
    assert min(chosen) > SHORTEST - 1e-6


@given(interval=intervals)
def test_each_pause_is_the_interval(interval: float) -> None:
    assert list(islice(pauses(0.0, interval), 5)) == pytest.approx([max(interval, SHORTEST)] * 5)


@given(interval=st.floats(1, 60), elapsed=st.floats(0, 5000))
def test_after_a_restart_the_looks_are_due_when_they_were_due_without_it(interval: float, elapsed: float) -> None:
    undisturbed = [moment for moment in moments_of(0.0, 6000, interval) if moment > elapsed]
    assert moments_of(elapsed, 5, interval) == pytest.approx(undisturbed[:5])


@given(interval=st.floats(1, 60), restarts=st.lists(st.floats(0.01, 200), max_size=20))
def test_a_triggerer_that_keeps_crashing_looks_no_more_often_than_one_that_does_not(
    interval: float, restarts: list[float]
) -> None:
    looked, now = [0.0], 0.0
    for crash in accumulate(restarts):
        looked += [moment for moment in moments_of(now, 300, interval) if moment < crash]
        now = crash
    assert len(looked) <= now / interval + 1.001


@given(elapsed=st.floats(-60, 0))
def test_a_worker_whose_clock_is_ahead_makes_the_first_pause_longer_and_no_other(elapsed: float) -> None:
    assert list(islice(pauses(elapsed, 10), 3)) == pytest.approx([10 - elapsed, 10, 10])


@given(interval=intervals, number=st.integers(1, 25), started=st.floats(0, 1e9))
def test_growing_pauses_lie_where_airflows_sensors_have_them(interval: float, number: int, started: float) -> None:
    sensor = BaseSensorOperator(task_id="airflows", poke_interval=interval, exponential_backoff=True, timeout=1e12)
    shortest = max(int(interval * 2 ** (number - 2)), 1)

    airflows = sensor._get_next_poke_interval(started, lambda: 0.0, number)
    *_, ours = islice(pauses(0.0, interval, exponential_backoff=True), number)

    assert shortest <= airflows < 2 * shortest
    assert shortest * (1 - 1e-6) <= ours < 2 * shortest * (1 + 1e-6)


def test_growing_pauses_spread_over_all_the_room_that_airflow_gives_them() -> None:
    fourth = [list(islice(pauses(0.0, 100, exponential_backoff=True), 4))[3] for _ in range(200)]
    assert min(fourth) < 440
    assert max(fourth) > 760


@given(interval=real_intervals, max_wait=st.floats(SHORTEST, 3600))
def test_no_growing_pause_is_longer_than_max_wait(interval: float, max_wait: float) -> None:
    chosen = list(islice(pauses(0.0, interval, exponential_backoff=True, max_wait=max_wait), 40))
    assert max(chosen) <= max_wait * (1 + 1e-6)
    assert chosen[-1] == pytest.approx(max_wait)


def test_a_max_wait_of_zero_is_none_as_it_is_to_airflow() -> None:
    sensor = BaseSensorOperator(task_id="zero", poke_interval=60, exponential_backoff=True, max_wait=0, timeout=1e9)
    assert sensor._get_next_poke_interval(0.0, lambda: 0.0, 5) >= 480
    assert list(islice(pauses(0.0, 60, exponential_backoff=True, max_wait=0.0), 5))[4] >= 480


def test_a_month_without_news_is_no_more_than_numbers() -> None:
    """Its start is found at once, and its back-off does not run out of the range of numbers."""
    assert next(pauses(MONTH, 60)) == pytest.approx(60)
    assert next(pauses(MONTH, 60, exponential_backoff=True)) < 3 * MONTH


@given(now=moments, interval=real_intervals, at_least=st.floats(0, 1000))
def test_the_next_tick_is_a_multiple_to_come(now: float, interval: float, at_least: float) -> None:
    tick = next_tick(now, interval, at_least)

    assert tick > now
    assert tick - now >= at_least - 1e-6
    assert tick - now <= at_least + interval + 1e-6
    assert tick / interval == pytest.approx(round(tick / interval), abs=1e-6)


@given(now=moments, interval=real_intervals)
def test_from_a_tick_the_next_one_is_an_interval_away(now: float, interval: float) -> None:
    tick = next_tick(now, interval)
    assert next_tick(tick, interval) - tick == pytest.approx(interval, abs=1e-5)


@given(tick=st.integers(1, 1_000_000), interval=st.integers(1, 3600), ages=st.lists(st.floats(0, 0.999), min_size=2))
def test_all_who_share_an_interval_look_at_the_same_moments(tick: int, interval: int, ages: list[float]) -> None:
    assert {next_tick((tick + age) * interval, interval) for age in ages} == {(tick + 1) * interval}
