"""Measure one client once, in this process: `python -m benchmarks.client session_loop list --url http://.../v1`.

A first listing of one page, which is not measured, lets the client import and connect what it does only once. Then
the process prints one line of JSON: the count, the seconds by the wall, by user and system CPU, the peak of memory.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import resource
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.peers import PEERS, Job

MEGABYTE = 1024


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.client", description=__doc__)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("task", choices=("list", "write"))
    parser.add_argument("--url", required=True, help="the API's base URL")
    parser.add_argument("--token", required=True)
    parser.add_argument("--start", required=True)
    parser.add_argument("--end", required=True)
    parser.add_argument("--warm-up", nargs=2, metavar=("START", "END"), help="a window listed before, unmeasured")
    parser.add_argument("--latency", type=float, default=0.0, help="told to the replay server; needs --warm-up")
    parser.add_argument("--out", type=Path, help="the file that is written; else a temporary one")
    return parser.parse_args()


def task_of(peer: str, task: str, path: Path) -> Callable[[Job], int]:
    """Return what does the task and says how many recordings there were."""
    module = importlib.import_module(f"benchmarks.peers.{PEERS[peer].module}")
    function = getattr(module, f"{task}_{peer}")
    return (lambda job: sum(1 for _ in function(job))) if task == "list" else lambda job: function(job, path)


def set_connections(url: str, token: str) -> None:
    """Tell Airflow how to reach the API, before it is imported."""
    parts = urlsplit(url)
    webex = {"conn_type": "webex", "host": url, "password": token}
    http = {"conn_type": "http", "host": parts.hostname, "schema": parts.scheme, "port": parts.port}
    os.environ["AIRFLOW_CONN_WEBEX_DEFAULT"] = json.dumps(webex)
    os.environ["AIRFLOW_CONN_WEBEX_HTTP"] = json.dumps({**http, "extra": {"Authorization": f"Bearer {token}"}})


def memory(name: str) -> float | None:
    """Return VmHWM, the peak, or VmRSS in MB; None where there is no Linux.

    Not `ru_maxrss`, which starts with the size of the process that forked this one.
    """
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return None
    return int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) / MEGABYTE  # type: ignore[index]


def measure(run: Callable[[Job], int], job: Job) -> dict[str, Any]:
    """Run once, with a watch in each hand."""
    resident = memory("VmRSS")
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    count = run(job)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    return {
        "count": count,
        "wall": wall,
        "user": after.ru_utime - before.ru_utime,
        "system": after.ru_stime - before.ru_stime,
        "resident": resident,
        "peak": memory("VmHWM"),
    }


def main() -> None:
    """Measure, and print the result."""
    options = parse_arguments()
    set_connections(options.url, options.token)
    with tempfile.TemporaryDirectory() as folder:
        path = options.out or Path(folder) / "recordings.jsonl"
        run = task_of(options.peer, options.task, path)
        try:
            if options.warm_up:
                run(Job(options.url, options.token, *options.warm_up))
                control = f"{options.url.removesuffix('/v1')}/_control/reset?latency={options.latency}"
                urllib.request.urlopen(control).close()  # noqa: S310
            result = measure(run, Job(options.url, options.token, options.start, options.end))
        except NotImplementedError as error:
            result = {"skipped": str(error)}
        if options.task == "write" and "skipped" not in result:
            result["count"] = path.read_bytes().count(b"\n")
    print(json.dumps(result))  # noqa: T201


if __name__ == "__main__":
    main()
