"""Processes that list recordings at once: python -m tests.helpers.processes_at_once COUNT CONN_ID START END.

One process lists and says so; after a line on its standard input, COUNT others do, at once; then it lists again. Each
is like a task: a hook of its own, and Variables in the database of this Airflow. In Airflow 3, a task asks its
supervisor for a Variable; here, `Supervisor` answers in its place.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import airflow

from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from tests.helpers.token_memory import forget_tokens


class Supervisor:
    """Answers a task's requests for Variables from the database."""

    def send(self, message: Any) -> Any:
        from airflow.models.variable import Variable
        from airflow.sdk.exceptions import ErrorType
        from airflow.sdk.execution_time.comms import ErrorResponse, GetVariable, PutVariable, VariableResult

        with _outside_of_a_task():
            if isinstance(message, PutVariable):
                Variable.set(message.key, message.value, message.description)
            if isinstance(message, GetVariable):
                value = Variable.get(message.key, None)
                found = VariableResult(key=message.key, value=value)
                return ErrorResponse(error=ErrorType.VARIABLE_NOT_FOUND) if value is None else found
        return None


@contextmanager
def _outside_of_a_task() -> Iterator[None]:
    from airflow.sdk.execution_time import task_runner

    supervisor = task_runner.SUPERVISOR_COMMS
    del task_runner.SUPERVISOR_COMMS
    try:
        yield
    finally:
        task_runner.SUPERVISOR_COMMS = supervisor


def be_a_task() -> None:
    if not airflow.__version__.startswith("2."):
        from airflow.sdk.execution_time import task_runner

        task_runner.SUPERVISOR_COMMS = Supervisor()


def list_recordings(conn_id: str, start: datetime, end: datetime, barrier: Any = None) -> None:
    forget_tokens()
    hook = WebexRecordingsHook(conn_id)
    if barrier is not None:
        barrier.wait()
    if not list(hook.list_recordings(start=start, end=end)):
        raise ValueError("nothing was listed")


def main(count: int, conn_id: str, start: str, end: str) -> int:
    be_a_task()
    arguments = (conn_id, datetime.fromisoformat(start), datetime.fromisoformat(end))
    list_recordings(*arguments)
    sys.stdout.write("listed\n")
    sys.stdout.flush()
    sys.stdin.readline()
    # Forked, because twenty times importing Airflow takes a minute.
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(count)
    processes = [context.Process(target=list_recordings, args=(*arguments, barrier)) for _ in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    list_recordings(*arguments)
    return sum(process.exitcode != 0 for process in processes)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), *sys.argv[2:]))
