"""The loops that run a flow: lazy, in order, and tidy when a reader leaves early."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import aclosing
from typing import Any

import pytest

from airflow_provider_webex_recordings.transport.drivers import AsyncDriver, Driver
from airflow_provider_webex_recordings.webex.messages import (
    LoadToken,
    Message,
    Note,
    Page,
    Purpose,
    Request,
    Response,
    SaveToken,
    StoredToken,
    TokenWait,
    Wait,
)

STORED = StoredToken("canary-access-token", 2.0, 1.0)
SCRIPT: list[Message] = [
    LoadToken(),
    Request("http://127.0.0.1/1", purpose=Purpose.LISTING),
    Wait(1.5, "busy", 2, 8),
    TokenWait(0.5, "others first"),
    SaveToken(STORED),
    Note("look"),
    Page([{"id": "1"}]),
    Request("http://127.0.0.1/2", purpose=Purpose.LISTING),
    Page([]),
]
ANSWER = Response(200, (), b"")


class Around:
    """What surrounds a driver: it notes everything it is asked to do, and does as little as can be."""

    def __init__(self) -> None:
        self.done: list[Any] = []

    def observe(self, message: Message) -> None:
        self.done.append(type(message).__name__)

    def exchange(self, request: Request) -> Response:
        self.done.append(request.url)
        return ANSWER

    async def aexchange(self, request: Request) -> Response:
        return self.exchange(request)

    def sleep(self, seconds: float) -> None:
        self.done.append(seconds)

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)

    def load(self) -> StoredToken:
        self.done.append("loaded")
        return STORED

    def save(self, token: StoredToken) -> None:
        assert token is STORED
        self.done.append("saved")

    def sync(self) -> Driver:
        return Driver(self.exchange, self, self.observe, self.sleep)

    def asynchronous(self) -> AsyncDriver:
        return AsyncDriver(self.aexchange, self, self.observe, self.asleep)


def conversation(heard: list[Any]) -> Generator[Message, Any, str]:
    for message in SCRIPT:
        heard.append((yield message))
    return "the end"


def value_sync(around: Around, flow: Generator[Message, Any, str]) -> str:
    return around.sync().value(flow)


def value_async(around: Around, flow: Generator[Message, Any, str]) -> str:
    return asyncio.run(around.asynchronous().value(flow))


@pytest.mark.parametrize("value", [value_sync, value_async])
def test_each_message_is_observed_then_carried_out_then_answered(value: Callable[..., str]) -> None:
    around, heard = Around(), []

    assert value(around, conversation(heard)) == "the end"

    assert heard == [STORED, ANSWER, None, None, None, None, None, ANSWER, None]
    assert around.done == [
        *("LoadToken", "loaded", "Request", "http://127.0.0.1/1", "Wait", 1.5, "TokenWait", 0.5, "SaveToken", "saved"),
        *("Note", "Page", "Request", "http://127.0.0.1/2", "Page"),
    ]


def pages_sync(around: Around, flow: Any, count: int) -> list[Page]:
    pages = around.sync().pages(flow)
    try:
        return [page for page, _ in zip(pages, range(count), strict=False)]
    finally:
        pages.close()


def pages_async(around: Around, flow: Any, count: int) -> list[Page]:
    async def collect() -> list[Page]:
        found: list[Page] = []
        async with aclosing(around.asynchronous().pages(flow)) as pages:
            async for page in pages:
                found.append(page)
                if len(found) == count:
                    break
        return found

    return asyncio.run(collect())


@pytest.mark.parametrize("pages", [pages_sync, pages_async])
def test_all_pages_come_in_order(pages: Callable[..., list[Page]]) -> None:
    assert [page.recordings for page in pages(Around(), conversation([]), 5)] == [[{"id": "1"}], []]
