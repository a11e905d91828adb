"""Sending requests with either HTTP library, and what they are sent to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from airflow_provider_webex_recordings.transport.aiohttp_exchange import AiohttpExchange
from airflow_provider_webex_recordings.transport.requests_exchange import RequestsExchange
from airflow_provider_webex_recordings.webex.messages import Failure, Purpose, Request, Response
from tests.helpers.credentials import TOKEN

OPTIONS: dict[str, Any] = {
    "connect_timeout": 2.0,
    "read_timeout": 2.0,
    "total_timeout": 5.0,
    "proxy": None,
    "verify": True,
    "headers": {"User-Agent": "the provider", "Accept-Encoding": "gzip, deflate"},
}
Answers = list[Response | Failure]


def options_of(options: dict[str, Any]) -> dict[str, Any]:
    """Return an exchange's options; a proxy may be given as its URL, which then is the one for everything."""
    proxy = options["proxy"]
    return options | {"proxy": lambda url: proxy}


def with_requests(requests: list[Request], options: dict[str, Any]) -> Answers:
    exchange = RequestsExchange(**options_of(options))
    try:
        return [exchange(request) for request in requests]
    finally:
        exchange.close()


def with_aiohttp(requests: list[Request], options: dict[str, Any]) -> Answers:
    async def send_all() -> Answers:
        exchange = AiohttpExchange(**options_of(options))
        try:
            return [await exchange(request) for request in requests]
        finally:
            await exchange.close()

    return asyncio.run(send_all())


SEND: dict[str, Callable[[list[Request], dict[str, Any]], Answers]] = {
    "requests": with_requests,
    "aiohttp": with_aiohttp,
}


def listing(url: str, query: str = "") -> Request:
    return Request(
        f"{url}/convergedRecordings{query}", headers={"Authorization": f"Bearer {TOKEN}"}, purpose=Purpose.LISTING
    )


def failed(answers: Answers) -> Failure:
    (failure,) = answers
    assert isinstance(failure, Failure), failure
    return failure


@contextmanager
def deaf_port() -> Iterator[int]:
    """A port whose queue of connections is full, so that nobody is let in and nobody refused."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        port = server.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
        yield port
        for client in waiting:
            client.close()
