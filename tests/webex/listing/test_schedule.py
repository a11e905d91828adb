"""The schedule of a listing in parts, as a conversation: here the test is Webex, the network and the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from airflow_provider_webex_recordings.webex.errors import WebexServerError
from airflow_provider_webex_recordings.webex.listing.schedule import list_side_by_side
from airflow_provider_webex_recordings.webex.messages import (
    Arrival,
    Begin,
    Collect,
    Flow,
    LoadToken,
    Page,
    Purpose,
    Request,
    Response,
    TokenWait,
    Wait,
)
from airflow_provider_webex_recordings.webex.times import utc_text
from airflow_provider_webex_recordings.webex.windows import TimeWindow

START = datetime(2026, 6, 1, tzinfo=UTC)
DAY, MILLISECOND = timedelta(days=1), timedelta(milliseconds=1)
#: three parts, of which the newest comes first
THREE_PARTS = TimeWindow(START, START + 90 * DAY)
NEWEST, MIDDLE, OLDEST = THREE_PARTS.pieces()
ONE_PART = TimeWindow(START, START + 10 * DAY)
GOOD = Response(200, (), b"")


def request_for(window: TimeWindow, page: int) -> Request:
    return Request(f"http://webex/{window}?page={page}", purpose=Purpose.LISTING)


def pages_of(window: TimeWindow, count: int) -> Flow[None]:
    """A part with so many pages, each with a recording that shows no time."""
    for page in range(count):
        yield request_for(window, page)
        yield Page([{"id": f"{window} {page}"}])


def two_pages(window: TimeWindow) -> Flow[None]:
    return pages_of(window, 2)


class Conversation:
    """Talks to a schedule until it wants to wait for an answer or is at its end, and keeps what it said."""

    def __init__(self, window: TimeWindow, workers: int, list_part: Callable[[TimeWindow], Flow[None]]) -> None:
        self.schedule = list_side_by_side(window, workers, list_part)
        self.under_way: dict[str, Any] = {}
        self.pages: list[list[Any]] = []
        self.is_over = False
        self._hear(None)

    def answer(self, window: TimeWindow, page: int = 0, at: float = 0.0) -> list[Any]:
        """Answer a request; return what is said until the next answer is waited for."""
        return self.answer_together((window, page, at))

    def answer_together(self, *answered: tuple[TimeWindow, int, float]) -> list[Any]:
        arrivals = [
            Arrival(self.under_way.pop(request_for(window, page).url), GOOD, at) for window, page, at in answered
        ]
        return self._hear(arrivals)

    def _hear(self, answer: Any) -> list[Any]:
        said: list[Any] = []
        while True:
            try:
                message = self.schedule.send(answer)
            except StopIteration:
                self.is_over = True
                return said
            answer = None
            match message:
                case Begin(request, key):
                    self.under_way[request.url] = key
                    said.append(request)
                case Page(recordings):
                    self.pages.append(recordings)
                    said.append(message)
                case Collect(at_least=0):
                    answer = self.meanwhile()
                case Collect():
                    return said
                case _:
                    said.append(message)

    def meanwhile(self) -> list[Arrival]:
        """What has arrived while answers were read."""
        return []

    @property
    def ids(self) -> list[str]:
        return [recording["id"] for page in self.pages for recording in page]


def requests(window: TimeWindow, *pages: int) -> list[Request]:
    return [request_for(window, page) for page in pages]


def test_one_page_is_asked_for_where_nobody_knows_whether_there_is_more() -> None:
    schedule = list_side_by_side(ONE_PART, 8, two_pages)

    begin = next(schedule)
    assert isinstance(begin, Begin)
    assert begin.request == request_for(ONE_PART, 0)
    assert schedule.send(None) == Collect(at_least=1)
    assert schedule.send([Arrival(begin.key, GOOD, 0.0)]) == Page([{"id": f"{ONE_PART} 0"}])


def test_as_many_are_under_way_as_allowed_the_newest_part_first() -> None:
    talk = Conversation(THREE_PARTS, 2, two_pages)
    assert list(talk.under_way) == [request_for(NEWEST, 0).url, request_for(MIDDLE, 0).url]

    said = talk.answer(NEWEST)

    assert said == [Page([{"id": f"{NEWEST} 0"}]), request_for(NEWEST, 1)]
    assert len(talk.under_way) == 2


def test_pages_are_handed_on_in_the_order_of_the_parts_whatever_is_answered_first() -> None:
    talk = Conversation(THREE_PARTS, 3, two_pages)
    for window, page in ((OLDEST, 0), (MIDDLE, 0), (OLDEST, 1), (MIDDLE, 1)):
        assert not [message for message in talk.answer(window, page) if isinstance(message, Page)]

    talk.answer(NEWEST, 0)
    talk.answer(NEWEST, 1)

    assert talk.is_over
    assert talk.ids == [f"{window} {page}" for window in (NEWEST, MIDDLE, OLDEST) for page in (0, 1)]


def test_a_page_is_handed_on_before_anything_else_is_sent() -> None:
    talk = Conversation(ONE_PART, 4, two_pages)

    assert talk.answer(ONE_PART, 0) == [Page([{"id": f"{ONE_PART} 0"}]), request_for(ONE_PART, 1)]


def test_a_recording_of_two_parts_is_handed_on_where_it_stands_first() -> None:
    def list_part(window: TimeWindow) -> Flow[None]:
        yield request_for(window, 0)
        yield Page([{"id": f"{window}"}, {"id": "everywhere"}])

    talk = Conversation(THREE_PARTS, 3, list_part)
    for window in (OLDEST, MIDDLE, NEWEST):
        talk.answer(window)

    assert talk.ids == [f"{NEWEST}", "everywhere", f"{MIDDLE}", f"{OLDEST}"]


MINUTE = timedelta(minutes=1)


def dense(window: TimeWindow) -> Flow[None]:
    """A part with a recording in the middle of each minute, ten to a page, the newest first."""
    newest = (window.end - START - MILLISECOND - MINUTE / 2) // MINUTE
    moments = [START + MINUTE / 2 + number * MINUTE for number in range(newest, -1, -1)]
    times = [utc_text(moment) for moment in moments if moment >= window.start]
    for page in range(max(1, -(-len(times) // 10))):
        yield request_for(window, page)
        yield Page([{"id": time, "createTime": time} for time in times[10 * page : 10 * page + 10]])


def borders(said: list[Any]) -> list[tuple[str, str]]:
    """The start and the end of each window that is asked for."""
    texts = [message.url.partition("?")[0] for message in said if isinstance(message, Request)]
    return [tuple(text.removeprefix("http://webex/[").removesuffix(")").split(", ")) for text in texts]


def test_a_part_with_far_more_to_come_is_cut_and_all_of_its_time_is_listed_again() -> None:
    two_parts = TimeWindow(START, START + 31 * DAY)
    newer, older = two_parts.pieces()
    talk = Conversation(two_parts, 5, dense)

    said = talk.answer(newer, 0)

    assert [type(message) for message in said] == [Page] + [Request] * 4, "what was read is handed on"
    begun = borders(said)
    assert begun[0] == ("2026-07-01T23:59:30.001Z", "2026-07-02T00:00:00.000Z"), "before the first page"
    assert all(newer_start == older_end for (newer_start, _), (_, older_end) in pairwise(begun)), "they meet exactly"
    assert not any(isinstance(message, Page) for message in talk.answer(older, 0)), "its turn is after all of these"


def test_a_part_with_a_few_pages_to_come_is_not_cut() -> None:
    hour = TimeWindow(START, START + timedelta(hours=2))
    talk = Conversation(hour, 8, dense)

    assert talk.answer(hour, 0)[1:] == requests(hour, 1)


def refused_once(wait: Wait | TokenWait) -> Callable[[TimeWindow], Flow[None]]:
    """Parts whose first request is asked for again after a wait."""

    def list_part(window: TimeWindow) -> Flow[None]:
        yield request_for(window, 0)
        yield wait
        yield from pages_of(window, 9)

    return list_part


def test_a_wait_holds_up_all_and_half_as_many_are_sent_after_it() -> None:
    talk = Conversation(THREE_PARTS, 2, refused_once(Wait(5.0, "slow down", 2, 8)))

    said = talk.answer_together((NEWEST, 0, 100.0), (MIDDLE, 0, 100.0))

    assert said == [Wait(5.0, "slow down", 2, 8), *requests(NEWEST, 0)]


def test_what_arrives_during_a_wait_is_heard_before_anything_is_sent() -> None:
    talk = Conversation(THREE_PARTS, 3, refused_once(Wait(5.0, "slow down", 2, 8)))
    late = [[], [Arrival(talk.under_way.pop(request_for(MIDDLE, 0).url), GOOD, 103.0)]]
    talk.meanwhile = lambda: late.pop() if late else []  # type: ignore[method-assign]

    said = talk.answer(NEWEST, at=100.0)

    assert said[:2] == [Wait(5.0, "slow down", 2, 8), Wait(3.0, "slow down", 2, 8)]
    assert said[2:] == [], "one of three is still under way, and one at a time is enough now"


def test_a_wait_for_a_token_is_passed_on_and_slows_nothing_down() -> None:
    wait = TokenWait(3.0, "Another task may be renewing the access token")
    talk = Conversation(THREE_PARTS, 2, refused_once(wait))

    said = talk.answer_together((NEWEST, 0, 100.0), (MIDDLE, 0, 100.0))

    assert said == [wait, wait, *requests(NEWEST, 0), *requests(MIDDLE, 0)]


def test_a_part_that_was_put_off_is_asked_for_again_before_others() -> None:
    def list_part(window: TimeWindow) -> Flow[None]:
        if window != MIDDLE:
            yield from pages_of(window, 9)
            return
        yield request_for(window, 0)
        yield Wait(1.0, "slow down", 2, 8)
        yield from pages_of(window, 9)

    talk = Conversation(THREE_PARTS, 2, list_part)

    said = talk.answer_together((NEWEST, 0, 100.0), (MIDDLE, 0, 100.0))

    assert said[-1:] == requests(MIDDLE, 0), "though the newest part has a next page"


def test_what_a_token_needs_is_settled_before_anyone_goes_on() -> None:
    token_request = Request("http://webex/access_token", "POST", purpose=Purpose.TOKEN)
    heard: list[Any] = []

    def list_part(window: TimeWindow) -> Flow[None]:
        heard.append((yield LoadToken()))
        heard.append((yield token_request))
        yield from pages_of(window, 1)

    schedule = list_side_by_side(THREE_PARTS, 3, list_part)

    assert next(schedule) == LoadToken()
    assert schedule.send(None) == token_request, "it is not begun beside others"
    assert isinstance(schedule.send(GOOD), Begin)
    assert heard == [None, GOOD]


def test_a_part_that_is_read_long_before_its_turn_stops_and_goes_on_when_its_turn_comes() -> None:
    """Parts of a hundred pages that show no time, so that none can be cut; the newest is not answered."""
    talk = Conversation(THREE_PARTS, 2, lambda window: pages_of(window, 100))
    read = 0
    while request_for(MIDDLE, read).url in talk.under_way:
        talk.answer(MIDDLE, read)
        read += 1

    assert read == 12
    assert list(talk.under_way) == [request_for(NEWEST, 0).url], "and nothing else is begun"
    assert talk.pages == []
    for page in range(99):
        talk.answer(NEWEST, page)
    assert talk.answer(NEWEST, 99)[1:] == requests(MIDDLE, 12)
    assert talk.answer(MIDDLE, 12)[-2:] == [*requests(MIDDLE, 13), *requests(OLDEST, 0)]
    assert len(talk.pages) == 100 + 13


def test_the_first_flow_that_fails_ends_all_and_the_others_are_closed() -> None:
    closed: list[TimeWindow] = []

    def list_part(window: TimeWindow) -> Flow[None]:
        try:
            yield request_for(window, 0)
            if window == MIDDLE:
                raise WebexServerError("GET /v1/x", 500, "broken", "ROUTER_1", "Run the task again later")
            yield Page([])
            yield request_for(window, 1)
        finally:
            closed.append(window)

    talk = Conversation(THREE_PARTS, 3, list_part)
    talk.answer(NEWEST)

    with pytest.raises(WebexServerError):
        talk.answer(MIDDLE)

    assert sorted(map(str, closed)) == sorted(map(str, (NEWEST, MIDDLE, OLDEST)))
    assert len(talk.pages) == 1


def test_whoever_leaves_early_closes_all_flows() -> None:
    closed: list[TimeWindow] = []

    def list_part(window: TimeWindow) -> Flow[None]:
        try:
            yield from pages_of(window, 9)
        finally:
            closed.append(window)

    talk = Conversation(THREE_PARTS, 3, list_part)
    talk.schedule.close()

    assert len(closed) == 3


def test_an_empty_window_costs_nothing() -> None:
    assert list(list_side_by_side(TimeWindow(START, START), 4, two_pages)) == []
