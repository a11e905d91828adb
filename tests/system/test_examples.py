"""The examples that wait, as they stand, run by a scheduler, a triggerer and workers; settings come from outside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.real_airflow import AIRFLOW_2, RealAirflow, patiently
from tests.helpers.watched_assets import all_ended, appearing, connection, summaries
from tests.webex_api import WebexApi

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(600),
    pytest.mark.skipif(AIRFLOW_2, reason="one of them needs Airflow 3"),
]

EXAMPLES = Path(__file__).parent.parent.parent / "example_dags"
WAITS, ON_ARRIVAL = "webex_recordings_wait", "webex_recordings_on_arrival"


@dataclass
class Ran:
    """What the runs of both examples left behind.

    :param was_deferred: whether the sensor waited in the triggerer before anything was there
    """

    webex: WebexApi
    was_deferred: bool = False
    found: dict[str, Any] = field(default_factory=dict)
    summaries: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """Some three minutes: one looks once a minute, the other gives Webex two minutes to show what is late."""
    folder = tmp_path_factory.mktemp("examples")
    with ExitStack() as stack:
        webex = stack.enter_context(WebexApi())
        environment = {
            "AIRFLOW_CONN_WEBEX_DEFAULT": connection(webex),
            "AIRFLOW_VAR_WEBEX_RECORDINGS_PATH": (folder / "recordings").as_uri(),
        }
        airflow = stack.enter_context(RealAirflow(folder / "home", dags=EXAMPLES, environment=environment))
        for dag_id in (WAITS, ON_ARRIVAL):
            airflow.wait_for(partial(patiently, airflow.unpause, dag_id), f"{dag_id} to be unpaused")
        ran = Ran(webex)
        ran.was_deferred = airflow.wait_for(partial(is_deferred, airflow), "the sensor to be deferred")
        with appearing(webex, 60, 20) as creation:
            creation.join()
        last = webex.recordings.all()[0]["createTime"]
        airflow.wait_for(partial(has_listed, airflow, WAITS), f"a run of {WAITS}", timeout=150)
        airflow.wait_for(partial(has_listed, airflow, ON_ARRIVAL, last), f"the runs of {ON_ARRIVAL}", timeout=240)
        ran.summaries = {dag_id: summaries(airflow, dag_id, "list_recordings") for dag_id in (WAITS, ON_ARRIVAL)}
        ran.found = airflow.xcom(WAITS, airflow.runs(WAITS)[0]["dag_run_id"], "wait_for_recordings")
        yield ran


def is_deferred(airflow: RealAirflow) -> bool:
    runs = airflow.runs(WAITS)
    return bool(runs) and "deferred" in [task["state"] for task in airflow.tasks(WAITS, runs[0]["dag_run_id"])]


def has_listed(airflow: RealAirflow, dag_id: str, moment: str = "") -> bool:
    if not airflow.runs(dag_id) or not all_ended(airflow, dag_id):
        return False
    return any(summary["window"]["end"] > moment for summary in summaries(airflow, dag_id, "list_recordings"))


def check_file(summary: dict[str, Any], webex: WebexApi) -> None:
    """What the API holds for its window, in the API's order."""
    lines = Path(summary["path"].removeprefix("file://")).read_text().splitlines()
    expected = webex.recordings.between(summary["window"]["start"], summary["window"]["end"])
    assert [json.loads(line) for line in lines] == expected


def test_wait_then_list_lists_the_window_that_the_sensor_has_looked_into(ran: Ran) -> None:
    (summary,) = ran.summaries[WAITS]
    assert ran.was_deferred
    assert summary["window"]["start"] == ran.found["window"]["start"]
    assert summary["window"]["end"] == ran.found["window"]["end"]
    assert datetime.fromisoformat(summary["window"]["start"]).time().hour == 5
    assert datetime.fromisoformat(summary["window"]["end"]) < datetime.now(UTC)
    assert summary["count"] > 0
    check_file(summary, ran.webex)


def test_on_arrival_writes_each_recording_once(ran: Ran) -> None:
    written = ran.summaries[ON_ARRIVAL]
    for summary in written:
        check_file(summary, ran.webex)
    windows = sorted((summary["window"]["start"], summary["window"]["end"]) for summary in written)
    for earlier, later in pairwise(windows):
        assert earlier[1] == later[0]
    assert sum(summary["count"] for summary in written) == len(ran.webex.recordings)
