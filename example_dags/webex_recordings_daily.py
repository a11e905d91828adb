"""A day's recordings to object storage, every day.

Needs the connection `webex_default`, and a folder /var/lib/recordings that belongs to the workers' user. To write
elsewhere, for example to s3://aws_default@my-bucket/recordings, set the Airflow Variable `webex_recordings_path`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_provider_webex_recordings import ListRecordingsOperator

with DAG(
    dag_id="webex_recordings_daily",
    # A plain "@daily" gives empty data intervals in Airflow 3.
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=datetime(2026, 11, 20),
    catchup=True,
    default_args={"retries": 3, "retry_delay": timedelta(minutes=5)},
    tags=["webex"],
    doc_md=__doc__,
):
    ListRecordingsOperator(
        task_id="list_recordings",
        output_path=(
            "{{ var.value.get('webex_recordings_path', 'file:///var/lib/recordings') }}"
            "/date={{ data_interval_start | ds }}/recordings.jsonl"
        ),
    )
