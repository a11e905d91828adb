"""NewRecordingsTrigger by itself: what it keeps, when it asks, and how it ends when it is cancelled."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from collections.abc import Awaitable, Generator, Iterator
from typing import Any

import psutil
import pytest
from airflow.models.trigger import Trigger

from airflow_provider_webex_recordings.triggers.webex_recordings import NewRecordingsTrigger
from airflow_provider_webex_recordings.webex.windows import iso
from tests.helpers.credentials import CLIENT, TOKEN
from tests.helpers.listing import connection
from tests.helpers.token_memory import forget_tokens
from tests.helpers.waiting import HOUR, LONG, NOW, at_once, deferral, event_of, recording, sensor_for
from tests.webex_api import WebexApi, faults
from tests.webex_api.script import Fault
from tests.webex_api.seen import TOKEN_PATH


@pytest.fixture
def webex() -> Iterator[WebexApi]:
    with WebexApi(token=TOKEN) as api:
        api.add_client(CLIENT["login"], CLIENT["password"], CLIENT["refresh_token"])
        yield api


@pytest.fixture
def conn_id(webex: WebexApi) -> Iterator[str]:
    """A connection that obtains its tokens, so that every kind of waiting is in a look."""
    with connection(webex.url, **CLIENT, token_store="memory", proxy=None) as conn_id:
        yield conn_id


def trigger_for(conn_id: str, *, first_look_in: float = 0.02, **arguments: Any) -> NewRecordingsTrigger:
    given = {"query": {"role": "user"}, "since": iso(NOW - HOUR), "min_recordings": 1, "poke_interval": LONG}
    given |= arguments
    started = time.time() - given["poke_interval"] + first_look_in
    return NewRecordingsTrigger(webex_conn_id=conn_id, started=started, **given)


def test_what_airflow_keeps_of_it_in_clear_is_the_question_and_no_secret(webex: WebexApi, conn_id: str) -> None:
    filters = {"role": "admin", "topic": "call & co", "owner_email": "a@example.com", "timezone": "Europe/Berlin"}
    sensor = sensor_for(
        conn_id, **filters, min_recordings=3, poke_interval=7, exponential_backoff=True, max_wait=2 * HOUR
    )
    before = time.time()

    trigger = deferral(sensor).trigger

    name, kept = trigger.serialize()
    assert name == "airflow_provider_webex_recordings.triggers.webex_recordings.NewRecordingsTrigger"
    assert before < kept.pop("started") < time.time()
    assert kept == {
        "query": filters,
        "since": iso(NOW - HOUR),
        "min_recordings": 3,
        "poke_interval": 7.0,
        "exponential_backoff": True,
        "max_wait": 7200.0,
        "webex_conn_id": conn_id,
    }
    stored = Trigger.from_object(trigger)
    assert NewRecordingsTrigger(**stored.kwargs).serialize() == trigger.serialize()
    assert "canary" not in json.dumps(trigger.serialize()) + repr(trigger)


def test_it_asks_what_the_poke_asked(webex: WebexApi, conn_id: str) -> None:
    deferred = deferral(sensor_for(conn_id, topic="call & co", role="admin", timezone="UTC", poke_interval=LONG))
    webex.recordings.add({**recording("one"), "topic": "call & co"})

    asyncio.run(event_of(at_once(deferred.trigger)))

    poke, look = webex.list_requests
    assert look.path == poke.path
    assert {**dict(look.query), "to": "later"} == {**dict(poke.query), "to": "later"}
    assert look.header("timezone") == poke.header("timezone") == "UTC"


def test_it_goes_on_with_what_the_connection_holds_after_the_token_was_replaced(webex: WebexApi) -> None:
    """A task that waits for a week outlives a personal token."""
    webex.recordings.add(recording("one"))
    old, new = webex.issue_token(), webex.issue_token()
    with connection(webex.url, old) as conn_id:
        trigger = trigger_for(conn_id)
        webex.revoke(old)
        webex.faults.add(replace_password(conn_id, webex, new))
        event = asyncio.run(event_of(trigger))

    assert event["found"]["ids"] == ["one"]
    assert [request.status for request in webex.list_requests] == [401, 200]


def replace_password(conn_id: str, webex: WebexApi, password: str) -> Fault:
    """Somebody mends the connection while the request is under way."""

    async def apply(call: Any) -> None:
        fields = {"conn_type": "webex", "host": webex.url, "password": password}
        os.environ[f"AIRFLOW_CONN_{conn_id.upper()}"] = json.dumps(fields)
        await call.pass_on()

    return Fault("replace_password", "replace_password()", apply)


class CancelledAt:
    """Awaits, and cancels its own task at the n-th time that it has to wait."""

    def __init__(self, awaited: Awaitable[Any], number: int) -> None:
        self.awaited, self.left = awaited, number

    def __await__(self) -> Generator[Any, Any, Any]:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None
        steps = self.awaited.__await__()
        answer, error = None, None
        while True:
            try:
                waited_for = steps.throw(error) if error is not None else steps.send(answer)
            except StopIteration as end:
                return end.value
            self.left -= 1
            if self.left == 0:
                loop.call_soon(task.cancel)
            answer, error = None, None
            try:
                answer = yield waited_for
            except BaseException as raised:
                error = raised


def connections_to(webex: WebexApi) -> list[Any]:
    return [
        one
        for one in psutil.Process().net_connections("tcp")
        if one.raddr and one.raddr.port == webex.port and one.status != psutil.CONN_TIME_WAIT
    ]


async def cancel_at(number: int, trigger: NewRecordingsTrigger, webex: WebexApi) -> bool:
    """Cancel at the n-th wait; return whether there were so many. Nothing may be left."""

    async def run() -> None:
        await CancelledAt(event_of(trigger), number)

    task = asyncio.create_task(run())
    done, _ = await asyncio.wait([task], timeout=10)
    assert done, "it does not end when it is cancelled"
    # What a loop does once more for a connection that it closes.
    for _ in range(5):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert not [one for one in connections_to(webex) if one.status == psutil.CONN_ESTABLISHED]
    if task.cancelled():
        return True
    task.result()
    return False


def test_it_ends_at_once_wherever_it_is_cancelled_and_leaves_nothing(webex: WebexApi, conn_id: str) -> None:
    """At each single await of a pause, a token, a request that is retried, and the answer."""
    webex.recordings.add(recording("one"))
    number, is_cancelled = 0, True
    while is_cancelled:
        number += 1
        webex.reset()
        webex.faults.add(faults.status(429, retry_after="0.01"), when=faults.any_list())
        is_cancelled = asyncio.run(cancel_at(number, trigger_for(conn_id, first_look_in=0.01), webex))
        forget_tokens()
    assert number > 6


STALLED = {
    "in a pause": (None, None),
    "before an answer": (faults.stall(), faults.any_list()),
    "in an answer": (faults.stall_body(), faults.any_list()),
    "before a token": (faults.stall(), faults.token_request()),
    "in a long wait before a retry": (faults.status(429, retry_after=60), faults.any_list()),
}


@pytest.mark.parametrize("where", STALLED)
def test_a_long_wait_is_left_at_once(where: str, webex: WebexApi, conn_id: str) -> None:
    fault, when = STALLED[where]
    if fault is not None:
        webex.faults.add(fault, times=None, when=when)

    async def cancel_in_it() -> float:
        trigger = trigger_for(conn_id, first_look_in=100.0 if fault is None else 0.02)
        task = asyncio.create_task(event_of(trigger))
        while fault is not None and not webex.faults.applied:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.05)
        assert not task.done()
        started = time.monotonic()
        task.cancel()
        await asyncio.wait([task])
        took = time.monotonic() - started
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert not [one for one in connections_to(webex) if one.status == psutil.CONN_ESTABLISHED]
        return took

    assert asyncio.run(cancel_in_it()) < 0.2


def test_a_triggerer_that_starts_again_looks_when_the_rhythm_says(webex: WebexApi, conn_id: str) -> None:
    """Not at once: a triggerer that crashes again and again would ask again and again."""

    async def start_and_stop() -> None:
        for _ in range(20):
            task = asyncio.create_task(event_of(trigger_for(conn_id, first_look_in=60.0)))
            await asyncio.sleep(0.001)
            task.cancel()
            await asyncio.wait([task])

    asyncio.run(start_and_stop())
    assert webex.requests == []


def test_waiting_holds_no_thread(webex: WebexApi, conn_id: str) -> None:
    async def wait_a_hundred_times() -> int:
        tasks = [asyncio.create_task(event_of(trigger_for(conn_id, first_look_in=60.0))) for _ in range(100)]
        await asyncio.sleep(0.05)
        threads = threading.active_count()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        return threads

    before = threading.active_count()
    assert asyncio.run(wait_a_hundred_times()) == before


def test_looks_of_many_triggers_take_as_long_as_one(webex: WebexApi) -> None:
    """Nothing in a look keeps the triggerer from its other triggers."""
    webex.latency = 0.5
    webex.recordings.add(recording("one"))

    async def look_at_once() -> None:
        await asyncio.gather(*[event_of(trigger_for(conn_id)) for _ in range(30)])

    with connection(webex.url, webex.token) as conn_id:
        started = time.monotonic()
        asyncio.run(look_at_once())

    assert len(webex.list_requests) == 30
    assert time.monotonic() - started < 4


def test_a_token_is_obtained_once_for_all_looks(webex: WebexApi, conn_id: str) -> None:
    webex.faults.add(faults.insert_recording(recording("one")), when=faults.nth_list_request(3))

    asyncio.run(event_of(trigger_for(conn_id, poke_interval=1.0)))

    assert len(webex.list_requests) == 3
    assert sum(request.path == TOKEN_PATH for request in webex.requests) == 1
