"""A window cut into parts that are listed side by side, and handed on in the order of a serial listing.

Nothing here relies on the order in which Webex lists. A part that was begun is read to its end; or, where it turns out
to hold far more than was thought, it is cut and listed anew, what was read of it is handed on, and its repetition is
left out. The times of recordings only serve to guess how much a part is going to hold.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from airflow_provider_webex_recordings.webex.limits import MAX_PARALLEL
from airflow_provider_webex_recordings.webex.recording import Recording
from airflow_provider_webex_recordings.webex.times import instant, sort_as_moments
from airflow_provider_webex_recordings.webex.windows import TimeWindow

_MILLISECOND = timedelta(milliseconds=1)

# These were found by simulating even, random, daily, bursting and empty windows, for speed with few requests.
# Longer parts make the workers that finish first wait; shorter ones have too many last pages that are not full.
_FEWEST_PAGES, _MOST_PAGES = 2, 6
# So many pages are to be had for each worker, or fewer work.
_PAGES_A_WORKER = 12
# How much of what is left is given to all workers at a time: less and less, so that they end together.
_SHARE = 0.8
# A part is cut where it has so many pages left, and so many more for each page that was read and is read again: a few
# where others have nothing to do.
_WORTH_A_CUT, _WORTH_A_CUT_FOR_IDLE = (12, 4), (3, 1)
# So many pages for each worker are kept until it is their turn, but never more than of eight workers: many workers
# list shorter parts instead.
_PAGES_AHEAD, _MOST_PAGES_AHEAD = 6, 48
# From fewer recordings on a page, nothing is guessed.
_TELLING = 10
# From so many parts before it, the size of the next one is guessed.
_MEMORY = 8


class _Span(NamedTuple):
    """What a page covers that lists the newest first."""

    newest: datetime
    oldest: datetime


@dataclass(eq=False)
class Part:
    """A window that one worker lists from page to page.

    :param window: which time
    :param pages: how many it is thought to hold, 0 where nobody knows
    """

    window: TimeWindow
    pages: int = 0
    #: what has arrived and is not yet handed on
    arrived: deque[list[Recording]] = field(default_factory=deque)
    recordings_read: int = 0
    pages_read: int = 0
    #: of the last page; None before the first one, and from one on that does not list the newest first, or shows
    #: times that lie elsewhere
    last: _Span | None = None
    is_begun: bool = False
    #: whether a request of it is under way
    is_busy: bool = False
    #: of its request
    attempt: int = 1
    is_done: bool = False
    is_cut: bool = False

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
    def time_read(self) -> timedelta:
        """How much time the recordings read cover, from the newest end of the window on."""
        if self.is_done:
            return self.window.end - self.window.start
        return self.window.end - self.last.oldest if self.last else timedelta(0)


@dataclass(eq=False)
class Rest:
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
        """Take a part off, sized by what the parts before it hold."""
        known = [part for part in self.taken if part.time_read and not part.is_cut][-_MEMORY:]
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
        useful = min(workers, max(1.0, self._pages / _PAGES_A_WORKER))
        most = min(_MOST_PAGES, max(1, _MOST_PAGES_AHEAD // workers))
        pages = min(max(round(left * _SHARE / useful), _FEWEST_PAGES), most)
        # The last page is to be full, but by chance a window holds some recordings more or fewer than was thought.
        time = max(self.page_time * (pages - 0.1 * math.sqrt(pages)), _MILLISECOND)
        if time + 0.3 * self.page_time >= self.window.end - self.window.start:
            return Part(self.window, pages)
        return Part(TimeWindow(self.window.end - time, self.window.end), pages)


def _is_desert(known: list[Part], page_length: int) -> bool:
    """Tell whether recordings have become so rare that the next part may as well be all that is left."""
    last = known[-1]
    few = last.recordings_read < page_length * last.pages / 4
    return (last.is_done and few) or not any(part.recordings_read for part in known)


class Parts:
    """The parts of a window, in the order in which they are handed on.

    :param window: which time
    :param workers: how many parts are listed at a time
    """

    def __init__(self, window: TimeWindow, workers: int) -> None:
        self._order: list[Part | Rest] = [Part(piece) for piece in window.pieces()]
        self._workers = workers
        self._page_length, self._pages = 1, 0

    def __bool__(self) -> bool:
        """Tell whether something is left to be handed on."""
        return bool(self._order)

    def next_part(self) -> Part | None:
        """Return the first part that waits for a worker, None where none does.

        One that Webex has put off comes first, so that others do not use up its attempts. How much is read ahead of
        what is handed on is bounded, and with it the memory it takes.
        """
        begun = (item for item in self._order if isinstance(item, Part) and not item.is_busy and not item.is_done)
        put_off = max(begun, key=lambda part: part.attempt, default=None)
        if put_off is not None and put_off.attempt > 1:
            return put_off
        ahead = sum(len(item.arrived) for item in self._order if isinstance(item, Part))
        is_full = ahead >= min(_PAGES_AHEAD * self._workers, _MOST_PAGES_AHEAD)
        for index, item in enumerate(self._order):
            if isinstance(item, Rest):
                if index == 0 or not is_full:
                    return self._take(index, item)
            elif item.is_done or item.is_busy:
                continue
            elif index == 0 or (len(item.arrived) < 2 * _MOST_PAGES if item.is_begun else not is_full):
                return item
        return None

    def _take(self, index: int, rest: Rest) -> Part:
        part = rest.take(self._workers, self._page_length)
        self._order[index : index + 1] = [part] if rest.window.is_empty else [part, rest]
        return part

    def add(self, part: Part, page: list[Recording]) -> None:
        """Take in a page of a part."""
        part.add(page)
        self._pages += 1
        self._page_length = max(self._page_length, len(page))

    def cut(self, part: Part, idle: int) -> bool:
        """End a part that has pages to come, if it has far too many, and begin it anew in smaller ones.

        :param idle: how many workers have nothing to do
        :return: whether that was done
        """
        if part.last is None:
            return False
        page_time = max(part.last.newest - part.last.oldest, _MILLISECOND)
        pages_left = (part.last.oldest - part.window.start) / page_time
        is_long = self._pages >= _PAGES_A_WORKER
        helps_idle = is_long and idle > 1 and not any(isinstance(item, Rest) for item in self._order)
        at_least, for_each_read = _WORTH_A_CUT_FOR_IDLE if helps_idle else _WORTH_A_CUT
        if pages_left < at_least + for_each_read * part.pages_read:
            return False
        part.is_cut = part.is_done = True
        border = min(part.last.newest + _MILLISECOND, part.window.end)
        anew: list[Part | Rest] = [Rest(TimeWindow(part.window.start, border), page_time)]
        if border < part.window.end:
            anew.insert(0, Part(TimeWindow(border, part.window.end), max(1, part.pages_read - 1)))
        after = self._order.index(part) + 1
        self._order[after:after] = anew
        return True

    def ready(self) -> Iterator[list[Recording]]:
        """Yield the pages whose turn it is."""
        while self._order and isinstance(part := self._order[0], Part):
            while part.arrived:
                yield part.arrived.popleft()
            if not part.is_done:
                return
            del self._order[0]


def _span(page: list[Recording]) -> _Span | None:
    """Return what a page covers, None where it is too small to tell, or does not list the newest first."""
    if len(page) < _TELLING:
        return None
    times: list[Any] = [recording.get("createTime") for recording in page]
    moments: list[Any] = times if sort_as_moments(times) else list(map(instant, times))
    if None in moments or any(older > newer for newer, older in pairwise(moments)):
        return None
    newest, oldest = instant(times[0]), instant(times[-1])
    return _Span(newest, oldest) if newest and oldest else None
