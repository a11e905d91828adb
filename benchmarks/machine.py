"""Where and with what a run was made, as a reader needs it to judge the numbers: the shape, no names."""

from __future__ import annotations

import os
import platform
import re
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.peers import PEERS


def run_facts(command: str) -> dict[str, Any]:
    """Return the date, the machine, the versions and the command."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "command": command,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "cpu": _cpu(),
        "system": platform.system(),
        "python": platform.python_version(),
        "airflow": version("apache-airflow"),
        "requests": version("requests"),
        "versions": {peer.name: f"{peer.package} {version(peer.package)}" for peer in PEERS.values()},
    }


def _cpu() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()
