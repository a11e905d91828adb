"""Run a DAG in this process on a real Airflow: its database, its task runner, its XCom."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import airflow
from airflow.providers.common.compat.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator
from airflow.utils.session import create_session

T = TypeVar("T")

EPOCH = datetime(2026, 11, 1, tzinfo=UTC)
_numbers = itertools.count()

AIRFLOW_2 = airflow.__version__.startswith("2.")


@dataclass
class Run:
    """What is left of a DAG run: its state, the state of each task, and what each returned."""

    state: str
    tasks: dict[str, str]
    results: dict[str, Any]


@cache
def migrate_database() -> None:
    """Make the tables, once in a process."""
    from airflow.utils.db import initdb

    initdb()


def load_dags(file: Path) -> list[DAG]:
    """Parse a DAG file as Airflow does; an import error raises."""
    if AIRFLOW_2:
        from airflow.models.dagbag import DagBag

        bag = DagBag(str(file), include_examples=False)
    else:
        from airflow.dag_processing.dagbag import DagBag

        bag = DagBag(str(file))
    assert not bag.import_errors, bag.import_errors
    return list(bag.dags.values())


def run_dag(dag: DAG, logical_date: datetime | None, **options: Any) -> Run:
    """Run all tasks of a DAG for one logical date; a task that fails does not raise."""
    migrate_database()
    if AIRFLOW_2:
        dag_run = dag.test(execution_date=logical_date, **options)
    else:
        _store(dag)
        dag_run = dag.test(logical_date=logical_date, **options)
    with create_session() as session:
        dag_run = session.merge(dag_run)
        states = {instance.task_id: str(instance.state) for instance in dag_run.get_task_instances(session=session)}
        return Run(str(dag_run.state), states, _results(dag_run, session))


def run_in_a_task(body: Callable[[], T]) -> T:
    """Run a function as a task of a real Airflow, and return what it returns or raise what it raises."""
    ended: list[Callable[[], T]] = []

    def run() -> None:
        try:
            value = body()
            ended.append(lambda: value)
        except BaseException as error:
            ended.append(partial(_raise, error))
            raise

    with DAG(f"task_{next(_numbers)}", schedule=None, start_date=EPOCH) as dag:
        PythonOperator(task_id="task", python_callable=run)
    run_dag(dag, EPOCH)
    return ended[0]()


def _raise(error: BaseException) -> NoReturn:
    raise error


def _store(dag: DAG) -> None:
    """Airflow 3 runs only what it finds serialised in its database."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db

    DagBundlesManager().sync_bundles_to_db()
    bag = DagBag(dag_folder="/dev/null")
    bag.bag_dag(dag)
    sync_bag_to_db(bag, "dags-folder", None)


def _results(dag_run: Any, session: Any) -> dict[str, Any]:
    chosen = {"run_id": dag_run.run_id, "dag_ids": dag_run.dag_id, "key": "return_value"}
    if AIRFLOW_2:
        from airflow.models.xcom import XCom

        return {row.task_id: row.value for row in XCom.get_many(**chosen, session=session)}
    from airflow.models.xcom import XComModel

    rows = session.scalars(XComModel.get_many(**chosen))
    return {row.task_id: XComModel.deserialize_value(row) for row in rows}
