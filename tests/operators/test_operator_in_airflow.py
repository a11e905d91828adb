"""ListRecordingsOperator as a citizen of Airflow: assets, lineage, mapping, skipping."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG, Asset, ObjectStoragePath
from airflow.utils.session import create_session

from airflow_provider_webex_recordings import ListRecordingsOperator, split_period
from tests.helpers.airflow_runs import AIRFLOW_2, run_dag
from tests.webex_api import WebexApi, make_recordings

if AIRFLOW_2:
    from airflow.models.dataset import DatasetEvent as AssetEvent
    from airflow.operators.empty import EmptyOperator
else:
    from airflow.models.asset import AssetEvent
    from airflow.providers.standard.operators.empty import EmptyOperator

START = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
DAY = timedelta(days=1)


@pytest.fixture
def webex(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebexApi]:
    with WebexApi(recordings=make_recordings(730, START, START + YEAR, owners=3)) as api:
        connection = {"conn_type": "webex", "host": api.url, "password": api.token, "extra": {"role": "admin"}}
        monkeypatch.setenv("AIRFLOW_CONN_WEBEX_DEFAULT", json.dumps(connection))
        yield api


def ids(folder: Path) -> list[str]:
    return [json.loads(line)["id"] for file in folder.glob("*.jsonl") for line in file.read_text().splitlines()]


def test_a_years_back_fill_spreads_over_mapped_tasks_and_holds_each_recording_once(
    webex: WebexApi, tmp_path: Path
) -> None:
    with DAG("backfill", schedule=None, start_date=START) as dag:
        ListRecordingsOperator.partial(task_id="list", output_path=f"file://{tmp_path}/").expand_kwargs(
            split_period(START, START + YEAR)
        )

    assert run_dag(dag, START + DAY).state == "success"

    assert len(list(tmp_path.iterdir())) == 13
    assert sorted(ids(tmp_path)) == sorted(recording["id"] for recording in webex.recordings.all())


def test_mapping_over_owners_gives_each_a_file_of_its_own(webex: WebexApi, tmp_path: Path) -> None:
    owners = sorted({recording["ownerEmail"] for recording in webex.recordings.all()})
    with DAG("owners", schedule=None, start_date=START) as dag:
        ListRecordingsOperator.partial(
            task_id="list", start=START, end=START + 30 * DAY, output_path=f"file://{tmp_path}/"
        ).expand(owner_email=owners)

    assert run_dag(dag, START + DAY).state == "success"

    assert len(list(tmp_path.iterdir())) == len(owners) == 3
    expected = webex.recordings.between(START, START + 30 * DAY)
    assert sorted(ids(tmp_path)) == sorted(recording["id"] for recording in expected)


@pytest.mark.skipif(AIRFLOW_2, reason="dag.test() of Airflow 2 stores no dataset events")
def test_the_event_of_an_outlet_asset_carries_the_summary(webex: WebexApi, tmp_path: Path) -> None:
    with DAG("asset", schedule=None, start_date=START) as dag:
        ListRecordingsOperator(
            task_id="list",
            window=DAY,
            output_path=f"file://{tmp_path}/day.jsonl",
            outlets=[Asset("s3://archive/webex")],
        )

    run = run_dag(dag, START + 2 * DAY)

    with create_session() as session:
        (event,) = session.query(AssetEvent).filter_by(source_dag_id="asset").all()
        assert event.extra == run.results["list"]
        assert event.extra["count"] == len(webex.recordings.between(START + DAY, START + 2 * DAY))


@pytest.mark.skipif(AIRFLOW_2, reason="dag.test() of Airflow 2 stores no dataset events")
def test_an_alias_gets_the_written_path_as_its_asset(webex: WebexApi, tmp_path: Path) -> None:
    from airflow.sdk import AssetAlias

    with DAG("alias", schedule=None, start_date=START) as dag:
        ListRecordingsOperator(
            task_id="list", window=DAY, output_path=f"file://{tmp_path}/day.jsonl", outlets=[AssetAlias("webex_days")]
        )

    run = run_dag(dag, START + 2 * DAY)

    with create_session() as session:
        (event,) = session.query(AssetEvent).filter_by(source_dag_id="alias").all()
        assert event.uri == f"file://{tmp_path}/day.jsonl"
        assert event.extra == run.results["list"]


def test_skip_if_empty_skips_what_comes_after_and_still_writes_the_empty_file(webex: WebexApi, tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    path.write_text("of an earlier try\n")
    with DAG("skip", schedule=None, start_date=START) as dag:
        listing = ListRecordingsOperator(
            task_id="list", window=DAY, output_path=f"file://{path}", topic="nobody says this", skip_if_empty=True
        )
        listing >> EmptyOperator(task_id="after")

    run = run_dag(dag, START + 2 * DAY)

    assert run.tasks == {"list": "skipped", "after": "skipped"}
    assert path.read_bytes() == b""


def test_an_end_in_the_future_is_warned_of(
    webex: WebexApi, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    tomorrow = datetime.now(UTC) + DAY
    with DAG("future", schedule=None, start_date=START) as dag:
        ListRecordingsOperator(task_id="list", start=tomorrow - 2 * DAY, end=tomorrow)

    assert run_dag(dag, START + DAY).state == "success"

    assert "The window ends in the future" in caplog.text + "".join(capfd.readouterr())


def test_openlineage_is_told_both_sides_without_the_airflow_connection(
    webex: WebexApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("airflow.providers.openlineage")
    operator = ListRecordingsOperator(task_id="list", output_path=f"file://{tmp_path}/day.jsonl")
    context: Any = {"data_interval_start": START, "data_interval_end": START + DAY, "outlet_events": {}}

    operator.execute(context)
    lineage = operator.get_openlineage_facets_on_complete(None)

    assert [(side.namespace, side.name) for side in lineage.inputs] == [(webex.origin, "v1/admin/convergedRecordings")]
    assert [(side.namespace, side.name) for side in lineage.outputs] == [("file", f"{tmp_path}/day.jsonl")]


def test_an_object_is_named_in_lineage_without_the_airflow_connection() -> None:
    from airflow_provider_webex_recordings.task.lineage import asset_uri

    assert asset_uri(ObjectStoragePath("s3://my_aws@archive/webex/day.jsonl")) == "s3://archive/webex/day.jsonl"
