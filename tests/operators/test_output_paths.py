"""Where ListRecordingsOperator writes: each task, window and map index to a file of its own, or an error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG, ObjectStoragePath, TaskGroup, task

from airflow_provider_webex_recordings import ListRecordingsOperator, split_period
from tests.helpers.airflow_runs import run_dag
from tests.webex_api import WebexApi, make_recordings

START = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ONE_DAY = {"start": START, "end": START + DAY}


@pytest.fixture
def webex(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebexApi]:
    with WebexApi(recordings=make_recordings(40, START, START + 4 * DAY)) as api:
        connection = {"conn_type": "webex", "host": api.url, "password": api.token}
        monkeypatch.setenv("AIRFLOW_CONN_WEBEX_DEFAULT", json.dumps(connection))
        yield api


def test_two_dags_whose_ids_join_to_the_same_text_write_two_files(webex: WebexApi, tmp_path: Path) -> None:
    with DAG("a.b", schedule=None, start_date=START) as one:
        ListRecordingsOperator(task_id="c", output_path=f"file://{tmp_path}/", **ONE_DAY)
    with DAG("a", schedule=None, start_date=START) as other, TaskGroup("b"):
        ListRecordingsOperator(task_id="c", topic="nobody says this", output_path=f"file://{tmp_path}/", **ONE_DAY)

    for dag in (one, other):
        assert run_dag(dag, START + DAY).state == "success"

    sizes = sorted(len(file.read_text().splitlines()) for file in tmp_path.iterdir())
    assert sizes == [0, len(webex.recordings.between(START, START + DAY))]


def test_operators_that_a_function_executes_write_files_of_their_own(webex: WebexApi, tmp_path: Path) -> None:
    def listing(dag_id: str) -> DAG:
        with DAG(dag_id, schedule=None, start_date=START) as dag:

            @task
            def list_two(**context: Any) -> None:
                for name in ("one", "two"):
                    ListRecordingsOperator(task_id=name, output_path=f"file://{tmp_path}/", **ONE_DAY).execute(context)

            list_two()
        return dag

    for dag_id in ("first", "second"):
        assert run_dag(listing(dag_id), START + DAY).state == "success"

    names = [file.name.split(".") for file in sorted(tmp_path.iterdir())]
    assert [name[:3] for name in names] == [
        ["first", "list_two", "one"],
        ["first", "list_two", "two"],
        ["second", "list_two", "one"],
        ["second", "list_two", "two"],
    ]


def failed_without_a_request(dag: DAG, webex: WebexApi) -> None:
    run = run_dag(dag, START + DAY)
    assert set(run.tasks.values()) == {"failed"}
    assert run.results == {}
    assert webex.requests == []


@pytest.mark.parametrize("native", [True, False])
def test_a_template_that_gives_none_fails_before_the_first_request(
    webex: WebexApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, native: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    options: Any = {"params": {"path": None}, "render_template_as_native_obj": native}
    with DAG("optional", schedule=None, start_date=START, **options) as dag:
        ListRecordingsOperator(task_id="list", output_path="{{ params.path }}", **ONE_DAY)

    failed_without_a_request(dag, webex)
    assert list(tmp_path.iterdir()) == []


def test_mapped_tasks_do_not_write_into_one_file_because_a_path_object_lost_its_slash(
    webex: WebexApi, tmp_path: Path
) -> None:
    with DAG("months", schedule=None, start_date=START) as dag:
        ListRecordingsOperator.partial(
            task_id="list", output_path=ObjectStoragePath(f"file://{tmp_path}/out/")
        ).expand_kwargs(split_period(START, START + 4 * DAY, DAY))

    failed_without_a_request(dag, webex)
    assert list(tmp_path.iterdir()) == []
