"""`Driver` runs a flow on a worker, `AsyncDriver` in the triggerer. Neither decides anything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, ParamSpec, Protocol, TypeVar

from airflow_provider_webex_recordings.webex.messages import (
    Answer,
    Failure,
    Flow,
    LoadToken,
    Message,
    Page,
    Request,
    Response,
    SaveToken,
    StoredToken,
    TokenWait,
    Wait,
)

T = TypeVar("T")
M = TypeVar("M")
P = ParamSpec("P")


class TokenStore(Protocol):
    """Where a token outlives a task. Neither method raises."""

    def load(self) -> StoredToken | None:
        """Return the token, None where there is none or the store is out of reach."""

    def save(self, token: StoredToken) -> None:
        """Keep the token for others."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time, as a value that a test can replace: waits need not last.

    :param now: returns Unix time in seconds
    """

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    asleep: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass(frozen=True, slots=True)
class Driver:
    """Run flows one message at a time, blocking.

    :param exchange: sends one request
    :param store: shares the access token
    :param observe: is called with each message before it is carried out
    :param sleep: waits
    """

    exchange: Callable[[Request], Response | Failure]
    store: TokenStore
    observe: Callable[[Message], None]
    sleep: Callable[[float], None] = time.sleep

    def pages(self, flow: Flow[object]) -> Generator[Page]:
        """Yield the pages of a flow, lazily."""
        return pages_of(flow, self.carry_out)

    def value(self, flow: Flow[T]) -> T:
        """Run a flow to its end and return its value."""
        returned: list[T] = []
        for _page in self.pages(_keep_value(flow, returned)):
            pass
        return returned[0]

    def carry_out(self, message: Message) -> Answer:
        """Do what a message asks for, and return the answer to it."""
        self.observe(message)
        match message:
            case Request():
                return self.exchange(message)
            case Wait() | TokenWait():
                self.sleep(message.seconds)
            case LoadToken():
                return self.store.load()
            case SaveToken():
                self.store.save(message.token)
        return None


def pages_of(flow: Generator[M, Any, object], carry_out: Callable[[M], Any]) -> Generator[Page]:
    """Yield the pages of a flow, lazily.

    :param carry_out: does what a message asks for, and returns the answer to it
    """
    with closing(flow):
        answer = None
        while True:
            try:
                message = flow.send(answer)
            except StopIteration:
                return
            answer = carry_out(message)
            if isinstance(message, Page):
                yield message


@dataclass(frozen=True, slots=True)
class AsyncDriver:
    """Run flows one message at a time without blocking the event loop; parameters as for `Driver`."""

    exchange: Callable[[Request], Awaitable[Response | Failure]]
    store: TokenStore
    observe: Callable[[Message], None]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def pages(self, flow: Flow[object]) -> AsyncGenerator[Page]:
        """Yield the pages of a flow, lazily."""
        with closing(flow):
            answer: Answer = None
            while True:
                try:
                    message = flow.send(answer)
                except StopIteration:
                    return
                answer = await self._carry_out(message)
                if isinstance(message, Page):
                    yield message

    async def value(self, flow: Flow[T]) -> T:
        """Run a flow to its end and return its value."""
        returned: list[T] = []
        async for _page in self.pages(_keep_value(flow, returned)):
            pass
        return returned[0]

    async def _carry_out(self, message: Message) -> Answer:
        self.observe(message)
        match message:
            case Request():
                return await self.exchange(message)
            case Wait() | TokenWait():
                await self.sleep(message.seconds)
            case LoadToken():
                return await _in_thread(self.store.load)
            case SaveToken():
                await _in_thread(self.store.save, message.token)
        return None


def _keep_value(flow: Flow[T], returned: list[T]) -> Flow[None]:
    """Do as a flow does, and put what it returns into a list: an asynchronous generator cannot return anything."""
    returned.append((yield from flow))


async def _in_thread(function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    from asgiref.sync import sync_to_async  # on a worker, nobody else needs it

    # Not `asyncio.to_thread`: the triggerer of Airflow 3.0 to 3.2 asks for a Variable with an event loop of its own
    # there, which breaks its connection to Airflow and ends it, with all its triggers.
    return await sync_to_async(function, thread_sensitive=False)(*arguments, **named)
