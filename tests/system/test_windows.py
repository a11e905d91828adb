"""Which window a run gets, for every kind of run of Airflow 3: manual and operator, held to a real scheduler."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.helpers.real_airflow import AIRFLOW_2, RealAirflow, patiently
from tests.webex_api import WebexApi, make_recordings

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(400),
    pytest.mark.skipif(AIRFLOW_2, reason="these are the kinds of runs of Airflow 3"),
]

TABLE = Path(__file__).parent.parent.parent / "docs" / "windows.md"
FIRST = datetime(2026, 10, 20, tzinfo=UTC)
LAST = datetime(2026, 11, 10, tzinfo=UTC)

HEAD = """
from datetime import datetime, timedelta, timezone
from airflow.sdk import (
    DAG, Asset, CronDataIntervalTimetable, CronPartitionTimetable, CronTriggerTimetable, DeltaDataIntervalTimetable,
)
from airflow_provider_webex_recordings import ListRecordingsOperator

UTC, DAY = timezone.utc, timedelta(days=1)
NOV_1, NOV_3 = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)
"""


def between(start: str, end: str) -> tuple[str, str]:
    return (f"2026-{start}:00.000Z", f"2026-{end}:00.000Z")


@dataclass(frozen=True)
class Kind:
    """A kind of run: the row of the table in `docs/windows.md`, the DAG, and what its runs must cover.

    :param told: the row's first two columns
    :param dag: arguments of the DAG, beside its id
    :param task: arguments of the operator, beside its id and path
    :param start: starts the run; None where the scheduler makes it
    :param windows: what the runs cover; None: asked of the run itself
    """

    told: str
    dag: str
    task: str = ""
    start: Callable[[RealAirflow, str], Any] | None = None
    windows: list[tuple[str, str]] | None = None
    source: str = "data interval"


def trigger(**body: Any) -> Callable[[RealAirflow, str], Any]:
    return lambda airflow, dag_id: airflow.trigger(dag_id, **body)


def backfill(airflow: RealAirflow, dag_id: str) -> None:
    dates = ["--from-date", "2026-11-05", "--to-date", "2026-11-06"]
    airflow.cli("backfill", "create", "--dag-id", dag_id, *dates)


DAILY = 'CronDataIntervalTimetable("0 0 * * *", timezone="UTC")'
TWO_DAYS = "start_date=NOV_1, end_date=NOV_3, catchup=True"
DAY_1, DAY_2, DAY_3 = (between(f"11-0{day}T00:00", f"11-0{day + 1}T00:00") for day in (1, 2, 3))

KINDS = {
    "cron_interval": Kind(
        "schedule `CronDataIntervalTimetable` | the data interval",
        f"schedule={DAILY}, {TWO_DAYS}",
        windows=[DAY_1, DAY_2, DAY_3],
    ),
    "delta_interval": Kind(
        "schedule `DeltaDataIntervalTimetable` | the data interval",
        f"schedule=DeltaDataIntervalTimetable(DAY), {TWO_DAYS}",
        windows=[DAY_1, DAY_2, DAY_3],
    ),
    "trigger_interval": Kind(
        "schedule `CronTriggerTimetable(..., interval=...)` | the data interval",
        'schedule=CronTriggerTimetable("0 0 * * *", timezone="UTC", interval=DAY), ' + TWO_DAYS,
        windows=[DAY_1, DAY_2],
    ),
    "daylight_saving": Kind(
        "schedule `CronDataIntervalTimetable` in local time | the data interval, 23 or 25 hours long twice a year",
        'schedule=CronDataIntervalTimetable("0 0 * * *", timezone="Europe/Berlin"), catchup=True,'
        "start_date=datetime(2026, 10, 24, 22, tzinfo=UTC), end_date=datetime(2026, 10, 24, 22, tzinfo=UTC)",
        windows=[between("10-24T22:00", "10-25T23:00")],
    ),
    "plain_cron": Kind(
        'schedule `"@daily"` or any cron text, with `window` | `window` before the tick',
        f'schedule="@daily", {TWO_DAYS}',
        "window=DAY",
        windows=[between("10-31T00:00", "11-01T00:00"), DAY_1, DAY_2],
        source="window before the empty data interval",
    ),
    "plain_delta": Kind(
        "schedule `timedelta(...)`, with `window` | `window` before the tick",
        f"schedule=DAY, {TWO_DAYS}",
        "window=DAY",
        windows=[between("10-31T00:00", "11-01T00:00"), DAY_1, DAY_2],
        source="window before the empty data interval",
    ),
    "plain_cron_without_window": Kind(
        'schedule `"@daily"`, without `window` | none: the task fails and shows the line to add',
        'schedule="@daily", start_date=NOV_1, end_date=NOV_1, catchup=True',
        windows=[],
    ),
    "partitions": Kind(
        "schedule `CronPartitionTimetable`, with `window` | `window` from the partition date on",
        'schedule=CronPartitionTimetable("0 0 * * *", timezone="UTC", run_offset=-1), ' + TWO_DAYS,
        "window=DAY",
        windows=[between("10-31T00:00", "11-01T00:00"), DAY_1, DAY_2],
        source="partition date and window",
    ),
    "back_fill": Kind(
        "back-fill of a schedule with data intervals | the data interval",
        f"schedule={DAILY}, start_date=NOV_1, catchup=False",
        start=backfill,
        windows=[between("11-05T00:00", "11-06T00:00"), between("11-06T00:00", "11-07T00:00")],
    ),
    "manual_without_date": Kind(
        "started by hand without a logical date, with `window` | `window` before the run's `run_after`",
        "schedule=None",
        "window=DAY",
        start=trigger(),
        source="window before run_after",
    ),
    "manual_with_date": Kind(
        "started by hand with a logical date, schedule with data intervals | the last whole interval before it",
        f"schedule={DAILY}, start_date=NOV_1, catchup=False",
        start=trigger(logical_date="2026-11-03T09:30:00Z"),
        windows=[DAY_2],
    ),
    "manual_with_interval": Kind(
        "started through the API with a logical date and both ends of an interval | that interval",
        "schedule=None",
        start=trigger(
            logical_date="2026-11-03T09:30:00Z",
            data_interval_start="2026-11-02T06:00:00Z",
            data_interval_end="2026-11-02T18:00:00Z",
        ),
        windows=[between("11-02T06:00", "11-02T18:00")],
    ),
    "explicit": Kind(
        "any, with `start` and `end` | from `start` to `end`",
        'schedule=None, params={"from": "2026-11-02T02:00:00+02:00", "to": "2026-11-03T00:00:00Z"}',
        'start="{{ params.from }}", end="{{ params.to }}"',
        start=trigger(),
        windows=[DAY_2],
        source="start and end",
    ),
    "asset_event": Kind(
        "triggered by an asset event of this package | the window of the event, or of all events of the run",
        'schedule=[Asset("webex_of_cron_interval")]',
        windows=[DAY_1, DAY_2, DAY_3],
        source="the triggering asset event",
    ),
}


def dag_file(name: str, kind: Kind, folder: Path) -> str:
    outlets = ', outlets=[Asset("webex_of_cron_interval")]' if name == "cron_interval" else ""
    return dedent(
        f"""{HEAD}
