"""Every example DAG runs as it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.helpers.airflow_runs import AIRFLOW_2, load_dags, run_dag
from tests.webex_api import WebexApi, make_recordings

EXAMPLES = Path(__file__).parent.parent / "example_dags"
START = datetime(2026, 11, 20, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def webex(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[WebexApi]:
    with WebexApi(recordings=make_recordings(900, START, START + 3 * DAY)) as api:
        connection = {"conn_type": "webex", "host": api.url, "password": api.token}
        monkeypatch.setenv("AIRFLOW_CONN_WEBEX_DEFAULT", json.dumps(connection))
        monkeypatch.setenv("AIRFLOW_VAR_WEBEX_RECORDINGS_PATH", f"file://{tmp_path}")
        yield api


def ids(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text().splitlines()]


def test_daily_archives_each_day_once(webex: WebexApi, tmp_path: Path) -> None:
    (dag,) = load_dags(EXAMPLES / "webex_recordings_daily.py")

    for day in (1, 2, 3):
        assert run_dag(dag, START + day * DAY).state == "success"

    files = sorted(tmp_path.rglob("*.jsonl"))
    assert [file.parent.name for file in files] == ["date=2026-11-20", "date=2026-11-21", "date=2026-11-22"]
    archived = [recording for file in reversed(files) for recording in ids(file)]
    assert archived == [recording["id"] for recording in webex.recordings.all()]


def test_wait_lists_the_window_that_the_sensor_has_looked_into(webex: WebexApi, tmp_path: Path) -> None:
    (dag,) = load_dags(EXAMPLES / "webex_recordings_wait.py")

    run = run_dag(dag, START + DAY + timedelta(hours=6))

    found, summary = run.results["wait_for_recordings"], run.results["list_recordings"]
    assert run.state == "success"
    assert summary["window"].items() >= found["window"].items()
    (file,) = tmp_path.rglob("*.jsonl")
    expected = webex.recordings.between(found["window"]["start"], found["window"]["end"])
    assert ids(file) == [recording["id"] for recording in expected]
    assert len(expected) > 300


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.py")), ids=lambda file: file.stem)
def test_each_file_holds_one_dag_and_loads_without_a_connection(file: Path) -> None:
    """One DAG in a file: a fault in one of them stops every DAG of its file (Airflow 3.3)."""
    if AIRFLOW_2 and "on_arrival" in file.name:
        pytest.skip("asset watchers came with Airflow 3")
    assert len(load_dags(file)) == 1
