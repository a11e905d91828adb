"""Recordings appear while the triggerer is killed and started again: each is in one file, and the windows meet."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.helpers.real_airflow import AIRFLOW_2, RealAirflow, patiently
from tests.helpers.s3_server import aws_connection, s3_server
from tests.helpers.watched_assets import (
    HEAD,
    WatchedAsset,
    all_ended,
    appearing,
    at_once,
    connection,
    is_in_flight,
    looks,
    summaries,
)
from tests.webex_api import WebexApi

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(600),
    pytest.mark.skipif(AIRFLOW_2, reason="watchers came with Airflow 3"),
]

COUNT, SECONDS = 500, 120.0
# Of the second DAG, Airflow folds all events into one run that came before somebody said that it may start.
DAGS = """{head}
arrivals = watched("arrivals")

with DAG("on_arrival", schedule=[arrivals]):
    ListRecordingsOperator(task_id="list", output_path="file://{folder}/arrivals/")

with DAG("on_demand", schedule=[arrivals, Asset("demand")]):
    ListRecordingsOperator(task_id="list", output_path="s3://aws_default@recordings/arrivals/")
"""
DAG_IDS = ("on_arrival", "on_demand")


@dataclass
class Played:
    """What was left when all was over."""

    webex: WebexApi
    events: list[dict[str, Any]]
    #: of each DAG
    summaries: dict[str, list[dict[str, Any]]]
    files: dict[str, dict[str, list[str]]]
    #: the window that was written down, and no more, when the triggerer was killed
    unstored: str


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("events")
    (folder / "dags").mkdir()
    (folder / "dags" / "arrivals.py").write_text(DAGS.format(head=HEAD, folder=folder))
    with ExitStack() as stack:
        webex, endpoint = stack.enter_context(WebexApi(latency=0.3)), stack.enter_context(s3_server())
        s3 = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id="key", aws_secret_access_key="secret")
        s3.create_bucket(Bucket="recordings")
        environment = {
            "AIRFLOW_CONN_WEBEX_DEFAULT": connection(webex),
            "AIRFLOW_CONN_AWS_DEFAULT": aws_connection(endpoint),
        }
        airflow = stack.enter_context(RealAirflow(folder / "home", dags=folder / "dags", environment=environment))
        for dag_id in DAG_IDS:
            airflow.wait_for(partial(patiently, airflow.unpause, dag_id), f"{dag_id} to be unpaused")
        yield play(airflow, webex, folder, s3)


def play(airflow: RealAirflow, webex: WebexApi, folder: Path, s3: Any) -> Played:
    arrivals, demand = WatchedAsset(airflow, "arrivals"), WatchedAsset(airflow, "demand")
    airflow.wait_for(lambda: arrivals.position, "the watcher to start")
    with appearing(webex, COUNT, SECONDS) as creation:
        unstored = kill_between_writing_down_and_storing(airflow, arrivals)
        kill_after_an_event(airflow, arrivals, demand)
        kill_during_a_look(airflow, webex)
        creation.join()
    last = webex.recordings.all()[0]["createTime"]
    airflow.wait_for(lambda: arrivals.announced_until > last, "the last announcement", timeout=90)
    demand.says()
    for dag_id in DAG_IDS:
        airflow.wait_for(partial(has_listed, airflow, dag_id, last), f"the last run of {dag_id}", timeout=90)
    on_disk = {path.as_uri(): path.read_text() for path in (folder / "arrivals").iterdir()}
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket="recordings")["Contents"]]
    in_s3 = {
        f"s3://aws_default@recordings/{key}": s3.get_object(Bucket="recordings", Key=key)["Body"].read().decode()
        for key in keys
    }
    return Played(
        webex,
        arrivals.events,
        {dag_id: summaries(airflow, dag_id) for dag_id in DAG_IDS},
        {"on_arrival": ids_in(on_disk), "on_demand": ids_in(in_s3)},
        unstored,
    )


def kill_between_writing_down_and_storing(airflow: RealAirflow, arrivals: WatchedAsset) -> str:
    """The triggerer ends when its state names a window that no event has announced."""
    airflow.wait_for(lambda: arrivals.events, "a first event")
    for _ in range(3):
        announced = arrivals.announced_until
        at_once(partial(arrivals.has_written_down_more_than, announced), "an announcement to be written down")
        airflow.kill("triggerer")
        unstored = arrivals.written_down()
        if arrivals.announced_until == announced:
            airflow.start("triggerer")
            return unstored
        airflow.start("triggerer")
    raise AssertionError("each event was stored before the triggerer was killed")


def kill_after_an_event(airflow: RealAirflow, arrivals: WatchedAsset, demand: WatchedAsset) -> None:
    """The triggerer ends when an event is stored; the next one cannot know that, and says the same again.

    One run on demand lists it. The run after that gets it once more, together with a new event.
    """
    before = len(arrivals.events)
    airflow.wait_for(lambda: len(arrivals.events) > before, "one more event", timeout=120)
    airflow.kill("triggerer")
    demand.says()
    airflow.wait_for(lambda: airflow.runs("on_demand"), "a run on demand")
    before = len(arrivals.events)
    airflow.start("triggerer")
    airflow.wait_for(lambda: len(arrivals.events) > before + 1, "two more events", timeout=120)
    demand.says()


def kill_during_a_look(airflow: RealAirflow, webex: WebexApi) -> None:
    at_once(partial(is_in_flight, webex), "a look at Webex")
    airflow.kill("triggerer")
    airflow.start("triggerer")


def has_listed(airflow: RealAirflow, dag_id: str, moment: str) -> bool:
    if not all_ended(airflow, dag_id):
        return False
    return any(summary["window"]["end"] > moment for summary in summaries(airflow, dag_id))


def ids_in(files: dict[str, str]) -> dict[str, list[str]]:
    return {path: [json.loads(line)["id"] for line in text.splitlines()] for path, text in files.items()}


def test_what_it_took(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    """Shown, because the numbers are of interest."""
    repeated = sum(event["repeated"] for event in played.events)
    runs = {dag_id: len(played.summaries[dag_id]) for dag_id in DAG_IDS}
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(played.webex.recordings)} recordings, {len(played.events)} events, {repeated} of them repeated, "
            f"{runs} runs, { {dag_id: len(files) for dag_id, files in played.files.items()} } files, "
            f"{len(looks(played.webex))} looks and {len(played.webex.list_requests)} requests in all\n"
        )
    assert len(played.webex.recordings) == COUNT
    assert repeated >= 2


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_each_recording_is_in_exactly_one_file(dag_id: str, played: Played) -> None:
    listed = [recording for ids in played.files[dag_id].values() for recording in ids]
    assert len(listed) == len(set(listed))
    assert set(listed) == {recording["id"] for recording in played.webex.recordings.all()}


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_each_files_window_meets_the_next(dag_id: str, played: Played) -> None:
    windows = sorted(borders(path) for path in played.files[dag_id])
    assert len(windows) > 2
    for earlier, later in pairwise(windows):
        assert earlier[1] == later[0]
    told = {summary["path"]: summary["window"] for summary in played.summaries[dag_id]}
    assert told.keys() <= played.files[dag_id].keys()
    for path, window in told.items():
        assert borders(path) == tuple(compact(window[border]) for border in ("start", "end"))


def borders(path: str) -> tuple[str, ...]:
    """The window in a file name, `on_arrival.list.20261123T100000.000Z-20261123T100015.000Z.jsonl`."""
    return tuple(path.split(".list.")[1].removesuffix(".jsonl").split("-"))


def compact(moment: str) -> str:
    return moment.replace("-", "").replace(":", "")


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_a_repeated_announcement_writes_the_same_file_again(dag_id: str, played: Played) -> None:
    """Byte for byte, whether it has a run of its own or is folded into one with a new window."""
    written: dict[str, set[str]] = {}
    for summary in played.summaries[dag_id]:
        written.setdefault(summary["path"], set()).add(summary["sha256"])
        if "repeated" not in summary["window"]["source"]:
            assert len(played.files[dag_id][summary["path"]]) == summary["count"]
    assert {len(sums) for sums in written.values()} == {1}
    assert len(played.summaries["on_arrival"]) > len(played.files["on_arrival"])


def test_what_was_written_down_but_not_announced_is_announced_later(played: Played) -> None:
    """By the next process, as the window that it was."""
    (event, *_) = [event for event in played.events if event["window"]["end"] == played.unstored]
    assert event["repeated"]


def test_a_repeated_event_has_the_window_that_it_had_before(played: Played) -> None:
    windows = [tuple(event["window"].values()) for event in played.events]
    for event, window in zip(played.events, windows, strict=True):
        if event["repeated"] and window[1] != played.unstored:
            assert windows.count(window) > 1


def test_the_events_of_one_run_were_folded(played: Played) -> None:
    folded = [summary for summary in played.summaries["on_demand"] if "triggering asset events" in str(summary)]
    assert len(folded) >= 2
