"""The same job against S3: moto's server, Airflow's amazon provider and an AWS connection."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from airflow.providers.common.compat.sdk import DAG, ObjectStoragePath
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_provider_webex_recordings.operators.webex_recordings import ListRecordingsOperator
from tests.helpers.airflow_runs import Run, run_dag
from tests.webex_api import WebexApi, faults, make_recordings

START = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
KEY = "webex/date=2026-11-01/recordings.jsonl"


@pytest.fixture
def bucket(s3: str) -> ObjectStoragePath:
    """A new bucket."""
    path = ObjectStoragePath(f"s3://{s3}@archive-{uuid4().hex}")
    path.fs.mkdir(path.path)
    return path


@pytest.fixture
def webex(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebexApi]:
    with WebexApi(recordings=make_recordings(2500, START, START + DAY)) as api:
        connection = {"conn_type": "webex", "host": api.url, "password": api.token}
        monkeypatch.setenv("AIRFLOW_CONN_WEBEX_DEFAULT", json.dumps(connection))
        yield api


def run_first_day(bucket: ObjectStoragePath) -> Run:
    with DAG(
        "to_s3",
        schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
        start_date=START - DAY,
    ) as dag:
        ListRecordingsOperator(
            task_id="list",
            output_path=f"{bucket / 'webex'}/date={{{{ data_interval_start | ds }}}}/recordings.jsonl",
        )
    return run_dag(dag, START + DAY)


def test_a_days_object_holds_the_days_recordings(webex: WebexApi, bucket: ObjectStoragePath) -> None:
    run = run_first_day(bucket)

    written = (bucket / KEY).read_text().splitlines()
    assert [json.loads(line) for line in written] == webex.recordings.between(START, START + DAY)
    assert run.results["list"]["path"] == str(bucket / KEY)
    assert bucket.fs.metadata((bucket / KEY).path) == {
        "window-start": "2026-11-01T00:00:00.000Z",
        "window-end": "2026-11-02T00:00:00.000Z",
        "window-source": "data interval",
    }
    assert run.results["list"]["count"] == len(webex.recordings.between(START, START + DAY))


def test_a_run_that_fails_half_way_leaves_the_old_object_and_no_upload(
    webex: WebexApi, bucket: ObjectStoragePath
) -> None:
    (bucket / KEY).write_text("the good old one\n")
    webex.faults.add(faults.status(405), when=faults.nth_list_request(20))

    run = run_first_day(bucket)

    assert run.tasks == {"list": "failed"}
    bucket.fs.invalidate_cache()
    assert (bucket / KEY).read_text() == "the good old one\n"
    assert bucket.fs.find(bucket.path) == [(bucket / KEY).path]
    assert bucket.fs.list_multipart_uploads(bucket.path.strip("/")) == []
