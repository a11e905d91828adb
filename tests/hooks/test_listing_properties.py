"""For any recordings, any window, any page size and any faults that can be survived: the listing is the truth."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from tests.fault_rows.row import NOW
from tests.helpers.credentials import TOKEN
from tests.helpers.listing import Waits, connection
from tests.webex_api import WebexApi, faults
from tests.webex_api.recordings import Store, to_text
from tests.webex_api.script import Fault

EPOCH = datetime(2026, 9, 1, tzinfo=UTC)
DAY_MS = 24 * 3600 * 1000
LONGEST_MS = 30 * DAY_MS
OFFSETS = (UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=3, minutes=30)))


@dataclass
class World:
    """One server and one hook of each kind, which all examples use."""

    api: WebexApi
    hook: WebexRecordingsHook
    ahook: WebexRecordingsHook
    runner: asyncio.Runner

    def listed(self, driver: str, parallel: int, **arguments: Any) -> list[dict[str, Any]]:
        if driver == "sync":
            return list(self.hook.list_recordings(**arguments, parallel=parallel))
        return self.runner.run(self._collected(**arguments))

    async def _collected(self, **arguments: Any) -> list[dict[str, Any]]:
        return [recording async for recording in self.ahook.alist_recordings(**arguments)]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    clock = Waits().clock()
    limits = {"max_attempts": 50, "max_retry_seconds": 80_000, "read_timeout": 5}
    with (
        WebexApi(token=TOKEN, now=lambda: NOW) as api,
        connection(api.url, TOKEN, **limits) as conn_id,
        asyncio.Runner() as runner,
    ):
        hook, ahook = WebexRecordingsHook(conn_id, clock), WebexRecordingsHook(conn_id, clock)
        yield World(api, hook, ahook, runner)
        hook.close()
        runner.run(ahook.aclose())


@dataclass(frozen=True)
class Scene:
    """When recordings were made, in milliseconds after `EPOCH`, and which window is listed."""

    start: int
    end: int
    moments: list[int]
    seed: int

    def recordings(self) -> list[dict[str, Any]]:
        return [self._recording(number, moment) for number, moment in enumerate(self.moments)]

    def _recording(self, number: int, moment: int) -> dict[str, Any]:
        offset = OFFSETS[(number + self.seed) % len(OFFSETS)]
        # Ids in no order, so that the order among those created at once is the API's.
        identifier = f"{(number * 2654435761 + self.seed) % 2**32:08x}-{number}"
        created = to_text(at(moment), offset=offset, milliseconds=True)
        return {"id": identifier, "createTime": created, "topic": f"Call {number} 🎧", "status": "available"}


def at(moment: int) -> datetime:
    return EPOCH + timedelta(milliseconds=moment)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """Windows of a moment up to three months, and recordings in clusters: on each border, beside it, or anywhere."""
    start = draw(st.integers(0, 5 * DAY_MS))
    width = draw(st.sampled_from([1, 1000, DAY_MS, LONGEST_MS - 1, LONGEST_MS, LONGEST_MS + 1, 2 * LONGEST_MS]))
    end = start + draw(st.one_of(st.just(width), st.integers(0, 91 * DAY_MS)))
    # The borders of the pieces of at most 30 days, which are cut from the end.
    borders = [*range(end, start, -LONGEST_MS), start]
    beside = st.tuples(st.sampled_from(borders), st.sampled_from([-1, 0, 0, 1])).map(sum)
    moment = st.one_of(beside, st.integers(start, end), st.integers(start - DAY_MS, end + DAY_MS))
    clusters = draw(st.lists(st.tuples(moment, st.integers(1, 40)), max_size=12))
    moments = [max(moment, -20 * DAY_MS) for moment, size in clusters for _ in range(size)][:300]
    return Scene(start, end, moments, draw(st.integers(0, 99)))


SURVIVABLE: tuple[Fault, ...] = (
    faults.status(429, retry_after=1),
    faults.status(423),
    faults.status(503, retry_after="soon"),
    faults.status(500),
    faults.status(502),
    faults.status(504),
    faults.reset(),
    faults.close_in_body(),
    faults.truncated_json(),
    faults.html(),
    faults.no_content(),
    faults.no_items(),
    faults.items_null(),
    faults.add_items([None]),
    faults.empty_page(),
    faults.duplicate_items(),
    faults.gzip(),
    faults.chunked(50),
    faults.redirect("{url}"),
    faults.next_link("max-null"),
    faults.next_link("only-cursor"),
    faults.next_link("relative-query"),
    faults.next_link("doubled-scheme"),
    faults.link_header("both-in-url"),
    faults.link_header("several-headers"),
    faults.insert_recording(),
)


@st.composite
def scripts(draw: st.DrawFn) -> list[tuple[Fault, int, int]]:
    """Faults, each with how often it strikes and from which list request on."""
    one = st.tuples(st.sampled_from(SURVIVABLE), st.integers(1, 3), st.integers(1, 12))
    return draw(st.lists(one, max_size=6))


@settings(
    max_examples=max(200, settings().max_examples),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    scene=scenes(),
    script=scripts(),
    page_size=st.one_of(st.sampled_from([1, 2, 3, 100]), st.integers(1, 100)),
    cursor=st.sampled_from(["keyset", "offset"]),
    next_style=st.sampled_from(["query", "cursor"]),
    gives_up_above=st.one_of(st.none(), st.integers(1, 99)),
    driver=st.sampled_from(["sync", "sync", "async"]),
    parallel=st.integers(1, 8),
)
@example(
    scene=Scene(0, 61 * DAY_MS, [0, DAY_MS, 31 * DAY_MS, 31 * DAY_MS - 1, 61 * DAY_MS, 61 * DAY_MS - 1], 1),
    script=[(faults.empty_page(), 3, 1)],
    page_size=1,
    cursor="offset",
    next_style="cursor",
    gives_up_above=None,
    driver="sync",
    parallel=8,
)
def test_the_listing_is_the_truth(
    world: World,
    scene: Scene,
    script: list[tuple[Fault, int, int]],
    page_size: int,
    cursor: str,
    next_style: str,
    gives_up_above: int | None,
    driver: str,
    parallel: int,
) -> None:
    api = world.api
    api.reset()
    api.recordings, api.cursor, api.next_style = Store(scene.recordings()), cursor, next_style
    for fault, times, first in script:
        api.faults.add(fault, times=times, when=faults.nth_list_request(first))
    if gives_up_above is not None:
        api.faults.add(faults.status(504), times=None, when=faults.max_over(gives_up_above))
    start, end = at(scene.start), at(scene.end)
    truth = api.recordings.between(start, end)
    if len(truth) > 40 * page_size:
        page_size = 100

    listed = world.listed(driver, parallel, start=start, end=end, page_size=page_size)

    inserted = {recording["id"] for recording in api.recordings.all()} - {each["id"] for each in scene.recordings()}
    assert [recording for recording in listed if recording["id"] not in inserted] == truth
    assert len({recording["id"] for recording in listed}) == len(listed)
