"""Twenty tasks of a real Airflow start at once with an expired token: all finish, and one valid token is left."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import sleep

import pytest
from cryptography.fernet import Fernet

from tests.helpers.real_airflow import AIRFLOW_2, RealAirflow
from tests.webex_api import WebexApi, make_recordings

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(400),
    pytest.mark.skipif(AIRFLOW_2, reason="Airflow 2 runs one task at a time on SQLite"),
]
TASKS = 20
KEY = "webex_access_token__webex_default"
CLIENT = {"client_id": "a-client", "client_secret": "canary-client-secret", "refresh_token": "canary-refresh-token"}
DAG = """
from datetime import UTC, datetime
from pathlib import Path
from time import sleep, time

from airflow.sdk import dag, task

from airflow_provider_webex_recordings.connection.assembly import make_api, make_token_store
from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook

READY = Path({ready!r})


@dag(schedule=None, params={{"tasks": 1}})
def at_once():
    @task
    def places(params):
        return [[index, params["tasks"]] for index in range(params["tasks"])]

    @task
    def list_recordings(place):
        index, tasks = place
        folder = READY / str(tasks)
        folder.mkdir(exist_ok=True)
        (folder / str(index)).touch()
        while len(list(folder.iterdir())) < tasks:
            sleep(0.05)
        hook = WebexRecordingsHook()
        start, end = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
        if len(list(hook.list_recordings(start=start, end=end))) != 3:
            raise ValueError("not all were listed")
        store = make_token_store(hook.settings, "webex_default", make_api(hook.settings, time).auth)
        print("a careless task prints", store.load().access_token)

    list_recordings.expand(place=places())


at_once()
"""


@pytest.fixture
def api() -> Iterator[WebexApi]:
    with WebexApi(make_recordings(3, "2026-11-01", "2026-11-02")) as api:
        yield api


@pytest.fixture
def airflow(api: WebexApi, tmp_path: Path) -> Iterator[RealAirflow]:
    (ready := tmp_path / "ready").mkdir()
    (dags := tmp_path / "dags").mkdir()
    (dags / "at_once.py").write_text(DAG.format(ready=str(ready)))
    connection = {
        "conn_type": "webex",
        "host": api.url,
        "login": CLIENT["client_id"],
        "password": CLIENT["client_secret"],
        "extra": {"refresh_token": CLIENT["refresh_token"]},
    }
    environment = {
        "AIRFLOW_CONN_WEBEX_DEFAULT": json.dumps(connection),
        # Then Airflow logs what a task stores in a Variable.
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "DEBUG",
        "AIRFLOW__CORE__FERNET_KEY": Fernet.generate_key().decode(),
        "AIRFLOW__CORE__PARALLELISM": str(TASKS),
        "AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG": str(TASKS),
    }
    with RealAirflow(tmp_path / "airflow", dags=dags, environment=environment) as airflow:
        airflow.unpause("at_once")
        yield airflow


def run(airflow: RealAirflow, tasks: int) -> None:
    """Run so many tasks at once, to their end."""
    run_id = airflow.trigger("at_once", conf={"tasks": tasks})
    path = f"dags/at_once/dagRuns/{run_id}"
    airflow.wait_for(lambda: airflow.api("GET", path)["end_date"], f"{tasks} tasks", timeout=200)
    assert airflow.api("GET", path)["state"] == "success"


def test_tasks_that_start_at_once_share_one_token(airflow: RealAirflow, api: WebexApi) -> None:
    client = api.add_client(**CLIENT, access_token_seconds=1)
    run(airflow, 1)
    client.access_token_seconds = 3600
    sleep(1)
    run(airflow, TASKS)

    used = api.token_requests
    assert used <= TASKS / 2, "they do not spare each other"
    run(airflow, 2)
    assert api.token_requests == used, "the token that is left is not used"
    assert len(api.live_tokens) == used - 1

    assert "access_token" not in airflow.api("GET", f"variables/{KEY}")["value"], "masked, or sealed at least"
    assert is_encrypted(airflow)
    logs = "".join(path.read_text() for path in (airflow.home / "logs").rglob("*.log"))
    assert logs.count("a careless task prints ***") == 1 + TASKS + 2
    # Airflow 3.3.2 repeats there what tasks print, and masks nothing in it, not even a connection's password.
    output = "".join(path.read_text() for path in airflow.home.glob("*.log"))
    output = "".join(line for line in output.splitlines() if "a careless task prints" not in line)
    database = (airflow.home / "airflow.db").read_text("latin-1")
    for secret in (*client.minted, CLIENT["client_secret"], CLIENT["refresh_token"]):
        assert secret not in logs + output + database


def is_encrypted(airflow: RealAirflow) -> bool:
    """What Airflow's database says of the Variable."""
    with closing(sqlite3.connect(airflow.home / "airflow.db")) as database:
        return bool(database.execute("select is_encrypted from variable where key = ?", (KEY,)).fetchone()[0])
