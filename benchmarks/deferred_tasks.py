"""Defer tasks without a thousand workers: write into Airflow's database what it writes when a task defers.

`start_from_trigger` would make the scheduler do that, but then the triggerer gets and keeps a copy of the DAG for each
trigger, which a task that a worker has deferred does not cost.

Runs in the environment of the Airflow that is measured, and is told through its input which triggers, see `main`.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime, timedelta

from airflow.dag_processing.bundles.manager import DagBundlesManager
from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
from airflow.models.dagbag import DBDagBag
from airflow.models.taskinstance import TaskInstance
from airflow.models.trigger import Trigger
from airflow.sdk import DAG
from airflow.triggers.base import BaseTrigger
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState, TaskInstanceState
from airflow.utils.types import DagRunTriggeredByType, DagRunType
from sqlalchemy import select, update

from airflow_provider_webex_recordings.sensors.webex_recordings import NewRecordingsSensor
from airflow_provider_webex_recordings.triggers.webex_recordings import NewRecordingsTrigger
from airflow_provider_webex_recordings.webex.query import RecordingsQuery
from airflow_provider_webex_recordings.webex.windows import iso
from benchmarks.triggerer_probe import Probe

TASK = "wait"


def store(dag_id: str) -> None:
    """Let Airflow know a DAG of one task."""
    with DAG(dag_id, schedule=None) as dag:
        NewRecordingsSensor(task_id=TASK, window=timedelta(hours=1))
    DagBundlesManager().sync_bundles_to_db()
    bag = DagBag(dag_folder="/dev/null")
    bag.bag_dag(dag)
    sync_bag_to_db(bag, "dags-folder", None)


def defer(dag_id: str, triggers: list[BaseTrigger]) -> None:
    """Start a run in which the task is mapped so many times, each waiting for a trigger."""
    with create_session() as session:
        dag = DBDagBag().get_latest_version_of_dag(dag_id, session=session)
        now = datetime.now(UTC)
        run = dag.create_dagrun(
            run_id=dag_id,
            run_after=now,
            run_type=DagRunType.MANUAL,
            triggered_by=DagRunTriggeredByType.TEST,
            state=DagRunState.RUNNING,
            session=session,
        )
        (first,) = run.task_instances
        rows = [Trigger.from_object(trigger) for trigger in triggers]
        session.add_all(rows)
        session.flush()
        for index, row in enumerate(rows):
            task = dag.get_task(TASK)
            instance = TaskInstance(task, first.dag_version_id, run_id=run.run_id, map_index=index)
            instance.state, instance.trigger_id = TaskInstanceState.DEFERRED, row.id
            instance.start_date, instance.try_number, instance.next_method = now, 1, "execute_complete"
            session.add(instance)
        session.delete(first)


def end(dag_id: str) -> None:
    """End what waits; the triggerer then cancels the triggers."""
    with create_session() as session:
        waiting = select(TaskInstance.id).where(
            TaskInstance.dag_id == dag_id, TaskInstance.state == TaskInstanceState.DEFERRED
        )
        ended = update(TaskInstance).where(TaskInstance.id.in_(waiting)).values(state=TaskInstanceState.FAILED)
        session.execute(ended.execution_options(synchronize_session=False))


def sensors(count: int, interval: float, spread: bool) -> list[BaseTrigger]:
    """Return what so many sensors hand to the triggerer after their first poke.

    :param spread: whether they started evenly over an interval, or all at the same moment
    """
    now = time.time()
    return [
        NewRecordingsTrigger(
            query=RecordingsQuery().to_dict(),
            since=iso(datetime.now(UTC) - timedelta(hours=1)),
            min_recordings=1,
            started=now - (index / count * interval if spread else 0.0),
            poke_interval=interval,
        )
        for index in range(count)
    ]


def main() -> None:
    """Do what each line asks for, as JSON of one of these, and answer with a line that says "done".

    ``{"run": ..., "sensors": {...}}``, ``{"run": ..., "probe": {...}}``, ``{"end": run}``
    """
    for line in sys.stdin:
        asked = json.loads(line)
        if "end" in asked:
            end(asked["end"])
        else:
            store(asked["run"])
            defer(asked["run"], sensors(**asked["sensors"]) if "sensors" in asked else [Probe(**asked["probe"])])
        # Others print to the output, too.
        sys.stdout.write("done\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
