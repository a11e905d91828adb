"""Watchers side by side on a real Airflow: two that share their looks, one in trouble, one that looks back."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.real_airflow import AIRFLOW_2, RealAirflow, patiently
from tests.helpers.watched_assets import (
    HEAD,
    INTERVAL,
    SETTLE,
    WatchedAsset,
    all_ended,
    appearing,
    connection,
    looks,
    summaries,
)
from tests.webex_api import SeenRequest, WebexApi, faults

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(500),
    pytest.mark.skipif(AIRFLOW_2, reason="watchers came with Airflow 3"),
]

COUNT, SECONDS = 40, 60.0
LOOKBACK = timedelta(seconds=7)
#: of the one in trouble; longer than a task takes to start, which else would give Webex the time
LATE, SETTLED = 18.0, 20.0
#: in a row, from the third look on
ERRORS = (503, 503, 401)
SINCE = (datetime.now(UTC) - timedelta(minutes=1)).isoformat(timespec="seconds")

DAGS = """{head}
from airflow.providers.standard.operators.empty import EmptyOperator

twins = [watched(name, webex_conn_id="webex_twins", since={since!r}) for name in ("one", "other")]
with DAG("twins", schedule=twins[0] | twins[1]):
    EmptyOperator(task_id="nothing")

in_trouble = watched("in_trouble", webex_conn_id="webex_in_trouble", since={since!r}, settle={settled})
with DAG("in_trouble", schedule=[in_trouble]):
    ListRecordingsOperator(task_id="list", output_path="file://{folder}/in_trouble/", webex_conn_id="webex_in_trouble")

with DAG("looking_back", schedule=[watched("looking_back", webex_conn_id="webex_looking_back", lookback={lookback})]):
    ListRecordingsOperator(task_id="list", webex_conn_id="webex_looking_back", output_path="file://{folder}/back/")
