"""Which measurements a run makes, in which order: the clients take turns, round by round."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.data import WARM_UP, Window, window_of
from benchmarks.peers import PEERS, REFERENCE, Peer
from benchmarks.replay_server import TOKEN

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Case:
    """What every client is asked for, and how often.

    :param task: ``list`` or ``write``
    :param latency: seconds before each answer
    :param size: recordings in the window
    :param floors: whether the barest loops take part; with a latency they wait as everybody does
    :param shape: how the recordings lie in time; where not evenly, we are only held against the Session loop
    """

    task: str
    latency: float
    size: int
    rounds: int
    floors: bool = True
    shape: str = "even"

    def has(self, peer: Peer) -> bool:
        """Whether a client takes part."""
        if self.shape != "even":
            return peer.kind == "ours" or peer.name == REFERENCE
        return self.floors or peer.kind != "floor"

    def __str__(self) -> str:
        return f"{self.task} {self.size:,} ({self.shape}) at {self.latency * 1000:.0f} ms"


def default_cases() -> list[Case]:
    """Return what tells most in a quarter of an hour on two cores."""
    return [
        *(Case(task, 0.0, 100_000, rounds=5) for task in ("list", "write")),
        *(Case(task, 0.0, 10_000, rounds=3) for task in ("list", "write")),
        *(Case(task, 0.05, 10_000, rounds=1, floors=False) for task in ("list", "write")),
        *(Case("list", 0.05, 10_000, rounds=1, shape=shape) for shape in ("office", "burst")),
    ]


def quick_cases() -> list[Case]:
    """Return what shows in two minutes that all of it works."""
    return [
        *(Case(task, 0.0, 10_000, rounds=1) for task in ("list", "write")),
        Case("list", 0.05, 5_000, rounds=1, floors=False),
    ]


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Run the replay server in a process of its own; give the API's base URL."""
    command = [sys.executable, "-m", "benchmarks.replay_server"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            yield process.stdout.readline().strip()  # type: ignore[union-attr]
        finally:
            process.terminate()


@dataclass(frozen=True, slots=True)
class Bench:
    """Runs clients against a server.

    :param url: the API's base URL
    :param folder: where the files go that are written
    """

    url: str
    folder: Path

    def run(self, peer: str, task: str, window: Window, latency: float = 0.0) -> dict[str, Any]:
        """Measure a client once, in a fresh process, and add what the server saw."""
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.client", peer, task]
        command += ["--url", self.url, "--token", TOKEN, "--out", str(self.folder / "recordings.jsonl")]
        command += ["--start", _text(window.start), "--end", _text(window.end), "--latency", str(latency)]
        command += ["--warm-up", _text(WARM_UP.start), _text(WARM_UP.end)]
        done = subprocess.run(command, cwd=ROOT, env=self._environment(), capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:]
            return {"failed": " ".join(last)}
        result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        if "skipped" not in result:
            with urllib.request.urlopen(f"{self.url.removesuffix('/v1')}/_control/seen") as seen:  # noqa: S310
                result |= json.load(seen)
            result["right"] = result["count"] == window.count
        return result

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "AIRFLOW_HOME": str(self.folder / "airflow"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            # dlt would tell its makers.
            "RUNTIME__DLTHUB_TELEMETRY": "false",
            "NO_PROXY": "127.0.0.1",
        }


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def run_all(cases: list[Case], names: list[str], tell: Callable[[str], None]) -> list[dict[str, Any]]:
    """Return a result for each case, client and round."""
    results = []
    with server() as url, tempfile.TemporaryDirectory() as folder:
        bench = Bench(url, Path(folder))
        # Every page of the longest window is rendered before the first watch starts.
        bench.run("bare_urllib3", "list", window_of(max(case.size for case in cases)))
        for number in range(max(case.rounds for case in cases)):
            turn = [case for case in cases if number < case.rounds]
            for case, name in itertools.product(turn, names):
                if not case.has(PEERS[name]):
                    continue
                result = bench.run(name, case.task, window_of(case.size, case.shape), case.latency)
                tell(f"round {number + 1}: {case}: {PEERS[name].label}: {_short(result)}")
                results.append({**asdict(case), "peer": name, "round": number + 1, **result})
    return results


def _short(result: dict[str, Any]) -> str:
    if "wall" not in result:
        return str(result)
    wrong = "" if result["right"] else f" WRONG: {result['count']} recordings"
    return f"{result['count'] / result['wall']:,.0f} recordings/s{wrong}"
