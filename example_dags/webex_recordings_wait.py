"""Every morning: wait for the first recordings of the day without a worker's slot, then list them.

Needs the connection `webex_default`, a triggerer, and a folder /var/lib/recordings that belongs to the workers' user,
or another place in the Airflow Variable `webex_recordings_path`. The list covers exactly the window that the sensor
checked.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import DAG

from airflow_provider_webex_recordings import ListRecordingsOperator, NewRecordingsSensor

with DAG(
    dag_id="webex_recordings_wait",
    schedule="0 6 * * *",
    start_date=datetime(2026, 11, 20),
    catchup=False,
    tags=["webex"],
    doc_md=__doc__,
):
    wait = NewRecordingsSensor(
        task_id="wait_for_recordings",
        window=timedelta(hours=1),  # recordings from 5 o'clock on count
        min_recordings=1,
        deferrable=True,
        poke_interval=timedelta(minutes=1),
        timeout=timedelta(hours=12),
        soft_fail=True,  # on a quiet day nothing is listed, and nothing fails
    )
    wait >> ListRecordingsOperator(
        task_id="list_recordings",
        start="{{ ti.xcom_pull('wait_for_recordings')['window']['start'] }}",
        end="{{ ti.xcom_pull('wait_for_recordings')['window']['end'] }}",
        output_path="{{ var.value.get('webex_recordings_path', 'file:///var/lib/recordings') }}/mornings/",
    )
