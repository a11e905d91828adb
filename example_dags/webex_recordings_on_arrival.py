"""Whenever recordings appear: list exactly those to object storage.

Needs Airflow 3 (3.3, so that nothing is missed while the triggerer is down), the connection `webex_default`, a
triggerer, and a folder /var/lib/recordings that belongs to the workers' user, or another place in the Airflow Variable
`webex_recordings_path`. Each run's window is its event's.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Asset, AssetWatcher

from airflow_provider_webex_recordings import ListRecordingsOperator, NewRecordingsEventTrigger

trigger = NewRecordingsEventTrigger(
    asset="webex_new_recordings",
    poll_interval=timedelta(seconds=30),
    settle=timedelta(minutes=2),  # what Webex shows up to two minutes late is in its event's window
)
new_recordings = Asset("webex_new_recordings", watchers=[AssetWatcher(name="webex", trigger=trigger)])

with DAG(
    dag_id="webex_recordings_on_arrival",
    schedule=[new_recordings],
    default_args={"retries": 3, "retry_delay": timedelta(minutes=5)},
    tags=["webex"],
    doc_md=__doc__,
):
    ListRecordingsOperator(
        task_id="list_recordings",
        # A file for each window, named after it.
        output_path="{{ var.value.get('webex_recordings_path', 'file:///var/lib/recordings') }}/arrivals/",
    )
