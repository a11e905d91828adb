"""How much longer a DAG file takes to be imported because of our modules: `python -m benchmarks.imports`.

Measured in fresh processes: Airflow with `DAG` and `BaseOperator`, which every DAG file needs, and then our names.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

# The names are loaded when they are asked for, as `from ... import` in a DAG file does.
CODE = """
import json, time
began = time.perf_counter()
import airflow
from airflow.providers.common.compat.sdk import DAG, BaseOperator
base = time.perf_counter()
import airflow_provider_webex_recordings as ours
for name in ours.__all__:
    getattr(ours, name)
print(json.dumps([base - began, time.perf_counter() - base]))
"""


def import_times(rounds: int) -> dict[str, float]:
    """Return the medians in seconds: Airflow's own, and what ours adds."""
    measured = [_measure() for _ in range(rounds + 1)][1:]
    airflow, ours = (statistics.median(column) for column in zip(*measured, strict=True))
    return {"airflow": airflow, "ours": ours, "rounds": rounds}


def _measure() -> list[float]:
    command = [sys.executable, "-W", "ignore", "-c", CODE]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    print(json.dumps(import_times(rounds=5)))  # noqa: T201
