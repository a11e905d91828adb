"""A listing asks for no more than is read, and leaves the triggerer's event loop free."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from tests.fault_rows.row import END, START, Row
from tests.helpers.listing import playing
from tests.helpers.logs import all_logs


def test_a_page_is_not_asked_for_before_the_one_before_is_consumed() -> None:
    row = Row(name="three pages")
    with playing(row) as (servers, conn_id):
        hook = WebexRecordingsHook(conn_id)
        recordings = hook.list_recordings(start=START, end=END, page_size=10)
        assert servers.api.requests == [], "nothing is asked for before anyone reads"
        for _ in range(10):
            next(recordings)
        assert len(servers.api.requests) == 1
        next(recordings)
        assert len(servers.api.requests) == 2


def test_who_leaves_early_asks_for_no_more_and_the_log_says_so() -> None:
    row = Row(name="three pages")
    with playing(row) as (servers, conn_id), all_logs() as told:
        pages = WebexRecordingsHook(conn_id).list_recordings(start=START, end=END, page_size=10)
        next(pages)
        pages.close()  # type: ignore[attr-defined]

        async def leave_early() -> None:
            hook = WebexRecordingsHook(conn_id)
            async with aclosing(hook.alist_recordings(start=START, end=END, page_size=10)) as recordings:  # type: ignore[type-var]
                async for _ in recordings:
                    break
            await hook.aclose()

        asyncio.run(leave_early())

        assert len(servers.api.requests) == 2
    ends = [line for line in told if "stopped early, after 10 recordings, 1 pages, 1 requests" in line]
    assert len(ends) == 2


def test_an_asynchronous_listing_leaves_the_event_loop_free() -> None:
    row = Row(name="three pages")
    with playing(row) as (servers, conn_id):
        servers.api.latency = 0.1

        async def beats_while_listing() -> int:
            hook = WebexRecordingsHook(conn_id)
            beats = 0

            async def beat() -> None:
                nonlocal beats
                while True:
                    await asyncio.sleep(0.005)
                    beats += 1

            heart = asyncio.create_task(beat())
            listed = [recording async for recording in hook.alist_recordings(start=START, end=END, page_size=10)]
            heart.cancel()
            await hook.aclose()
            assert len(listed) == 25
            return beats

        assert asyncio.run(beats_while_listing()) > 10
