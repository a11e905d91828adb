"""One part of a window: its state, what was read of it, and how large the next one is to be.

What parts are for, and which of them is read when, is explained in `schedule`. The times of recordings serve for one
purpose here: to guess how much a part is going to hold. A wrong guess costs requests, never a recording.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from itertools import pairwise
from typing import Any, NamedTuple

from airflow_provider_webex_recordings.webex.limits import MAX_PARALLEL
from airflow_provider_webex_recordings.webex.recording import Recording
from airflow_provider_webex_recordings.webex.times import instant, sort_as_moments
from airflow_provider_webex_recordings.webex.windows import TimeWindow

_MILLISECOND = timedelta(milliseconds=1)

# All constants were found by simulating even, random, daily, bursting and empty windows, for speed with few requests.
# Pages of a part. Longer ones make the workers that finish first wait; of shorter ones too many last pages are not
# full.
FEWEST_PAGES, MOST_PAGES = 2, 6
#: so many pages are to be had for each worker, or fewer work
PAGES_A_WORKER = 12
#: pages of all parts that may wait for their turn; where many workers read at a time, each part is shorter instead
MOST_PAGES_AHEAD = 48
# How much of what is left is given to all workers at a time: less and less, so that they end together.
_SHARE = 0.8
# From fewer recordings on a page, nothing is guessed.
_TELLING = 10
# From so many parts before it, the size of the next one is guessed.
_MEMORY = 8


class PartState(Enum):
    """What has become of a part."""

    PLANNED = "planned, nothing of it was asked for"
    READY = "with a request that waits to be sent"
    SENT = "with a request under way"
    READ = "with a page read, and its next link still to be followed"
    DONE = "read to its end"
    CUT = "cut, what is left is listed by the parts after it"


#: which state may follow which; a part that is ready, sent or read has a flow that is not at its end
NEXT_STATES: Mapping[PartState, frozenset[PartState]] = {
    PartState.PLANNED: frozenset({PartState.READY}),
    PartState.READY: frozenset({PartState.SENT, PartState.CUT}),
    # Ready again: the request was refused, was redirected, or needs another token.
    PartState.SENT: frozenset({PartState.READY, PartState.READ}),
    PartState.READ: frozenset({PartState.READY, PartState.DONE}),
    PartState.DONE: frozenset(),
    PartState.CUT: frozenset(),
}


class _Span(NamedTuple):
    """What a page covers that lists the newest first."""

    newest: datetime
    oldest: datetime


@dataclass(eq=False)
class Part:
    """A window that one flow lists from page to page.

    :param window: which time
    :param pages: how many it is thought to hold, 0 where nobody knows
    """

    window: TimeWindow
    pages: int = 0
    #: changed by `become` only
    state: PartState = PartState.PLANNED
    #: the attempt of its request, from 1, and the round of the pace in which that was sent
    attempt: int = 1
    round_sent: int = 0
    #: pages that are not handed on yet
    arrived: deque[list[Recording]] = field(default_factory=deque)
    recordings_read: int = 0
    pages_read: int = 0
    #: what the last page covers; None before the first one, and from one on that does not list the newest first or
    #: shows times that lie elsewhere
    last: _Span | None = None

    def become(self, state: PartState) -> None:
        """Change the state.

        :raises RuntimeError: where that state cannot follow
        """
        if state not in NEXT_STATES[self.state]:
            raise RuntimeError(f"a part that is {self.state.value} cannot become {state.name}")
        self.state = state

    def add(self, page: list[Recording]) -> None:
        """Keep a page until it is handed on."""
        span = _span(page)
        if span and not self.window.start <= span.oldest < self.window.end:
            span = None
        if self.pages_read and (self.last is None or (span and span.newest > self.last.oldest)):
            span = None
        self.last = span
        self.arrived.append(page)
        self.pages_read += 1
        self.recordings_read += len(page)

    @property
    def is_finished(self) -> bool:
        """Whether no page of it is to come."""
        return not NEXT_STATES[self.state]

    @property
    def time_read(self) -> timedelta:
        """How much time the recordings read cover, from the newest end of the window on."""
        if self.state is PartState.DONE:
            return self.window.end - self.window.start
        return self.window.end - self.last.oldest if self.last else timedelta(0)

    @property
    def pages_left(self) -> float:
        """How many pages are thought to come, 0 where nobody knows."""
        return (self.last.oldest - self.window.start) / _time_of(self.last) if self.last else 0.0

    def replacement(self) -> list[Part | Remainder]:
        """Return what lists all of the window again, in its order.

        Also what was read, because pages do not prove that no other recording of their time is to come: that would
        rely on Webex's order. The border lies at the newest recording of the last page, so that the part before it
        holds the pages before that one.
        """
        if self.last is None:
            return [Part(self.window)]
        border = min(self.last.newest + _MILLISECOND, self.window.end)
        older = Remainder(TimeWindow(self.window.start, border), _time_of(self.last))
        if border == self.window.end:
            return [older]
        return [Part(TimeWindow(border, self.window.end), max(1, self.pages_read - 1)), older]


@dataclass(eq=False)
class Remainder:
    """A window of which parts are taken, the newest first.

    :param window: what is left
    :param page_time: how much time a page is thought to cover
    :param taken: the last parts that were
    """

    window: TimeWindow
    page_time: timedelta
    taken: deque[Part] = field(default_factory=lambda: deque(maxlen=_MEMORY + MAX_PARALLEL))

    def __post_init__(self) -> None:
        self._pages = (self.window.end - self.window.start) / self.page_time

    def take(self, workers: int, page_length: int) -> Part:
        """Take a part off, sized by what the parts before it hold.

        :param workers: how many parts are read at a time
        :param page_length: how many recordings a full page holds
        """
        known = [part for part in self.taken if part.time_read and part.state is not PartState.CUT][-_MEMORY:]
        recordings = sum(part.recordings_read for part in known)
        if recordings:
            page_time = sum((part.time_read for part in known), timedelta(0)) * page_length / recordings
            self.page_time = max(page_time, timedelta.resolution)
        part = Part(self.window) if known and _is_desert(known, page_length) else self._sized(workers)
        self.window = TimeWindow(self.window.start, part.window.start)
        self.taken.append(part)
        return part

    def _sized(self, workers: int) -> Part:
        left = (self.window.end - self.window.start) / self.page_time
        useful = min(workers, max(1.0, self._pages / PAGES_A_WORKER))
        most = min(MOST_PAGES, max(1, MOST_PAGES_AHEAD // workers))
        pages = min(max(round(left * _SHARE / useful), FEWEST_PAGES), most)
        # The last page is to be full, but by chance a window holds some recordings more or fewer than was thought.
        time = max(self.page_time * (pages - 0.1 * math.sqrt(pages)), _MILLISECOND)
        if time + 0.3 * self.page_time >= self.window.end - self.window.start:
            return Part(self.window, pages)
        return Part(TimeWindow(self.window.end - time, self.window.end), pages)


def _is_desert(known: list[Part], page_length: int) -> bool:
    """Return whether recordings have become so rare that the next part may as well be all that is left."""
    last = known[-1]
    few = last.recordings_read < page_length * last.pages / 4
    return (last.state is PartState.DONE and few) or not any(part.recordings_read for part in known)


def _time_of(page: _Span) -> timedelta:
    return max(page.newest - page.oldest, _MILLISECOND)


def _span(page: list[Recording]) -> _Span | None:
    """Return what a page covers, None where it is too small to say, or does not list the newest first."""
    if len(page) < _TELLING:
        return None
    times: list[Any] = [recording.get("createTime") for recording in page]
    moments: list[Any] = times if sort_as_moments(times) else list(map(instant, times))
    if None in moments or any(older > newer for newer, older in pairwise(moments)):
        return None
    newest, oldest = instant(times[0]), instant(times[-1])
    return _Span(newest, oldest) if newest and oldest else None
