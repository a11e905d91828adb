"""Every error that has to do with a connection names it: whoever is on call has dozens of them."""

from __future__ import annotations

import asyncio
import json
import pickle
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowNotFoundException

from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from airflow_provider_webex_recordings.task.errors import from_event, to_event
from airflow_provider_webex_recordings.triggers.webex_recordings import NewRecordingsTrigger
from airflow_provider_webex_recordings.webex.errors import (
    WebexAuthenticationError,
    WebexError,
    WebexInputError,
    WebexLinkError,
    WebexPermissionError,
    WebexProtocolError,
    WebexRateLimitError,
    WebexRequestError,
    WebexServerError,
    WebexTransportError,
)
from airflow_provider_webex_recordings.webex.windows import TimeWindow
from tests.helpers.listing import CLIENT, connection
from tests.webex_api import WebexApi, faults, make_recordings
from tests.webex_api.script import Fault

START, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
WINDOW = TimeWindow(START, END)
ONCE = {"max_attempts": 1}


def list_sync(hook: WebexRecordingsHook) -> None:
    with closing(hook):
        list(hook.list_recordings(start=START, end=END, page_size=7))


def list_in_parts(hook: WebexRecordingsHook) -> None:
    with closing(hook):
        list(hook.list_recordings(start=START, end=END, page_size=7, parallel=2))


def find_sync(hook: WebexRecordingsHook) -> None:
    with closing(hook):
        hook.find_recordings(WINDOW, hook.query(), 100)


def list_async(hook: WebexRecordingsHook) -> None:
    asyncio.run(consumed(hook, hook.alist_recordings(start=START, end=END, page_size=7)))


async def consumed(hook: WebexRecordingsHook, recordings: AsyncIterator[object]) -> None:
    try:
        async for _ in recordings:
            pass
    finally:
        await hook.aclose()


def find_async(hook: WebexRecordingsHook) -> None:
    async def find() -> None:
        try:
            await hook.afind_recordings(WINDOW, await hook.aquery(), 100)
        finally:
            await hook.aclose()

    asyncio.run(find())


def trigger(hook: WebexRecordingsHook) -> None:
    """As a deferred sensor does, and raise what its event carries."""

    async def event() -> dict[str, Any]:
        waiting = NewRecordingsTrigger(
            query={},
            since=START.isoformat(),
            min_recordings=99,
            started=time.time(),
            poke_interval=0.01,
            webex_conn_id=hook.webex_conn_id,
        )
        async for fired in waiting.run():
            return fired.payload
        raise AssertionError("the trigger ended without an event")

    raise from_event(json.loads(json.dumps(asyncio.run(event())["error"])))


WAYS: dict[str, Callable[[WebexRecordingsHook], None]] = {
    "list": list_sync,
    "list in parts": list_in_parts,
    "find": find_sync,
    "alist": list_async,
    "afind": find_async,
    "trigger": trigger,
}


@dataclass(frozen=True)
class Wrong:
    """Something that is wrong with a connection, or with what it leads to, and a part of what its error says."""

    error: type[WebexError]
    says: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    fault: Fault | None = None


with socket.create_server(("127.0.0.1", 0)) as _closed:
    NOBODY = f"http://127.0.0.1:{_closed.getsockname()[1]}"

WRONG = {
    "a page size": Wrong(WebexInputError, "page_size=5000: must be a whole number from 1 to 100", {"page_size": 5000}),
    "an unknown extra": Wrong(WebexInputError, "extra='rol': is not an extra", {"rol": "admin"}),
    "no token": Wrong(WebexInputError, "password='': is missing", {"password": ""}),
    "a refresh token without a client": Wrong(WebexInputError, "login='': is missing", {"refresh_token": "r"}),
    "plain http": Wrong(WebexInputError, "must begin with https://", {"host": "http://webexapis.com"}),
    "a CA bundle that is not there": Wrong(WebexInputError, "is not a readable PEM file", {"ca_bundle": "/no/file"}),
    "a CA bundle that is something else": Wrong(
        WebexInputError, "is not a readable PEM file", {"ca_bundle": str(Path(__file__))}
    ),
    "filters that Webex refuses": Wrong(WebexRequestError, "Check the filters", fault=faults.status(400)),
    "a token that Webex refuses": Wrong(WebexAuthenticationError, "personal token", {"password": "canary-wrong"}),
    "a client that Webex does not know": Wrong(WebexAuthenticationError, "uthorise again", CLIENT),
    "a token endpoint that is not there": Wrong(WebexTransportError, "DNS", {**ONCE, **CLIENT, "token_url": NOBODY}),
    "a missing scope": Wrong(WebexPermissionError, "lacks a scope", fault=faults.status(403)),
    "a wrong path": Wrong(WebexRequestError, "Check the API base URL (host)", fault=faults.status(404)),
    "a proxy's refusal": Wrong(WebexRequestError, "`proxy`", fault=faults.status(407)),
    "a rate limit": Wrong(WebexRateLimitError, "later", fault=faults.status(429, retry_after=9999)),
    "a failing server": Wrong(WebexServerError, "502", ONCE, faults.status(502)),
    "a web page": Wrong(WebexProtocolError, "text/html", ONCE, faults.html()),
    "a redirect elsewhere": Wrong(
        WebexLinkError, "API base URL (host)", fault=faults.redirect("https://else.invalid/")
    ),
    "a next link elsewhere": Wrong(
        WebexLinkError, "API base URL (host)", {"page_size": 2}, faults.next_origin("https://else.invalid")
    ),
    "a closed port": Wrong(WebexTransportError, "DNS and firewall", {**ONCE, "host": NOBODY}),
    "a proxy that is not there": Wrong(WebexTransportError, "the proxy failed", {**ONCE, "host": "", "proxy": NOBODY}),
    "a broken connection": Wrong(WebexTransportError, "closes connections", ONCE, faults.close()),
    "a silent server": Wrong(WebexTransportError, "read_timeout", {**ONCE, "read_timeout": 0.1}, faults.stall()),
}


