"""How much longer a DAG file takes to be imported because of our modules: `python -m benchmarks.imports`.

Measured in fresh processes: Airflow with `DAG` and `BaseOperator`, which every DAG file needs, and then our names: one
of them, or all. In CPU time, which other programs on the machine disturb less.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import Any

# What a DAG file may import; the other names come with these, or load next to nothing.
NAMES = ("ListRecordingsOperator", "NewRecordingsSensor", "NewRecordingsEventTrigger", "WebexRecordingsHook")
# The names are loaded when they are asked for, as `from ... import` in a DAG file does.
CODE = """
import json, sys, time
began = time.process_time()
import airflow
from airflow.providers.common.compat.sdk import DAG, BaseOperator
base = time.process_time()
import airflow_provider_webex_recordings as ours
for name in sys.argv[1:] or ours.__all__:
    getattr(ours, name)
print(json.dumps([base - began, time.process_time() - base]))
"""


def import_times(rounds: int) -> dict[str, Any]:
    """Return the medians in seconds: Airflow's own, what all of ours add, and what each name adds by itself."""
    everything = _medians(rounds)
    names = {name: _medians(rounds, name)[1] for name in NAMES}
    return {"airflow": everything[0], "ours": everything[1], "names": names, "rounds": rounds}


def _medians(rounds: int, *names: str) -> list[float]:
    # The first process of all compiles what it imports.
    measured = [_measure(*names) for _ in range(rounds + 1)][1:]
    return [statistics.median(column) for column in zip(*measured, strict=True)]


def _measure(*names: str) -> list[float]:
    command = [sys.executable, "-W", "ignore", "-c", CODE, *names]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


if __name__ == "__main__":
    print(json.dumps(import_times(rounds=5)))  # noqa: T201
