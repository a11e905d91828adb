"""Threads that send requests, for flows that have several under way. Which and how many is the flow's to say."""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Self

from airflow_provider_webex_recordings.transport.drivers import Driver, pages_of
from airflow_provider_webex_recordings.webex.messages import (
    Answer,
    Arrival,
    Begin,
    Collect,
    Failure,
    Message,
    Page,
    ParallelFlow,
    Request,
    Response,
)


@dataclass(frozen=True, slots=True)
class ParallelDriver:
    """Runs parallel flows: sends what they begin in threads, and has all else done by another driver.

    :param driver: does all else, in the caller's thread
    :param now: returns Unix time in seconds
    """

    driver: Driver
    now: Callable[[], float]

    def pages(self, flow: ParallelFlow[object]) -> Generator[Page]:
        """Yield the pages of a flow, lazily."""
        with Workers(self.driver.exchange, self.now) as workers:
            yield from pages_of(flow, partial(self._carry_out, workers))

    def _carry_out(self, workers: Workers, message: Message | Begin | Collect) -> Answer | list[Arrival]:
        match message:
            case Begin(request, key):
                self.driver.observe(request)
                workers.begin(request, key)
                return None
            case Collect(at_least):
                return workers.collect(at_least)
            case _:
                return self.driver.carry_out(message)


class Workers:
    """Threads that send requests. None of them is waited for: they end with the last request, or with the process.

    :param exchange: sends one request
    :param now: returns Unix time in seconds
    """

    def __init__(self, exchange: Callable[[Request], Response | Failure], now: Callable[[], float]) -> None:
        self._exchange, self._now = exchange, now
        self._begun: SimpleQueue[tuple[Request, Hashable] | None] = SimpleQueue()
        self._arrived: SimpleQueue[Arrival | BaseException] = SimpleQueue()
        self._threads = self._under_way = 0

    def begin(self, request: Request, key: Hashable) -> None:
        """Send a request in a thread that has nothing to do, or in a new one."""
        if self._under_way == self._threads:
            Thread(target=self._work, daemon=True).start()
            self._threads += 1
        self._under_way += 1
        self._begun.put((request, key))

    def collect(self, at_least: int) -> list[Arrival]:
        """Wait until so many requests are answered, though for no more than are under way; return all that are.

        What a thread raised is raised here.
        """
        arrivals: list[Arrival] = []
        while self._under_way:
            try:
                arrival = self._arrived.get(block=len(arrivals) < at_least)
            except Empty:
                break
            self._under_way -= 1
            if isinstance(arrival, BaseException):
                raise arrival
            arrivals.append(arrival)
        return arrivals

    def _work(self) -> None:
        while (job := self._begun.get()) is not None:
            request, key = job
            try:
                self._arrived.put(Arrival(key, self._exchange(request), self._now()))
            except BaseException as error:
                self._arrived.put(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for _ in range(self._threads):
            self._begun.put(None)