@pytest.fixture(scope="module")
def api() -> Iterator[WebexApi]:
    with WebexApi(make_recordings(10, START, END)) as api:
        yield api


def raised(wrong: Wrong, api: WebexApi, way: str) -> tuple[str, WebexError]:
    """Return the connection's id, and the error."""
    api.faults.clear()
    if wrong.fault is not None:
        api.faults.add(wrong.fault, times=None)
    fields = {"host": api.url, "password": api.token, "token_store": "memory", **wrong.fields}
    given = connection(fields.pop("host"), fields.pop("password"), **fields)
    with given as conn_id, pytest.raises(WebexError) as caught:
        WAYS[way](WebexRecordingsHook(conn_id))
    return conn_id, caught.value


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_an_error_names_the_connection(wrong: Wrong, way: str, api: WebexApi) -> None:
    conn_id, error = raised(wrong, api, way)
    assert type(error) is wrong.error
    assert error.connection == conn_id
    assert str(error) == f"connection '{conn_id}': {error.text}"
    assert wrong.says in str(error)
    for again in (pickle.loads(pickle.dumps(error)), from_event(json.loads(json.dumps(to_event(error))))):
        assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


@pytest.mark.parametrize("way", WAYS)
def test_a_missing_connection_is_named_too(way: str) -> None:
    with pytest.raises(AirflowNotFoundException, match=r"There is no connection 'not_there'.*AIRFLOW_CONN_NOT_THERE"):
        WAYS[way](WebexRecordingsHook("not_there"))


ARGUMENTS: dict[str, dict[str, Any]] = {
    "page_size": {"page_size": 5000},
    "topic": {"topic": ""},
    "timezone": {"timezone": "Berlin"},
    "role": {"role": "compliance"},
    "start": {"start": END, "end": START},
}


@pytest.mark.parametrize("name", ARGUMENTS)
@pytest.mark.parametrize("driver", ["sync", "async"])
def test_an_argument_that_cannot_work_is_not_the_connections_fault(driver: str, name: str, api: WebexApi) -> None:
    arguments = {"start": START, "end": END, **ARGUMENTS[name]}
    with connection(api.url, api.token) as conn_id, pytest.raises(WebexInputError) as caught:
        hook = WebexRecordingsHook(conn_id)
        if driver == "sync":
            list(hook.list_recordings(**arguments))
        else:
            asyncio.run(consumed(hook, hook.alist_recordings(**arguments)))
    assert caught.value.connection == ""
    assert str(caught.value).startswith(f"{name}=")


def test_certificates_are_named_where_only_the_session_is_asked_for(api: WebexApi) -> None:
    with connection(api.url, api.token, ca_bundle="/no/file") as conn_id, pytest.raises(WebexInputError) as caught:
        WebexRecordingsHook(conn_id).get_conn()
    assert str(caught.value).startswith(f"connection '{conn_id}': ca_bundle='/no/file': ")


def test_the_forms_own_test_does_not_name_the_id_that_airflow_makes_up(api: WebexApi) -> None:
    with connection(api.url, api.token, page_size=5000) as conn_id:
        works, answer = WebexRecordingsHook(conn_id).test_connection()
    assert not works
    assert answer == "page_size=5000: must be a whole number from 1 to 100"


def test_an_event_of_an_earlier_version_is_understood() -> None:
    old = {"class": "WebexTransportError", "args": ["the network", "wait", False]}
    assert str(from_event(old)) == "the network. wait"
