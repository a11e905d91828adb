"""Listing the parts of a window side by side: only requests go to other threads, all else stays in the caller's."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from queue import SimpleQueue
from threading import Thread
from typing import NamedTuple, Self

from airflow_provider_webex_recordings.transport.drivers import Driver
from airflow_provider_webex_recordings.webex.listing.parts import Part, Parts
from airflow_provider_webex_recordings.webex.listing.seen import SeenIds, unseen
from airflow_provider_webex_recordings.webex.messages import (
    Answer,
    Failure,
    Flow,
    Page,
    Purpose,
    Request,
    Response,
    Wait,
)
from airflow_provider_webex_recordings.webex.windows import TimeWindow


class SideBySide:
    """Lists parts, each by a flow of its own, and hands their pages on in order.

    Flows are carried on one at a time, so they share tokens as they do one after the other. A wait, whoever asks for
    it, holds up all of them, and halves how many requests are under way at a time; good answers to later ones let that
    grow again.

    :param driver: does all that is not listing
    :param parts: what is listed
    :param flow_of: lists one part
    :param workers: how many requests are under way at the most
    :param now: returns Unix time in seconds
    """

    def __init__(
        self,
        driver: Driver,
        parts: Parts,
        flow_of: Callable[[TimeWindow], Flow[None]],
        workers: int,
        now: Callable[[], float],
    ) -> None:
        self._driver, self._parts, self._flow_of, self._now = driver, parts, flow_of, now
        self._workers, self._width = workers, float(workers)
        self._waited_until = 0.0
        #: those that have read a page
        self._turned: list[Part] = []
        self._flows: dict[Part, Flow[None]] = {}
        self._requests: dict[Part, Request] = {}
        #: when those under way were sent
        self._sent: dict[Part, float] = {}

    def pages(self) -> Generator[Page]:
        """Yield the pages in order, each recording once, lazily: while the caller is at work, nothing is begun."""
        seen = SeenIds()
        try:
            with Senders(self._driver.exchange, self._now) as senders:
                while self._parts:
                    for recordings in self._parts.ready():
                        page = Page(unseen(recordings, seen))
                        self._driver.observe(page)
                        yield page
                    self._turn_pages(senders)
                    self._send(senders)
                    # All that have arrived: one of them may be the reason to send nothing for a while.
                    for part, answer, arrived in senders.answers():
                        part.is_busy = False
                        self._carry_on(part, answer, arrived)
        finally:
            for flow in self._flows.values():
                flow.close()

    def _turn_pages(self, senders: Senders) -> None:
        """Carry on the flows that have read a page."""
        turned, self._turned = self._turned, []
        for part in turned:
            self._carry_on(part, None, self._now())
            if part in self._requests and self._parts.cut(part, int(self._width) - senders.busy - 1):
                del self._requests[part]
                self._flows.pop(part).close()

    def _send(self, senders: Senders) -> None:
        while senders.busy < int(self._width) and (part := self._parts.next_part()) is not None:
            if not part.is_begun:
                part.is_begun = True
                self._flows[part] = self._flow_of(part.window)
                self._carry_on(part, None, self._now())
            if request := self._requests.pop(part, None):
                part.is_busy = True
                self._sent[part] = self._now()
                self._driver.observe(request)
                senders.send(part, request)

    def _carry_on(self, part: Part, answer: Answer, arrived: float) -> None:
        """Carry a flow on until it wants a page, has read one, or is at its end.

        :param arrived: when the answer did
        """
        flow = self._flows[part]
        while True:
            try:
                message = flow.send(answer)
            except StopIteration:
                part.is_done = True
                del self._flows[part]
                return
            if isinstance(message, Page):
                part.attempt = 1
                self._parts.add(part, message.recordings)
                self._turned.append(part)
                if self._sent.pop(part) >= self._waited_until:
                    self._width = min(self._width + 0.25 / self._width, self._workers)
                return
            if isinstance(message, Request) and message.purpose is Purpose.LISTING:
                self._requests[part] = message
                return
            if isinstance(message, Wait):
                part.attempt = message.attempt
                self._wait(message, arrived)
                answer = None
            else:
                # A token's affairs: no other flow is carried on before they are settled.
                self._driver.observe(message)
                answer = self._driver.answer(message)
            arrived = self._now()

    def _wait(self, message: Wait, arrived: float) -> None:
        """Wait; for an answer that came during another's wait, only what is left from its arrival on."""
        seconds = message.seconds if arrived >= self._waited_until else arrived + message.seconds - self._now()
        if seconds > 0:
            self._width = max(self._width / 2, 1.0)
            self._driver.observe(message)
            self._driver.sleep(seconds)
            self._waited_until = self._now()


class Arrival(NamedTuple):
    """An answer, whose it is, and when it came."""

    part: Part
    answer: Response | Failure
    at: float


class Senders:
    """Threads that send requests. None of them is waited for: they end with the last request, or with the process.

    :param exchange: sends one request
    :param now: returns Unix time in seconds
    """

    def __init__(self, exchange: Callable[[Request], Response | Failure], now: Callable[[], float]) -> None:
        self._exchange, self._now = exchange, now
        self._requests: SimpleQueue[tuple[Part, Request] | None] = SimpleQueue()
        self._arrivals: SimpleQueue[Arrival | BaseException] = SimpleQueue()
        self._threads = 0
        #: how many requests are under way
        self.busy = 0

    def send(self, part: Part, request: Request) -> None:
        """Send a request of a part, in a thread that has nothing to do or in a new one."""
        if self.busy == self._threads:
            Thread(target=self._work, daemon=True).start()
            self._threads += 1
        self.busy += 1
        self._requests.put((part, request))

    def answers(self) -> Iterator[Arrival]:
        """Wait for an answer, if one is to come, and yield all that are there then."""
        while self.busy:
            arrival = self._arrivals.get()
            self.busy -= 1
            if isinstance(arrival, BaseException):
                raise arrival
            yield arrival
            if self._arrivals.empty():
                return

    def _work(self) -> None:
        while (job := self._requests.get()) is not None:
            part, request = job
            try:
                self._arrivals.put(Arrival(part, self._exchange(request), self._now()))
            except BaseException as error:
                self._arrivals.put(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for _ in range(self._threads):
            self._requests.put(None)
