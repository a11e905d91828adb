"""A quarter of a year, back-filled by a real scheduler: ninety runs, ninety files, each recording once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.helpers.real_airflow import AIRFLOW_2, RealAirflow
from tests.webex_api import WebexApi, make_recordings

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(AIRFLOW_2, reason="the back-fill of Airflow 3"),
]

DAYS = 90
START = datetime(2026, 8, 1, tzinfo=UTC)
END = START + timedelta(days=DAYS)

DAG = """
from datetime import datetime, timezone
from airflow.sdk import DAG, CronDataIntervalTimetable
from airflow_provider_webex_recordings import ListRecordingsOperator

with DAG(
    "quarter",
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=datetime(2026, 8, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=4,
):
    ListRecordingsOperator(
        task_id="list", output_path="file://FOLDER/date={{ data_interval_start | ds }}/recordings.jsonl"
    )
"""


def test_ninety_daily_runs_hold_each_recording_exactly_once(tmp_path: Path) -> None:
    files, dags = tmp_path / "files", tmp_path / "dags"
    dags.mkdir()
    (dags / "quarter.py").write_text(DAG.replace("FOLDER", str(files)))
    days = [(START + timedelta(days=day)).date().isoformat() for day in range(DAYS)]
    with WebexApi(recordings=make_recordings(20_000, START, END)) as webex:
        connection = {"conn_type": "webex", "host": webex.url, "password": webex.token}
        environment = {"AIRFLOW_CONN_WEBEX_DEFAULT": json.dumps(connection), "AIRFLOW__CORE__PARALLELISM": "2"}
        components = ("api-server", "dag-processor")
        with RealAirflow(tmp_path / "home", dags=dags, components=components, environment=environment) as airflow:
            airflow.unpause("quarter")
            dates = ["--from-date", days[0], "--to-date", days[-1]]
            # SQLite has one writer at a time, and making ninety runs is a long write.
            airflow.kill("dag-processor")
            airflow.cli("backfill", "create", "--dag-id", "quarter", *dates)
            airflow.start("dag-processor")
            airflow.start("scheduler")

            def ended() -> bool:
                states = airflow.api("GET", "dags/quarter/dagRuns", run_type="backfill", state="success", limit=1)
                return states["total_entries"] == DAYS

            airflow.wait_for(ended, f"{DAYS} green runs", timeout=1500)
        truth = [recording["id"] for recording in webex.recordings.between(START, END)]

    written = [files / f"date={day}" / "recordings.jsonl" for day in days]
    ids = [json.loads(line)["id"] for file in reversed(written) for line in file.read_text().splitlines()]
    assert ids == truth
