"""For any recordings, any number of workers and answers in any order: what parts hand on is the serial listing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from airflow_provider_webex_recordings.webex.listing.parts import NEXT_STATES, Part, PartState
from airflow_provider_webex_recordings.webex.times import instant
from tests.helpers.simulated import DAY_MS, Listed, Server, list_parts, list_serially, oldest_first, truly, window_of

PAGE_SIZES = st.one_of(st.sampled_from([1, 10, 100]), st.integers(1, 100))
WORKERS = st.integers(1, 8)
WIDTHS = st.one_of(
    st.sampled_from([1, 2, 1000, DAY_MS, 30 * DAY_MS, 30 * DAY_MS + 1, 90 * DAY_MS]), st.integers(1, 90 * DAY_MS)
)
SECOND, HOUR = 1000, 3_600_000
#: a page every four hours
EVEN = [number * DAY_MS // 600 for number in range(18_000)]
#: pages for each worker that may wait for those before them, whatever the window
AHEAD = 15


@st.composite
def worlds(draw: st.DrawFn) -> tuple[int, int, list[int]]:
    """A window, a page size, and when recordings were made: evenly, in bursts between deserts, or all at once."""
    width, page_size = draw(WIDTHS), draw(PAGE_SIZES)
    pages = st.one_of(st.integers(0, 3), st.integers(0, 14))
    bursts = st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.sampled_from([0, 0.000001, 0.001, 0.01, 0.1, 1.0]),
        pages,
        st.integers(0, page_size),
        st.booleans(),
    )
    moments: list[int] = []
    random = Random(draw(st.integers(0, 99)))
    for begin, share, full_pages, more, evenly in draw(st.lists(bursts, max_size=4)):
        length, count = share * width, full_pages * page_size + more
        offsets = [number / count for number in range(count)] if evenly else [random.random() for _ in range(count)]
        moments += [min(int(begin * width + offset * length), width - 1) for offset in offsets]
    return width, page_size, moments


@st.composite
def arrivals(draw: st.DrawFn) -> Callable[[int], int]:
    """Which answer arrives next: the oldest, the newest, any, or always that of one worker last."""
    random = Random(draw(st.integers(0, 99)))
    return draw(
        st.sampled_from(
            [
                lambda under_way: 0,
                lambda under_way: under_way - 1,
                lambda under_way: random.randrange(under_way),
                lambda under_way: min(1, under_way - 1),
            ]
        )
    )


def hashed(number: int) -> int:
    return number * 2654435761 % 2**32


ODD = [None, "", "yesterday", 5, "2026-09-01T00:00:00", "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00Z"]

# What a createTime may be that is not the moment of creation.
SHOWN: dict[str, Callable[[int, int], object]] = {
    "nothing anywhere": lambda number, moment: None,
    "nothing here and there": lambda number, moment: None if hashed(number) % 300 == 0 else truly(number, moment),
    "something odd here and there": lambda number, moment: (
        ODD[hashed(number) % 7] if hashed(number) % 50 == 0 else truly(number, moment)
    ),
    "the end of time": lambda number, moment: "9999-12-31T23:59:59.999999Z",
    "the same for all, before": lambda number, moment: truly(0, -1),
    "the same for all, within": lambda number, moment: truly(0, DAY_MS),
    "the same for all, after": lambda number, moment: truly(0, 91 * DAY_MS),
    "whole seconds": lambda number, moment: truly(0, moment // SECOND * SECOND),
    "whole hours": lambda number, moment: truly(0, moment // HOUR * HOUR),
    "whole days": lambda number, moment: truly(0, moment // DAY_MS * DAY_MS),
    "the end of the hour": lambda number, moment: truly(0, moment // HOUR * HOUR + HOUR - 1),
    "an hour late": lambda number, moment: truly(0, moment + HOUR),
    "mirrored": lambda number, moment: truly(0, 30 * DAY_MS - moment),
    "slower than time": lambda number, moment: truly(0, moment // 1000),
    "faster than time": lambda number, moment: truly(0, 5 * moment),
    "at random": lambda number, moment: truly(0, hashed(number) % (30 * DAY_MS)),
}


def enough(serial: Listed, workers: int) -> int:
    """Requests after which nobody would call it slow, but endless."""
    return 6 * serial.requests + 20 * workers + 100


@settings(max_examples=max(150, settings().max_examples))
@given(world=worlds(), workers=WORKERS, which=arrivals())
@example(world=(1, 10, [0] * 11), workers=8, which=oldest_first)
@example(world=(DAY_MS, 10, [DAY_MS // 2] * 80_100), workers=1, which=oldest_first)
def test_parts_hand_on_the_serial_listing_in_its_order(
    world: tuple[int, int, list[int]], workers: int, which: Callable[[int], int]
) -> None:
    width, page_size, moments = world
    server, window = Server(moments, page_size), window_of(width)
    serial = list_serially(server, window)

    listed = list_parts(server, window, workers, which, enough(serial, workers))

    assert listed.ids == serial.ids
    assert listed.requests <= 2 * serial.requests + 4 * workers, "bursts and deserts cost little"
    assert listed.most_ahead <= AHEAD * workers


@settings(max_examples=max(200, settings().max_examples))
@given(world=worlds(), workers=WORKERS, which=arrivals(), lie=st.sampled_from(sorted(SHOWN)))
@example(world=(30 * DAY_MS, 100, EVEN), workers=1, which=oldest_first, lie="the end of time")
@example(world=(30 * DAY_MS, 100, EVEN), workers=8, which=oldest_first, lie="the same for all, after")
@example(world=(30 * DAY_MS, 100, EVEN), workers=8, which=oldest_first, lie="an hour late")
def test_times_that_say_nothing_or_lie_change_neither_recordings_nor_order(
    world: tuple[int, int, list[int]], workers: int, which: Callable[[int], int], lie: str
) -> None:
    width, page_size, moments = world
    server, window = Server(moments, page_size, shown=SHOWN[lie]), window_of(width)
    serial = list_serially(server, window)

    listed = list_parts(server, window, workers, which, enough(serial, workers))

    assert listed.ids == serial.ids
    assert listed.most_ahead <= AHEAD * workers


# How a server may list that does not list the newest first.
RANKS: dict[str, Callable[[int, int], Any]] = {
    "the oldest first": lambda number, moment: moment,
    "in no order": lambda number, moment: hashed(number),
    "by the minute, in no order": lambda number, moment: (-moment // 60_000, hashed(number)),
    "by the day, the oldest first": lambda number, moment: (-moment // DAY_MS, moment),
    "the newest first, but for a few at the end": lambda number, moment: (hashed(number) % 50 == 0, -moment),
    "the newest first, but for a few at the beginning": lambda number, moment: (hashed(number) % 50 > 0, -moment),
    "the newest first on a page, the pages in no order": lambda number, moment: (moment // 1000 % 7, -moment),
}


@settings(max_examples=max(150, settings().max_examples))
@given(world=worlds(), workers=WORKERS, which=arrivals(), rank=st.sampled_from(sorted(RANKS)))
@example(world=(30 * DAY_MS, 100, EVEN), workers=4, which=oldest_first, rank="in no order")
@example(world=(30 * DAY_MS, 100, EVEN), workers=4, which=oldest_first, rank="by the day, the oldest first")
def test_a_server_that_does_not_sort_loses_nothing(
    world: tuple[int, int, list[int]], workers: int, which: Callable[[int], int], rank: str
) -> None:
    width, page_size, moments = world
    server, window = Server(moments, page_size, rank=RANKS[rank]), window_of(width)
    serial = list_serially(server, window)

    listed = list_parts(server, window, workers, which, enough(serial, workers))

    assert sorted(listed.ids) == sorted(serial.ids)
    if all(is_unsorted(next(server.pages(piece))) for piece in window.pieces()):
        assert listed.ids == serial.ids


def is_unsorted(page: list[dict[str, Any]]) -> bool:
    times = [instant(recording["createTime"]) for recording in page]
    return any(older > newer for newer, older in pairwise(times))


@pytest.mark.parametrize("workers", [2, 4, 8])
@pytest.mark.parametrize("last", [0, 1], ids=["the first part is slow", "the second part is slow"])
def test_what_is_read_ahead_does_not_grow_with_the_window(workers: int, last: int) -> None:
    for count in (3_000, 30_000):
        server = Server([moment * 1000 for moment in range(count)], page_size=10)

        def slow(under_way: int, count: int = last) -> int:
            return (count + 1) % under_way if under_way > 1 else 0

        listed = list_parts(server, window_of(count * 1000), workers, slow)

        assert listed.most_ahead <= AHEAD * workers


@pytest.mark.parametrize("workers", [2, 4, 8])
def test_what_is_read_ahead_does_not_grow_with_a_part_that_cannot_be_cut(workers: int) -> None:
    """Three parts of thirty days, whose recordings show no time; the newest is slow."""
    server = Server([number * DAY_MS // 100 for number in range(9_000)], page_size=10, shown=SHOWN["nothing anywhere"])

    listed = list_parts(server, window_of(90 * DAY_MS), workers, lambda under_way: under_way - 1)

    assert listed.most_ahead <= AHEAD * workers


@pytest.mark.parametrize("workers", [4, 8])
@pytest.mark.parametrize("count", [10_000, 12_345, 30_000])
@pytest.mark.parametrize("seed", [None, 1, 2, 3], ids=["evenly", "by chance", "by chance 2", "by chance 3"])
def test_a_dense_window_costs_hardly_more_requests_and_far_less_time(
    workers: int, count: int, seed: int | None
) -> None:
    width, random = 10 * DAY_MS, Random(seed)
    moments = [random.randrange(width) if seed else number * width // count for number in range(count)]
    server, window = Server(moments), window_of(width)
    serial = list_serially(server, window)

    listed = list_parts(server, window, workers)

    assert listed.ids == serial.ids
    assert listed.requests <= 1.15 * serial.requests
    assert serial.time / listed.time >= 0.7 * workers


@pytest.mark.parametrize("workers", [2, 4, 8, 32])
def test_a_small_window_costs_no_extra_request(workers: int) -> None:
    for count in (0, 1, 99, 100, 101, 500, 1000):
        for width in (1000, DAY_MS, 30 * DAY_MS):
            server, window = Server([number * width // count for number in range(count)]), window_of(width)
            serial = list_serially(server, window)

            assert list_parts(server, window, workers).requests == serial.requests == max(1, -(-count // 100))


SKEWED = [number * DAY_MS // 10 for number in range(1000)] + [
    50 * DAY_MS + number * DAY_MS // 9000 for number in range(9000)
]


@pytest.mark.parametrize(("workers", "times"), [(2, 1.4), (4, 2.4), (8, 3.0)])
def test_nine_tenths_in_a_hundredth_of_the_window_are_listed_several_times_as_fast(workers: int, times: float) -> None:
    server, window = Server(SKEWED), window_of(100 * DAY_MS)
    serial = list_serially(server, window)

    listed = list_parts(server, window, workers)

    assert listed.ids == serial.ids
    assert serial.time / listed.time >= times
    assert listed.requests <= 1.3 * serial.requests


# How a part comes into each state.
WAYS: dict[PartState, list[PartState]] = {
    PartState.PLANNED: [],
    PartState.READY: [PartState.READY],
    PartState.SENT: [PartState.READY, PartState.SENT],
    PartState.READ: [PartState.READY, PartState.SENT, PartState.READ],
    PartState.DONE: [PartState.READY, PartState.SENT, PartState.READ, PartState.DONE],
    PartState.CUT: [PartState.READY, PartState.CUT],
}


@pytest.mark.parametrize("state", PartState)
def test_a_part_takes_no_state_that_cannot_follow(state: PartState) -> None:
    for following in PartState:
        part = Part(window_of(DAY_MS))
        for step in WAYS[state]:
            part.become(step)

        if following in NEXT_STATES[state]:
            part.become(following)
            assert part.state is following
        else:
            with pytest.raises(RuntimeError, match=f"cannot become {following.name}"):
                part.become(following)
            assert part.state is state


def test_a_part_is_finished_where_nothing_of_it_is_to_come() -> None:
    assert {state for state in PartState if Part(window_of(1), state=state).is_finished} == {
        PartState.DONE,
        PartState.CUT,
    }
