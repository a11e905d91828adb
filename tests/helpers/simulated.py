"""Webex, the network and the clock for a schedule, which is driven with `send`: answers in any order, at any time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow_provider_webex_recordings.webex import messages
from airflow_provider_webex_recordings.webex.listing.schedule import list_side_by_side
from airflow_provider_webex_recordings.webex.messages import Arrival, Begin, Collect, Flow, Purpose, Request, Response
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

    def __post_init__(self) -> None:
        self._order = sorted(enumerate(self.moments), key=lambda each: (-each[1], each[0]))
        self._keys = [-moment for _, moment in self._order]

    def pages(self, window: TimeWindow) -> Iterator[Page]:
        """The pages of a window, the first of them even where it is empty."""
        first, last = (
            bisect_left(self._keys, 1 - (border - START) // MILLISECOND) for border in (window.end, window.start)
        )
        held = self._order[first:last]
        if self.rank is not None:
            held.sort(key=lambda each: self.rank(*each))  # type: ignore[misc]
        for begin in range(0, max(len(held), 1), self.page_size):
            yield [
                {"id": number, "createTime": self.shown(number, moment)}
                for number, moment in held[begin : begin + self.page_size]
            ]

    def list_part(self, window: TimeWindow) -> Flow[None]:
        """List a window as the flow of a part does, whatever its requests are answered."""
        for page in self.pages(window):
            yield Request(f"http://webex/{window}", purpose=Purpose.LISTING)
            yield messages.Page(page)


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
    pages = [page for piece in window.pieces() for page in server.pages(piece)]
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
    schedule, listed = list_side_by_side(window, workers, server.list_part), Listed()
    under_way: list[tuple[Any, float]] = []
    answer: Any = None
    while True:
        try:
            message = schedule.send(answer)
        except StopIteration:
            return listed
        answer = None
        match message:
            case messages.Page(recordings):
                listed.pages.append(recordings)
            case Begin(key=key):
                listed.requests += 1
                assert listed.requests <= enough, "it does not come to an end"
                under_way.append((key, listed.time + 1))
                assert len(under_way) <= workers
            case Collect(at_least=0):
                answer = []
            case Collect():
                answered = listed.requests - len(under_way)
                listed.most_ahead = max(listed.most_ahead, answered - len(listed.pages))
                key, arrival = under_way.pop(which(len(under_way)))
                listed.time = max(listed.time, arrival)
                answer = [Arrival(key, Response(200, (), b""), listed.time)]
