"""WebexRetryPolicy on a whole Airflow: the scheduler waits as long as Webex asks, not as long as the task says."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.helpers.real_airflow import AIRFLOW_2, RealAirflow
from tests.webex_api import WebexApi, faults, make_recordings

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(300),
    pytest.mark.skipif(AIRFLOW_2, reason="task retry policies came with Airflow 3.3"),
]

START = datetime(2026, 11, 1, tzinfo=UTC)
RETRY_AFTER = 7.0

DAG = """
from datetime import timedelta
from airflow.sdk import DAG
from airflow_provider_webex_recordings import ListRecordingsOperator, WebexRetryPolicy

with DAG("patient", schedule=None):
    ListRecordingsOperator(
        task_id="list",
        start="2026-11-01T00:00:00Z",
        end="2026-11-02T00:00:00Z",
        retries=3,
        retry_delay=timedelta(hours=1),
        retry_policy=WebexRetryPolicy(),
    )
"""


def test_the_next_try_starts_when_webex_said_and_succeeds(tmp_path: Path) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "patient.py").write_text(DAG)
    with WebexApi(recordings=make_recordings(10, START, START + timedelta(days=1))) as webex:
        webex.faults.add(faults.status(429, retry_after=f"{RETRY_AFTER:.0f}"), times=1)
        extra = {"max_retry_wait": 1}
        connection = {"conn_type": "webex", "host": webex.url, "password": webex.token, "extra": extra}
        environment = {"AIRFLOW_CONN_WEBEX_DEFAULT": json.dumps(connection)}
        with RealAirflow(tmp_path / "home", dags=tmp_path / "dags", environment=environment) as airflow:
            airflow.unpause("patient")
            run_id = airflow.trigger("patient")
            airflow.wait_for(lambda: airflow.runs("patient")[0]["state"] == "success", "a green run", timeout=120)
            (task,) = airflow.tasks("patient", run_id)
        refused, answered = webex.list_requests

    assert task["try_number"] == 2
    assert (refused.status, answered.status) == (429, 200)
    assert RETRY_AFTER <= answered.at - refused.at < 60
