"""NewRecordingsEventTrigger over real sockets, at its real, shortest interval of a second."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator
from contextlib import ExitStack, aclosing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_webex_recordings.triggers.webex_recordings import NewRecordingsEventTrigger
from airflow_provider_webex_recordings.webex.errors import WebexInputError
from tests.helpers.credentials import TOKEN
from tests.helpers.listing import connection
from tests.helpers.logs import all_logs, warnings_in
from tests.helpers.state_stores import StateStore
from tests.helpers.tls import Certificate, tls_server
from tests.helpers.waiting import at_once
from tests.webex_api import WebexApi, faults
from tests.webex_api.script import Fault

SINCE = datetime.now(UTC) - timedelta(hours=1)
EVERY_SECOND = {"poll_interval": 1, "settle": 0, "since": SINCE}


@pytest.fixture
def webex() -> Iterator[WebexApi]:
    with WebexApi(token=TOKEN) as api:
        yield api


@pytest.fixture
def conn_id(webex: WebexApi) -> Iterator[str]:
    with connection(webex.url, webex.token, max_attempts=1) as conn_id:
        yield conn_id


def trigger_for(conn_id: str, asset: str = "an asset", **arguments: Any) -> NewRecordingsEventTrigger:
    """A trigger as the triggerer makes it: from the database, with the state store that Airflow 3.3 gives it."""
    made = NewRecordingsEventTrigger(asset=asset, webex_conn_id=conn_id, **{**EVERY_SECOND, **arguments})
    trigger = at_once(made)
    trigger.asset_state_store = StateStore()
    return trigger  # type: ignore[return-value]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "half a second": ({"poll_interval": 0.5}, "poll_interval=0.5: .* at least 1"),
    "no interval": ({"poll_interval": timedelta(0)}, "poll_interval"),
    "endless": ({"poll_interval": math.inf}, "poll_interval"),
    "no number": ({"poll_interval": math.nan}, "poll_interval"),
    "text": ({"settle": "5 minutes"}, "settle='5 minutes'"),
    "truth": ({"settle": True}, "settle=True"),
    "into the future": ({"settle": -1}, "settle=-1"),
    "negative lookback": ({"lookback": timedelta(seconds=-1)}, "lookback"),
    "naive since": ({"since": datetime(2026, 11, 1)}, "has no time zone"),
    "no time": ({"since": "yesterday"}, "is not an ISO 8601 time"),
    "empty filter": ({"topic": ""}, "topic='': is empty"),
    "owner on the own list": ({"role": "user", "owner_email": "a@example.com"}, "owner_email=.*role='admin'"),
    "unknown role": ({"role": "boss"}, "role='boss'"),
    "unknown time zone": ({"timezone": "Mars"}, "IANA"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_work_is_refused_when_the_dag_is_read(name: str) -> None:
    arguments, told = REFUSED[name]
    with pytest.raises(WebexInputError, match=told):
        NewRecordingsEventTrigger(asset="an asset", **arguments)


def test_what_airflow_keeps_of_it_makes_it_again(webex: WebexApi, conn_id: str) -> None:
    filters = {"role": "admin", "owner_email": "a@example.com", "topic": None}
    made = NewRecordingsEventTrigger(
        asset="an asset", since="2026-11-01T00:00:00+01:00", lookback=timedelta(minutes=1), **filters
    )

    again = at_once(made)

    assert again.serialize() == made.serialize()
    assert made.serialize()[1] == {
        "asset": "an asset",
        "since": "2026-10-31T23:00:00.000Z",
        "poll_interval": 60.0,
        "settle": 300.0,
        "lookback": 60.0,
        "webex_conn_id": "webex_default",
        "role": "admin",
        "owner_email": "a@example.com",
    }


def made_now(recording_id: str) -> dict[str, Any]:
    created = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {"id": recording_id, "createTime": created, "status": "available"}


def test_it_fires_when_recordings_appear_whatever_goes_wrong_meanwhile(webex: WebexApi, conn_id: str) -> None:
    """Errors of every kind, and a state store that is out of reach, cost time and nothing else."""
    webex.faults.add(faults.status(403), when=faults.nth_list_request(2))
    trigger = trigger_for(conn_id)

    async def story() -> list[dict[str, Any]]:
        async with aclosing(trigger.run()) as events:
            first = asyncio.create_task(anext(events))
            while len(webex.list_requests) < 2:
                await asyncio.sleep(0.01)
            webex.recordings.add(made_now("one"))
            return [(await asyncio.wait_for(first, 20)).payload]

    with all_logs() as told:
        (event,) = asyncio.run(story())

    start, end = (datetime.fromisoformat(event["window"][name]) for name in ("start", "end"))
    assert (event["repeated"], event["lookback"]) == (False, 0.0)
    assert abs(start - SINCE) < timedelta(milliseconds=1)
    assert [one["id"] for one in webex.recordings.between(start, end)] == ["one"]
    assert json.loads(json.dumps(event)) == event
    (error,) = {line for line in told if "Next attempt in" in line}
    assert error.startswith("ERROR"), "nobody sees a trigger's warnings"
    assert "403" in error
    assert TOKEN not in "".join(told)


class Trouble:
    """Something that never stops going wrong."""

    def __init__(self, fault: Fault | None = None, host: str = "", fails_to_write: bool = False, **fields: Any) -> None:
        self.fault, self.host, self.fields, self.fails_to_write = fault, host, fields, fails_to_write


TROUBLES = {
    "400": Trouble(faults.status(400)),
    "401": Trouble(faults.status(401)),
    "403": Trouble(faults.status(403)),
    "404": Trouble(faults.status(404)),
    "429": Trouble(faults.status(429)),
    "429 with Retry-After": Trouble(faults.status(429, retry_after=3600)),
    "500": Trouble(faults.status(500)),
    "503": Trouble(faults.status(503)),
    "html": Trouble(faults.html()),
    "reset": Trouble(faults.reset()),
    "a setting": Trouble(page_size="many"),
    "nothing wrong": Trouble(),
}
SECONDS = 4.5


def test_no_error_ends_it_or_makes_it_look_faster_than_its_interval(tmp_path: Path) -> None:
    """All of them side by side, for some seconds; each has a Webex of its own that never gets well."""
    with ExitStack() as stack:
        apis, triggers = {}, {}
        for name, trouble in TROUBLES.items():
            apis[name] = stack.enter_context(WebexApi(token=TOKEN))
            if trouble.fault is not None:
                apis[name].faults.add(trouble.fault, times=None)
            fields = {"max_attempts": 1, **trouble.fields}
            triggers[name] = trigger_for(stack.enter_context(connection(apis[name].url, TOKEN, **fields)))
        port = stack.enter_context(tls_server(Certificate.make(tmp_path)))
        for host in ("http://127.0.0.1:1", f"https://127.0.0.1:{port}"):
            triggers[host] = trigger_for(stack.enter_context(connection(f"{host}/v1", TOKEN, max_attempts=1)))
        triggers["no connection"] = trigger_for("webex_of_nobody")

        ended = asyncio.run(run_for(SECONDS, list(triggers.values())))

    assert ended == []
    for name, api in apis.items():
        # Each look asks up to its own tick; when it arrives, a loaded machine decides.
        moments = [datetime.fromisoformat(dict(request.query)["to"]) for request in api.list_requests]
        assert all(later - earlier >= timedelta(seconds=1) for earlier, later in pairwise(moments)), name
        if name == "nothing wrong":
            assert 3 <= len(moments) <= 5
        elif name == "429 with Retry-After":
            assert len(moments) == 1
        else:
            assert len(moments) <= 3, "each pause is longer than the one before"


async def run_for(seconds: float, triggers: list[NewRecordingsEventTrigger]) -> list[Any]:
    """Run triggers side by side; return those that fired or ended before the time was up."""

    async def run(trigger: NewRecordingsEventTrigger) -> None:
        async with aclosing(trigger.run()) as events:
            await anext(events)

    tasks = [asyncio.create_task(run(trigger)) for trigger in triggers]
    ended, going_on = await asyncio.wait(tasks, timeout=seconds)
    for task in going_on:
        task.cancel()
    await asyncio.gather(*going_on, return_exceptions=True)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return list(ended)


def test_triggers_with_one_question_share_one_look_and_warn_once_where_nothing_keeps_their_position(
    webex: WebexApi, conn_id: str
) -> None:
    triggers = [trigger_for(conn_id, asset) for asset in ("a", "b", "c")]
    another = trigger_for(conn_id, "d", topic="call")
    triggers[2].asset_state_store = None

    with all_logs() as told:
        asyncio.run(run_for(3.2, [*triggers, another]))

    topics = [request.parameters().get("topic") for request in webex.list_requests]
    assert 3 <= topics.count(None) <= 4
    assert 3 <= topics.count("call") <= 4
    (warning,) = warnings_in(told)
    assert "This Airflow version cannot store a watcher's position" in warning
