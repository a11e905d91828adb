"""Threads that send requests: who hears of which answer, what a thread raises, and how they end."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial
from queue import SimpleQueue
from typing import Any

import pytest

from airflow_provider_webex_recordings.transport.drivers import Driver
from airflow_provider_webex_recordings.transport.workers import ParallelDriver, Workers
from airflow_provider_webex_recordings.webex.messages import (
    Begin,
    Collect,
    LoadToken,
    Message,
    Note,
    Page,
    Purpose,
    Request,
    Response,
    SaveToken,
    StoredToken,
    Wait,
)
from tests.helpers.threads import no_other_threads, until

STORED = StoredToken("canary-access-token", 2.0, 1.0)


def request(name: object) -> Request:
    return Request(f"http://webex/{name}", purpose=Purpose.LISTING)


class Webex:
    """Answers a request when the test says so, and notes when it was asked."""

    def __init__(self) -> None:
        self.asked: SimpleQueue[str] = SimpleQueue()
        self.threads: set[int | None] = set()
        self._answers: dict[str, SimpleQueue[Response | BaseException]] = {}

    def __call__(self, request: Request) -> Response:
        self.threads.add(threading.get_ident())
        answers = self._answers.setdefault(request.url, SimpleQueue())
        self.asked.put(request.url)
        answer = answers.get(timeout=10)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def answer(self, name: object, answer: Response | BaseException | None = None) -> None:
        """Answer a request, which may be asked later."""
        self._answers.setdefault(request(name).url, SimpleQueue()).put(answer or Response(200, (), b""))


@contextmanager
def at_work(webex: Webex) -> Iterator[Workers]:
    before = threading.enumerate()
    with Workers(webex, lambda: 17.0) as workers:
        yield workers
    assert until(partial(no_other_threads, before)), "its threads end"


def test_an_answer_comes_with_its_key_and_its_time_whichever_is_answered_first() -> None:
    webex = Webex()
    with at_work(webex) as workers:
        for number in range(3):
            workers.begin(request(number), number)
        webex.answer(2, Response(404, (), b"two"))

        ((key, answer, at),) = workers.collect(1)

        assert (key, answer, at) == (2, Response(404, (), b"two"), 17.0)
        webex.answer(0)
        webex.answer(1)
        assert sorted(arrival.key for arrival in workers.collect(2)) == [0, 1]


def test_nobody_waits_where_nobody_wants_to_nor_for_more_than_are_under_way() -> None:
    webex = Webex()
    with at_work(webex) as workers:
        assert workers.collect(5) == []
        workers.begin(request(1), 1)
        assert workers.collect(0) == []
        webex.answer(1)
        assert [arrival.key for arrival in workers.collect(5)] == [1]


def test_a_request_is_sent_at_once_and_by_a_thread_that_has_nothing_to_do() -> None:
    webex = Webex()
    with at_work(webex) as workers:
        for number in range(20):
            workers.begin(request(("left", number)), None)
            workers.begin(request(("right", number)), None)
            assert {webex.asked.get(timeout=5), webex.asked.get(timeout=5)} == {
                request(("left", number)).url,
                request(("right", number)).url,
            }
            webex.answer(("left", number))
            webex.answer(("right", number))
            assert len(workers.collect(2)) == 2

    assert len(webex.threads) == 2
    assert threading.get_ident() not in webex.threads


def test_what_a_thread_raises_reaches_the_caller() -> None:
    webex = Webex()
    with pytest.raises(MemoryError, match="full"), at_work(webex) as workers:
        workers.begin(request(1), 1)
        webex.answer(1, MemoryError("full"))
        workers.collect(1)


def test_nobody_waits_for_a_request_that_is_under_way_at_the_end() -> None:
    webex = Webex()
    before = threading.enumerate()
    with Workers(webex, lambda: 17.0) as workers:
        workers.begin(request(1), 1)
        webex.asked.get(timeout=5)

    (thread,) = set(threading.enumerate()) - set(before)
    assert thread.daemon, "the process does not wait for it either"
    webex.answer(1)
    assert until(partial(no_other_threads, before))


class Around:
    """What surrounds a driver, and notes what it is asked for."""

    def __init__(self) -> None:
        self.done: list[Any] = []

    def observe(self, message: Message) -> None:
        self.done.append(type(message).__name__)

    def exchange(self, request: Request) -> Response:
        return Response(200, (), request.url.encode())

    def sleep(self, seconds: float) -> None:
        self.done.append(seconds)

    def load(self) -> StoredToken:
        return STORED

    def save(self, token: StoredToken) -> None:
        self.done.append(token)

    def driver(self) -> ParallelDriver:
        return ParallelDriver(Driver(self.exchange, self, self.observe, self.sleep), lambda: 17.0)


def test_what_is_begun_is_observed_as_a_request_and_all_else_is_carried_out_as_ever() -> None:
    around, heard = Around(), []

    def flow() -> Generator[Any, Any, None]:
        for message in (
            *(
                LoadToken(),
                Begin(request(1), "one"),
                Collect(1),
                Wait(1.5, "busy", 2, 8),
                request(2),
                SaveToken(STORED),
            ),
            *(Note("look"), Page([{"id": "1"}])),
        ):
            heard.append((yield message))

    assert list(around.driver().pages(flow())) == [Page([{"id": "1"}])]

    arrived = [("one", Response(200, (), b"http://webex/1"), 17.0)]
    assert heard == [STORED, None, arrived, None, Response(200, (), b"http://webex/2"), None, None, None]
    assert around.done == ["LoadToken", "Request", "Wait", 1.5, "Request", "SaveToken", STORED, "Note", "Page"]


def test_whoever_stops_reading_closes_the_flow_and_ends_the_threads() -> None:
    before, closed = threading.enumerate(), []

    def flow() -> Generator[Any, Any, None]:
        try:
            yield Begin(request(1), 1)
            yield Page([])
            yield Begin(request(2), 2)
        finally:
            closed.append(True)

    pages = Around().driver().pages(flow())
    next(pages)
    pages.close()

    assert closed == [True]
    assert until(partial(no_other_threads, before))
