"""Listing through the real hook over real sockets, by either driver, with waits as values."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from airflow_provider_webex_recordings.transport.drivers import Clock
from airflow_provider_webex_recordings.webex.errors import WebexError, WebexTransportError
from tests.fault_rows.row import NOW, Row, Servers, Truth
from tests.helpers.credentials import CLIENT, TOKEN
from tests.webex_api import ForeignServer, SeenRequest, WebexApi

_numbers = itertools.count()


class Waits(list[float]):
    """A clock that notes how long it was asked to wait, and is then that much later."""

    def clock(self, now: Callable[[], float] = time.time) -> Clock:
        async def asleep(seconds: float) -> None:
            self.append(seconds)

        return Clock(now=lambda: now() + sum(self), sleep=self.append, asleep=asleep)


@contextmanager
def connection(host: str, password: str, **fields: Any) -> Iterator[str]:
    """An Airflow connection under an id of its own; fields that Airflow does not know are extras."""
    conn_id = f"webex_{next(_numbers)}"
    login = fields.pop("login", None)
    text = json.dumps({"conn_type": "webex", "host": host, "login": login, "password": password, "extra": fields})
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", text)
        yield conn_id


@dataclass
class Listing:
    """What a listing delivered before it ended, how it ended, and how long it would have waited."""

    recordings: list[dict[str, Any]] = field(default_factory=list)
    error: WebexError | None = None
    waits: Waits = field(default_factory=Waits)


def list_sync(conn_id: str, clock: Clock, into: list[dict[str, Any]], **arguments: Any) -> None:
    with closing(WebexRecordingsHook(conn_id, clock)) as hook:
        into.extend(hook.list_recordings(**arguments))


def list_async(conn_id: str, clock: Clock, into: list[dict[str, Any]], **arguments: Any) -> None:
    async def collect() -> None:
        hook = WebexRecordingsHook(conn_id, clock)
        try:
            async for recording in hook.alist_recordings(**arguments):
                into.append(recording)
        finally:
            await hook.aclose()

    asyncio.run(collect())


DRIVERS = {"sync": list_sync, "async": list_async}


def run_listing(driver: str, conn_id: str, waits: Waits | None = None, **arguments: Any) -> Listing:
    """List with one driver; the jitter is the same each time."""
    random.seed(3)
    listing = Listing(waits=Waits() if waits is None else waits)
    try:
        DRIVERS[driver](conn_id, listing.waits.clock(), listing.recordings, **arguments)
    except WebexError as error:
        listing.error = error
    return listing


@dataclass
class Played(Listing):
    """A row that was played with one driver: its listing, and what the servers saw."""

    truth: list[dict[str, Any]] = field(default_factory=list)
    seen: list[SeenRequest] = field(default_factory=list)
    seen_elsewhere: list[SeenRequest] = field(default_factory=list)
    faults_applied: bool = False
    token_requests: int = 0
    minted: list[str] = field(default_factory=list)

    @property
    def list_requests(self) -> list[SeenRequest]:
        return [request for request in self.seen if request.is_list]


@contextmanager
def playing(row: Row, **fields: Any) -> Iterator[tuple[Servers, str]]:
    """The servers of a row with its faults scripted, and a connection to them."""
    with WebexApi(row.recordings, token=TOKEN, now=lambda: NOW, **row.api) as api, ForeignServer() as foreign:
        servers = Servers(api, foreign)
        for scripted in row.faults:
            scripted.add_to(servers)
        given = {"token_store": "memory", **credentials(row, api), **row.settings, **fields}
        settings = {name: value(servers) if callable(value) else value for name, value in given.items()}
        password = settings.pop("password")
        with connection(row.host(servers) if row.host else api.url, password, **settings) as conn_id:
            yield servers, conn_id


def credentials(row: Row, api: WebexApi) -> dict[str, str]:
    """The credentials of a row's connection, as the fields of the connection."""
    if not row.refreshable:
        return {"password": api.token if row.scopes is None else api.issue_token(row.scopes)}
    api.add_client(CLIENT["login"], CLIENT["password"], CLIENT["refresh_token"], **row.client)
    return CLIENT


def minted(api: WebexApi) -> list[str]:
    """The tokens that the token endpoint has given, of both kinds."""
    clients = api.tokens.clients.values()
    return [token for client in clients for token in (*client.minted, *client.refresh_tokens)]


def play(row: Row, driver: str, **fields: Any) -> Played:
    """Play a row with one driver."""
    with playing(row, **fields) as (servers, conn_id):
        before = truth_of(row, servers.api)
        arguments = {"start": row.start, "end": row.end, "page_size": row.page_size, **row.filters}
        listing = run_listing(driver, conn_id, **arguments)
        at_the_end = isinstance(row.outcome, Truth) and row.outcome.at_the_end
        return Played(
            **vars(listing),
            truth=truth_of(row, servers.api) if at_the_end else before,
            seen=servers.api.requests.copy(),
            seen_elsewhere=servers.foreign.requests.copy(),
            faults_applied=all(rule.applied for rule in servers.api.faults.rules),
            token_requests=servers.api.token_requests,
            minted=minted(servers.api),
        )


def truth_of(row: Row, api: WebexApi) -> list[dict[str, Any]]:
    recordings = api.recordings.between(row.start, row.end)
    return row.outcome.change(recordings) if isinstance(row.outcome, Truth) else recordings


def comparable(error: WebexError | None) -> str:
    """An error's text without what differs from one run to the next, or from one HTTP library to the other."""
    text = re.sub(r"^connection '\w+': ", "", str(error))
    text = re.sub(r"ROUTER_[0-9A-F]{32}", "ROUTER", text)
    text = re.sub(r":\d{4,5}\b", ":PORT", text)
    text = re.sub(r", \d+ s after the first", "", text)
    if isinstance(error, WebexTransportError):
        summary, _, _ = text.removesuffix(error.advice).partition(": ")
        kind = text[len(summary) + 2 :].partition(":")[0]
        text = f"{summary}: {kind}: {error.advice}"
    return text
