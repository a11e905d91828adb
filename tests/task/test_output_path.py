"""Which paths a task writes to, and which are refused, when the DAG is read or when the task runs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG, ObjectStoragePath, XComArg

from airflow_provider_webex_recordings import ListRecordingsOperator
from airflow_provider_webex_recordings.task.output_path import check_early, rendered
from airflow_provider_webex_recordings.webex.errors import WebexInputError

GOOD = [
    "/var/lib/recordings/",
    "file:///var/lib/recordings/day.jsonl",
    "file://a_connection@/var/lib/recordings/day",
    "local:///var/lib/recordings/",
    "s3://aws_default@bucket/recordings/",
    "S3://bucket/day.csv",
    "abfs://container@account/day.parquet",
    ObjectStoragePath("s3://bucket/day.jsonl.gz"),
    ObjectStoragePath("file:///data/day.csv"),
    Path("/data/day.csv"),
]
RELATIVE = ["", "None", "day.jsonl", "./day.jsonl", "recordings/", "file://data/day.jsonl", "file:day.jsonl", "~/x.csv"]
FOLDERS = [
    ObjectStoragePath("s3://bucket/folder/"),
    ObjectStoragePath("file:///data/out/"),
    ObjectStoragePath("s3://bucket/v1.2/"),
]


@pytest.mark.parametrize("given", GOOD, ids=str)
def test_what_is_absolute_is_taken_as_it_is(given: Any) -> None:
    assert rendered(given) == str(given)
    ListRecordingsOperator(task_id="list", output_path=given)


@pytest.mark.parametrize("given", [*RELATIVE, Path("day.csv")], ids=str)
def test_a_relative_path_is_refused_when_the_dag_is_read(given: Any) -> None:
    with pytest.raises(
        WebexInputError, match="is not absolute; give an absolute path or a URI, such as file:///"
    ) as it:
        ListRecordingsOperator(task_id="list", output_path=given)

    assert it.value.field == "output_path"


@pytest.mark.parametrize("given", FOLDERS, ids=str)
def test_a_path_object_that_lost_its_slash_is_refused_when_the_dag_is_read(given: Any) -> None:
    with pytest.raises(WebexInputError, match=rf"give a folder as text, output_path='{given}/'"):
        ListRecordingsOperator(task_id="list", output_path=given)


@pytest.mark.parametrize("given", [None, 5, True, ["/a.csv"]], ids=str)
def test_what_a_template_makes_of_it_must_be_text(given: Any) -> None:
    with pytest.raises(WebexInputError, match=r"is not text; give .*, or leave output_path out"):
        rendered(given)


def test_what_is_known_only_when_the_task_runs_is_not_checked_before() -> None:
    with DAG("later", schedule=None, start_date=datetime(2026, 11, 1)):
        other = ListRecordingsOperator(task_id="other")
        for given in (
            XComArg(other),
            "{{ params.path }}",
            "{% if x %}a{% endif %}",
            ObjectStoragePath("s3://b/{{ ds }}"),
        ):
            check_early(given)
            ListRecordingsOperator(task_id=f"list_{id(given)}", output_path=given)
