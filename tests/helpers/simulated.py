"""A server that is asked for parts, and workers that ask it: no threads and no network, answers in any order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow_provider_webex_recordings.webex.listing.parts import Part, Parts
from airflow_provider_webex_recordings.webex.times import utc_text
from airflow_provider_webex_recordings.webex.windows import TimeWindow

START = datetime(2026, 9, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
DAY_MS = 24 * 3600 * 1000

Page = list[dict[str, Any]]


def at(moment: int) -> datetime:
    return START + moment * MILLISECOND


def window_of(milliseconds: int) -> TimeWindow:
    return TimeWindow(START, at(milliseconds))


def truly(number: int, moment: int) -> object:
    return utc_text(at(moment))


@dataclass
class Server:
    """Recordings by the millisecond of their creation, counted from START.

    :param moments: one for each recording, whose id is its number
    :param rank: where a recording stands in the list, by number and moment; None: the newest first
    :param shown: the createTime that a recording shows, by number and moment
    """

    moments: list[int]
    page_size: int = 100
    rank: Callable[[int, int], Any] | None = None
    shown: Callable[[int, int], object] = truly
    requests: int = 0

    def __post_init__(self) -> None:
        self._order = sorted(enumerate(self.moments), key=lambda each: (-each[1], each[0]))
        self._keys = [-moment for _, moment in self._order]

    def pages(self, window: TimeWindow) -> Iterator[tuple[Page, bool]]:
        """The pages of a window, each a request, and whether it has a next one."""
        first, last = (
            bisect_left(self._keys, 1 - (border - START) // MILLISECOND) for border in (window.end, window.start)
        )
        held = self._order[first:last]
        if self.rank is not None:
            held.sort(key=lambda each: self.rank(*each))  # type: ignore[misc]
        for begin in range(0, max(len(held), 1), self.page_size):
            self.requests += 1
            end = begin + self.page_size
            page = [{"id": number, "createTime": self.shown(number, moment)} for number, moment in held[begin:end]]
            yield page, end < len(held)


@dataclass
class Listed:
    """What came of a listing.

    :param time: how long it took, where each answer takes 1
    :param most_ahead: the most pages that had arrived and waited for those before them
    """

    pages: list[Page] = field(default_factory=list)
    requests: int = 0
    time: float = 0.0
    most_ahead: int = 0

    @property
    def ids(self) -> list[int]:
        """The ids, each where it came first."""
        return list(dict.fromkeys(recording["id"] for page in self.pages for recording in page))


def list_serially(server: Server, window: TimeWindow) -> Listed:
    """List a window page by page."""
    pages = [page for piece in window.pieces() for page, _ in server.pages(piece)]
    return Listed(pages, len(pages), len(pages))


def oldest_first(under_way: int) -> int:
    """Each answer takes as long as any other."""
    return 0


def list_parts(
    server: Server,
    window: TimeWindow,
    workers: int,
    which: Callable[[int], int] = oldest_first,
    enough: float = float("inf"),
) -> Listed:
    """List a window by parts.

    :param which: says which of so many requests under way is answered next
    :param enough: requests after which it will not end any more
    """
    parts, listed = Parts(window, workers), Listed()
    listings: dict[Part, Iterator[tuple[Page, bool]]] = {}
    under_way: list[tuple[Part, float]] = []
    while True:
        listed.pages += parts.ready()
        if not parts:
            return listed
        while len(under_way) < workers and (part := parts.next_part()) is not None:
            if not part.is_begun:
                part.is_begun = True
                listings[part] = server.pages(part.window)
            part.is_busy = True
            listed.requests += 1
            under_way.append((part, listed.time + 1))
        assert listed.requests <= enough, "it does not come to an end"
        part, arrival = under_way.pop(which(len(under_way)))
        listed.time = max(listed.time, arrival)
        part.is_busy = False
        page, more = next(listings[part])
        parts.add(part, page)
        listed.pages += parts.ready()
        listed.most_ahead = max(listed.most_ahead, sum(len(part.arrived) for part in listings))
        if not more:
            part.is_done = True
        elif parts.cut(part, workers - len(under_way) - 1):
            del listings[part]
