"""Assets with a watcher on a real Airflow: their events and positions, and recordings that appear meanwhile."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from random import Random
from typing import Any

from tests.helpers.real_airflow import RealAirflow, RealAirflowError, patiently
from tests.webex_api import SeenRequest, WebexApi, make_recordings
from tests.webex_api.recordings import to_text

#: seconds between two looks, and how much earlier than now their windows end
INTERVAL, SETTLE = 5.0, 2.0
#: seconds that Webex shows a recording late at most; some less than SETTLE, for what a busy machine adds
LATE = 1.2

HEAD = f"""
from airflow.sdk import DAG, Asset, AssetWatcher
from airflow_provider_webex_recordings import ListRecordingsOperator, NewRecordingsEventTrigger


def watched(name, **arguments):
    given = {{"poll_interval": {INTERVAL}, "settle": {SETTLE}, **arguments}}
    trigger = NewRecordingsEventTrigger(asset=name, **given)
    return Asset(name, watchers=[AssetWatcher(name=name, trigger=trigger)])

"""


def connection(api: WebexApi, **extra: Any) -> str:
    return json.dumps({"conn_type": "webex", "host": api.url, "password": api.token, "extra": extra})


@contextmanager
def appearing(api: WebexApi, count: int, seconds: float, late: float = LATE) -> Iterator[threading.Thread]:
    """Create recordings in even steps, each shown up to so many seconds late, while the block runs."""
    lateness = Random(5)
    stopped = threading.Event()

    def create() -> None:
        began = time.monotonic()
        for number, recording in enumerate(make_recordings(count, "2026-11-01", "2026-11-02")):
            if stopped.wait(max(began + seconds * number / count - time.monotonic(), 0)):
                return
            created = datetime.now(UTC) - timedelta(seconds=lateness.uniform(0, late))
            api.recordings.add({**recording, "createTime": to_text(created, milliseconds=True)})

    thread = threading.Thread(target=create)
    thread.start()
    try:
        yield thread
    finally:
        stopped.set()
        thread.join()


@dataclass(frozen=True)
class WatchedAsset:
    """What Airflow's API tells of an asset."""

    airflow: RealAirflow
    name: str

    @cached_property
    def id(self) -> int:
        def parsed() -> int:
            assets = self.ask("assets", name_pattern=self.name)["assets"]
            return next((asset["id"] for asset in assets if asset["name"] == self.name), 0)

        return self.airflow.wait_for(parsed, f"the asset {self.name}")

    def ask(self, path: str, **parameters: Any) -> Any:
        """Airflow's API answers 500 now and then, when it reads what is just being written to SQLite."""
        answers: list[Any] = []

        def asked() -> list[Any]:
            with suppress(RealAirflowError):
                answers.append(self.airflow.api("GET", path, **parameters))
            return answers

        return self.airflow.wait_for(asked, path)[0]

    @property
    def events(self) -> list[dict[str, Any]]:
        """What each event says, in the order in which they were stored."""
        found = self.ask("assets/events", asset_id=self.id, order_by="timestamp", limit=100)["asset_events"]
        return [event["extra"]["payload"] for event in found]

    @property
    def announced_until(self) -> str:
        """The end of the last announcement that is stored."""
        return max((event["window"]["end"] for event in self.events), default="")

    @property
    def position(self) -> dict[str, Any] | None:
        entries = self.ask(f"assets/{self.id}/state-store")["asset_state_store"]
        return entries[0]["value"] if entries else None

    def written_down(self) -> str:
        """The last moment that the position names."""
        return max(moment for moment in (self.position or {"until": ""}).values() if moment is not None)

    def has_written_down_more_than(self, moment: str) -> bool:
        return self.written_down() > moment

    def says(self, **extra: Any) -> None:
        """Add an event by hand."""
        body = {"asset_id": self.id, "extra": extra}
        add = partial(self.airflow.api, "POST", "assets/events", body)
        self.airflow.wait_for(partial(patiently, add), f"an event of {self.name}")


def at_once(happened: Callable[[], bool], what: str, timeout: float = 90) -> None:
    """Return as soon as something happened, sooner than Airflow may go on."""
    deadline = time.monotonic() + timeout
    while not happened():
        if time.monotonic() > deadline:
            raise RealAirflowError(f"Waited {timeout:g} seconds for {what}, in vain.")
        time.sleep(0.1)


def summaries(airflow: RealAirflow, dag_id: str, task_id: str = "list") -> list[dict[str, Any]]:
    """What the runs of a DAG returned, in the order of their making; all must have ended well."""
    runs = airflow.runs(dag_id)
    states = [run["state"] for run in runs]
    assert set(states) == {"success"}, states
    return [airflow.xcom(dag_id, run["dag_run_id"], task_id) for run in runs]


def all_ended(airflow: RealAirflow, dag_id: str) -> bool:
    return all(run["state"] in ("success", "failed") for run in airflow.runs(dag_id))


def is_in_flight(api: WebexApi) -> bool:
    """Whether a look of a trigger is under way: it asks for a single recording."""
    return any(request.status is None for request in looks(api)[-1:])


def looks(api: WebexApi) -> list[SeenRequest]:
    return [request for request in api.list_requests if request.parameters()["max"] == "1"]