"""
DAG_IDS = ("twins", "in_trouble", "looking_back")


@dataclass
class Watched:
    """What was left of all watchers."""

    apis: dict[str, WebexApi]
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    summaries: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("watchers")
    (folder / "dags").mkdir()
    dags = DAGS.format(head=HEAD, folder=folder, since=SINCE, settled=SETTLED, lookback=LOOKBACK.total_seconds())
    (folder / "dags" / "watchers.py").write_text(dags)
    with ExitStack() as stack:
        apis = {dag_id: stack.enter_context(WebexApi(latency=0.3)) for dag_id in DAG_IDS}
        for number, status in enumerate(ERRORS):
            due = faults.both(faults.parameter("max", "1"), faults.nth_list_request(3 + number))
            apis["in_trouble"].faults.add(faults.status(status), when=due)
        environment = {
            # So that each request is a look.
            f"AIRFLOW_CONN_WEBEX_{dag_id.upper()}": connection(api, max_attempts=1)
            for dag_id, api in apis.items()
        }
        airflow = stack.enter_context(RealAirflow(folder / "home", dags=folder / "dags", environment=environment))
        for dag_id in DAG_IDS:
            airflow.wait_for(partial(patiently, airflow.unpause, dag_id), f"{dag_id} to be unpaused")
        yield watch(airflow, Watched(apis))


def watch(airflow: RealAirflow, watched: Watched) -> Watched:
    assets = {name: WatchedAsset(airflow, name) for name in ("one", "other", "in_trouble", "looking_back")}
    for asset in assets.values():
        airflow.wait_for(lambda asset=asset: asset.position, f"the watcher of {asset.name} to start")
    with ExitStack() as stack:
        late = {"in_trouble": {"late": LATE}}
        creations = [
            stack.enter_context(appearing(api, COUNT, SECONDS, **late.get(dag_id, {})))
            for dag_id, api in watched.apis.items()
        ]
        for creation in creations:
            creation.join()
    for asset in assets.values():
        api = watched.apis.get(asset.name, watched.apis["twins"])
        last = api.recordings.all()[0]["createTime"]
        airflow.wait_for(
            lambda asset=asset, last=last: asset.announced_until > last, f"all events of {asset.name}", timeout=120
        )
        watched.events[asset.name] = asset.events
    for dag_id in ("in_trouble", "looking_back"):
        ends = watched.events[dag_id][-1]["window"]["end"]
        airflow.wait_for(partial(has_listed, airflow, dag_id, ends), f"the runs of {dag_id}", timeout=90)
        watched.summaries[dag_id] = summaries(airflow, dag_id)
    return watched


def has_listed(airflow: RealAirflow, dag_id: str, moment: str) -> bool:
    if not all_ended(airflow, dag_id):
        return False
    return any(summary["window"]["end"] == moment for summary in summaries(airflow, dag_id))


def windows(said: list[dict[str, Any]]) -> list[tuple[datetime, ...]]:
    """Of events, or of what a task returned."""
    return [tuple(datetime.fromisoformat(one["window"][border]) for border in ("start", "end")) for one in said]


def pauses(seen: list[SeenRequest], settle: float) -> list[float]:
    """Seconds between the moments at which looks were due: each asks for what was created until shortly before.

    When a request arrives says less: the first look has to import what sends it.
    """
    due = [datetime.fromisoformat(request.parameters()["to"]).timestamp() + settle for request in seen]
    booted = time.time() - time.monotonic()
    assert all(request.at + booted > moment - 0.1 for request, moment in zip(seen, due, strict=True)), "before its time"
    return [later - earlier for earlier, later in pairwise(due)]


def test_watchers_of_the_same_recordings_share_their_looks(watched: Watched) -> None:
    """Each window is asked for once, though two assets announce it."""
    seen = looks(watched.apis["twins"])
    assert windows(watched.events["one"])[-2:] == windows(watched.events["other"])[-2:]
    asked = Counter((request.parameters()["from"], request.parameters()["to"]) for request in seen)
    assert max(asked.values()) == 1
    assert min(pauses(seen, SETTLE)) >= INTERVAL


def test_a_watcher_in_trouble_slows_down_and_announces_all_afterwards_without_a_gap(watched: Watched) -> None:
    api = watched.apis["in_trouble"]
    seen = looks(api)
    statuses = [request.status for request in seen]
    assert [status for status in statuses if status != 200] == list(ERRORS)
    assert min(pauses(seen, SETTLED)) >= INTERVAL
    after = [pause for pause, status in zip(pauses(seen, SETTLED), statuses, strict=False) if status != 200]
    assert all(pause >= INTERVAL * 2**number for number, pause in enumerate(after))

    announced = windows(watched.events["in_trouble"])
    for earlier, later in pairwise(announced):
        assert earlier[1] == later[0]
    listed = [recording for summary in watched.summaries["in_trouble"] for recording in ids(summary)]
    assert sorted(listed) == sorted(recording["id"] for recording in api.recordings.all())


def ids(summary: dict[str, Any]) -> list[str]:
    lines = Path(summary["path"].removeprefix("file://")).read_text().splitlines()
    return [json.loads(line)["id"] for line in lines]


def test_windows_that_look_back_overlap_by_just_that(watched: Watched) -> None:
    events = watched.events["looking_back"]
    assert {event["lookback"] for event in events} == {LOOKBACK.total_seconds()}
    announced = windows(events)
    assert len(announced) > 1
    for earlier, later in pairwise(announced):
        assert earlier[1] - later[0] == LOOKBACK
    listed = sorted(windows(watched.summaries["looking_back"]))
    assert (listed[0][0], listed[-1][1]) == (announced[0][0], announced[-1][1])
    found = {recording for summary in watched.summaries["looking_back"] for recording in ids(summary)}
    assert found == {recording["id"] for recording in watched.apis["looking_back"].recordings.all()}
