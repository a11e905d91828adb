"""What the first call in a task's process costs, in CPU time: `python -m benchmarks.first_call`.

Each measurement takes a fresh process that has loaded what a task runner has, and one page of recordings. Every task
pays for a first call; the second shows how much of it is the work itself.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.client import set_connections
from benchmarks.data import WARM_UP
from benchmarks.replay_server import TOKEN
from benchmarks.rounds import ROOT, server

TASKS = ("list", "file")


def first_calls(rounds: int) -> dict[str, Any]:
    """Return the medians in seconds of CPU time: loading our modules, the first call and the second, for each task."""
    with server() as url, tempfile.TemporaryDirectory() as folder:
        return {"rounds": rounds, **{task: _medians(task, url, Path(folder), rounds) for task in TASKS}}


def _medians(task: str, url: str, folder: Path, rounds: int) -> dict[str, float]:
    # The first process of all compiles what it imports.
    measured = [_in_fresh_process(task, url, folder) for _ in range(rounds + 1)][1:]
    return {name: statistics.median(one[name] for one in measured) for name in measured[0]}


def _in_fresh_process(task: str, url: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.first_call", "--measure", task, url, str(folder)]
    environment = {**os.environ, "AIRFLOW_HOME": str(folder / "airflow"), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def measure(task: str, url: str, folder: Path) -> dict[str, float]:
    """Measure in this process."""
    set_connections(url, TOKEN)
    _load_task_runner()
    prepare = {"list": _prepare_list, "file": lambda: _prepare_file(folder / "recordings.jsonl")}[task]
    call, loading = _cpu(prepare)
    (_, first), (_, second) = _cpu(call), _cpu(call)
    return {"loading": loading, "first": first, "second": second}


def _load_task_runner() -> None:
    """Do what a process has done that is about to run a task, plugins loaded and a connection looked up."""
    from airflow.providers.common.compat.sdk import BaseHook, BaseOperator, ObjectStoragePath

    try:
        import airflow.sdk.execution_time.supervisor
        import airflow.sdk.execution_time.task_runner
        from airflow.sdk.listener import get_listener_manager
    except ImportError:
        import airflow.models.taskinstance  # noqa: F401
        from airflow.listeners.listener import get_listener_manager
    assert BaseOperator  # noqa: S101 - its import loads it
    assert ObjectStoragePath  # noqa: S101
    get_listener_manager()
    BaseHook.get_connection("webex_http")


def _prepare_list() -> Callable[[], object]:
    from airflow_provider_webex_recordings import WebexRecordingsHook

    def call() -> int:
        hook = WebexRecordingsHook()
        start, end = datetime.fromisoformat(str(WARM_UP.start)), datetime.fromisoformat(str(WARM_UP.end))
        count = sum(1 for _ in hook.list_recordings(start=start, end=end))
        hook.close()
        return count

    return call


def _prepare_file(path: Path) -> Callable[[], object]:
    import airflow_provider_webex_recordings.hooks.webex_recordings  # noqa: F401 - the operator loads it when it runs
    from airflow_provider_webex_recordings import ListRecordingsOperator

    operator = ListRecordingsOperator(
        task_id="list", start=WARM_UP.start, end=WARM_UP.end, output_path=f"file://{path}"
    )
    return lambda: operator.execute({})


def _cpu(function: Callable[[], Any]) -> tuple[Any, float]:
    began = time.process_time()
    result = function()
    return result, time.process_time() - began


def main() -> None:
    """Measure and print, here or in fresh processes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_call", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="processes for each task")
    parser.add_argument("--measure", nargs=3, metavar=("TASK", "URL", "FOLDER"), help="once, in this process")
    options = parser.parse_args()
    if options.measure:
        task, url, folder = options.measure
        result: dict[str, Any] = measure(task, url, Path(folder))
    else:
        result = first_calls(options.rounds)
    print(json.dumps(result))  # noqa: T201


if __name__ == "__main__":
    main()
