"""A stand-in that watches how many list requests are under way, and what a listing with `parallel` is measured by."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from airflow_provider_webex_recordings.transport.drivers import Clock
from tests.helpers.credentials import TOKEN
from tests.helpers.listing import connection
from tests.webex_api import WebexApi, make_recordings
from tests.webex_api.call import Call
from tests.webex_api.recordings import Recording
from tests.webex_api.script import Fault

START = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
END = START + 10 * DAY
#: 120 pages of 25
PAGE_SIZE = 25
RECORDINGS = make_recordings(3000, START, END, milliseconds=True)
WINDOW: dict[str, Any] = {"start": START, "end": END, "page_size": PAGE_SIZE}


@contextmanager
def webex(recordings: list[Recording] = RECORDINGS, **options: Any) -> Iterator[WebexApi]:
    with WebexApi(recordings, token=TOKEN, **options) as api:
        yield api


@contextmanager
def hook_for(api: WebexApi, clock: Clock | None = None, **fields: Any) -> Iterator[WebexRecordingsHook]:
    """A hook with a connection of its own to the API."""
    given = {"password": TOKEN, "token_store": "memory", **fields}
    with (
        connection(api.url, given.pop("password"), **given) as conn_id,
        closing(WebexRecordingsHook(conn_id, clock or Clock())) as hook,
    ):
        yield hook


class MovingClock:
    """A clock that a wait moves on at once, and that stands still otherwise."""

    def __init__(self) -> None:
        self.time = 1_700_000_000.0
        self.waits: list[tuple[float, float]] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.waits.append((self.time, seconds))
        self.meanwhile()
        self.time += seconds

    @property
    def clock(self) -> Clock:
        return Clock(now=self.now, sleep=self.sleep)


@dataclass
class Gate:
    """In front of the list: each answer takes a while, and only so many requests get in at a time, or at a moment.

    :param lets_in: tells whether a request gets in, given how many are inside and how many got in at this moment
    :param seconds: how long an answer takes
    :param retry_after: what the others are told
    """

    lets_in: Callable[[int, int], bool] = lambda inside, at_this_moment: True
    seconds: float = 0.01
    retry_after: int = 1
    now: Callable[[], float] = time.monotonic
    inside: int = 0
    under_way: int = 0
    #: for each request its moment, and how many were under way with it
    seen: list[tuple[float, int]] = field(default_factory=list)
    refused: int = 0
    _moments: dict[float, int] = field(default_factory=dict)

    @property
    def fault(self) -> Fault:
        return Fault("gate", "gate()", self._apply, lists_only=True)

    async def _apply(self, call: Call) -> bool:
        self.under_way += 1
        self.seen.append((self.now(), self.under_way))
        try:
            await self._answer(call)
        finally:
            self.under_way -= 1
        return True

    async def _answer(self, call: Call) -> None:
        moment = self.now()
        if not self.lets_in(self.inside, self._moments.get(moment, 0)):
            self.refused += 1
            retry_after = self.retry_after
            await call.wait(self.seconds)
            await call.send(call.error(429).with_header("retry-after", str(retry_after)))
            return
        self._moments[moment] = self._moments.get(moment, 0) + 1
        self.inside += 1
        await call.wait(self.seconds)
        self.inside -= 1
        await call.pass_on()