with DAG("{name}", {kind.dag}, default_args={{"retries": 0}}, max_active_runs=1):
    ListRecordingsOperator(task_id="list", output_path="file://{folder}/{name}/"{outlets}, {kind.task})
"""
    )


@pytest.fixture(scope="module")
def webex() -> Iterator[WebexApi]:
    with WebexApi(recordings=make_recordings(2000, FIRST, LAST)) as api:
        yield api


@pytest.fixture(scope="module")
def airflow(webex: WebexApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealAirflow]:
    folder = tmp_path_factory.mktemp("windows")
    (folder / "dags").mkdir()
    for name, kind in KINDS.items():
        (folder / "dags" / f"{name}.py").write_text(dag_file(name, kind, folder / "files"))
    connection = {"conn_type": "webex", "host": webex.url, "password": webex.token}
    environment = {"AIRFLOW_CONN_WEBEX_DEFAULT": json.dumps(connection), "AIRFLOW__CORE__PARALLELISM": "2"}
    with RealAirflow(folder / "home", dags=folder / "dags", environment=environment) as running:
        # The run that waits for events must be there before the first of them.
        for name in sorted(KINDS, key="asset_event".__ne__):
            running.wait_for(partial(patiently, running.unpause, name), f"{name} to be unpaused")
        for name, kind in KINDS.items():
            if kind.start is not None:
                running.wait_for(partial(patiently, kind.start, running, name), f"{name} to start")
        yield running


def ended_runs(airflow: RealAirflow, name: str, count: int) -> list[dict[str, Any]]:
    def ended() -> list[dict[str, Any]]:
        made = ("manual", "backfill") if KINDS[name].start else ("scheduled",)
        runs = [run for run in airflow.runs(name) if run["run_type"] in made]
        # A first run whose date lies before the DAG's start has no tasks, and is green (CronTriggerTimetable).
        done = [run for run in runs if run["state"] in ("success", "failed") and airflow.tasks(name, run["dag_run_id"])]
        return done if len(done) >= count else []

    return airflow.wait_for(ended, f"{count} runs of {name}", timeout=240)


@pytest.mark.parametrize("name", KINDS)
def test_a_run_covers_its_window_and_its_file_holds_it(name: str, airflow: RealAirflow, webex: WebexApi) -> None:
    kind = KINDS[name]
    if name == "asset_event":
        check_events(airflow, webex)
        return

    runs = ended_runs(airflow, name, 1 if kind.windows is None else max(1, len(kind.windows)))

    if kind.windows == []:
        assert {run["state"] for run in runs} == {"failed"}
        assert "window=timedelta(days=1)" in "\n".join(airflow.log(name, runs[0]["dag_run_id"], "list"))
        return
    summaries = [airflow.xcom(name, run["dag_run_id"], "list") for run in runs]
    covered = [(summary["window"]["start"], summary["window"]["end"]) for summary in summaries]
    if kind.windows is None:
        (run,) = runs
        end = datetime.fromisoformat(run["run_after"])
        assert abs(datetime.fromisoformat(covered[0][1]) - end) < timedelta(milliseconds=1)
        assert datetime.fromisoformat(covered[0][1]) - datetime.fromisoformat(covered[0][0]) == timedelta(days=1)
    else:
        assert sorted(covered) == kind.windows
    assert {summary["window"]["source"] for summary in summaries} == {kind.source}
    for summary in summaries:
        check_file(summary, webex)


def check_file(summary: dict[str, Any], webex: WebexApi) -> None:
    start, end = (datetime.fromisoformat(summary["window"][border]) for border in ("start", "end"))
    lines = Path(summary["path"].removeprefix("file://")).read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [one["id"] for one in webex.recordings.between(start, end)]
    asked = {(request.parameters()["from"], request.parameters()["to"]) for request in webex.list_requests}
    assert (summary["window"]["start"], summary["window"]["end"]) in asked


def check_events(airflow: RealAirflow, webex: WebexApi) -> None:
    """Airflow may fold events into one run; together the runs cover them all, and share nothing."""

    def covered() -> list[dict[str, Any]] | None:
        runs = [run for run in airflow.runs("asset_event") if run["state"] == "success"]
        summaries = [airflow.xcom("asset_event", run["dag_run_id"], "list") for run in runs]
        borders = sorted((summary["window"]["start"], summary["window"]["end"]) for summary in summaries)
        return summaries if borders and borders[-1][1] == DAY_3[1] else None

    summaries = airflow.wait_for(covered, "the runs that the events start", timeout=240)
    summaries.sort(key=lambda summary: summary["window"]["start"])
    assert summaries[0]["window"]["start"] == DAY_1[0]
    for earlier, later in pairwise(summaries):
        assert earlier["window"]["end"] == later["window"]["start"]
    for summary in summaries:
        assert "triggering asset event" in summary["window"]["source"]
        check_file(summary, webex)


@pytest.mark.parametrize("name", KINDS)
def test_the_manual_tells_the_same(name: str) -> None:
    assert f"| {KINDS[name].told} |" in TABLE.read_text()
