"""What a thousand deferred sensors cost a triggerer: `python -m benchmarks.triggerer`, some four minutes.

One real triggerer, with its own database and API server, and a Webex that answers after 300 ms. A probe (see
`triggerer_probe`) runs in it as a trigger among the others: with no sensor, with one, and with all, once started evenly
over an interval and once all at the same moment. Writes `triggerer.md` beside this file, for the report.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.machine import run_facts
from benchmarks.replay_server import TOKEN
from benchmarks.rounds import ROOT, server
from tests.helpers.real_airflow import RealAirflow

LATENCY, INTERVAL = 0.3, 20.0
TARGET = 0.1
BLOCKED = "async thread was blocked for"
ENVIRONMENT = {
    "PYTHONPATH": str(ROOT),
    # Airflow runs 1,000 in a triggerer by default, and takes 50 at a time; the probe is one more.
    "AIRFLOW__TRIGGERER__CAPACITY": "1100",
    "AIRFLOW__TRIGGERER__MAX_TRIGGER_TO_SELECT_PER_LOOP": "200",
}


@dataclass
class Bench:
    """The triggerer that is measured, and the Webex that it asks."""

    airflow: RealAirflow
    url: str
    deferring: subprocess.Popen[str]
    numbers: Iterator[int] = field(default_factory=count)

    def defer(self, **asked: Any) -> str:
        """Let `deferred_tasks` do something; return the name of the run."""
        name = f"run_{next(self.numbers)}"
        answers, asks = self.deferring.stdout, self.deferring.stdin
        asks.write(f"{json.dumps({'run': name, **asked})}\n")  # type: ignore[union-attr]
        asks.flush()  # type: ignore[union-attr]
        for line in answers:  # type: ignore[union-attr]
            if line == "done\n":
                return name
        raise RuntimeError("the process that defers tasks has ended")

    @contextmanager
    def sensors(self, number: int, *, spread: bool) -> Iterator[None]:
        """Let so many wait, each of which has looked once, until the block ends."""
        self.control(f"reset?latency={LATENCY}")
        name = self.defer(sensors={"count": number, "interval": INTERVAL if number > 1 else 1.0, "spread": spread})
        self.airflow.wait_for(lambda: self.control("seen")["requests"] >= number, "a look of each", timeout=120)
        yield
        self.defer(end=name)
        time.sleep(3)

    def probe(self, seconds: float) -> dict[str, Any]:
        """Measure for so long."""
        path = self.airflow.home / f"probe_{next(self.numbers)}.json"
        self.defer(probe={"seconds": seconds, "path": str(path)})
        blocked, began = self.blocked(), time.monotonic()
        self.control(f"reset?latency={LATENCY}")
        self.airflow.wait_for(path.exists, "the probe's answer", timeout=seconds + 60)
        took, seen = time.monotonic() - began, self.control("seen")
        return {
            **json.loads(path.read_text()),
            "requests": seen["requests"] / took,
            "connections": seen["connections"],
            "blocked": self.blocked() - blocked,
        }

    def blocked(self) -> int:
        """How often the triggerer has said that its event loop was blocked."""
        return (self.airflow.home / "triggerer.log").read_text().count(BLOCKED)

    def control(self, what: str) -> dict[str, Any]:
        """Ask the server about itself."""
        with urllib.request.urlopen(f"{self.url.removesuffix('/v1')}/_control/{what}") as answer:  # noqa: S310
            return json.load(answer)  # type: ignore[no-any-return]


def measure(number: int, seconds: float) -> dict[str, dict[str, Any]]:
    """Return what the probe found, by what else was in the triggerer."""
    with server() as url, tempfile.TemporaryDirectory() as folder:
        connection = json.dumps({"conn_type": "webex", "host": url, "password": TOKEN})
        (dags := Path(folder) / "dags").mkdir()
        environment = {**ENVIRONMENT, "AIRFLOW_CONN_WEBEX_DEFAULT": connection}
        components = ("api-server", "triggerer")
        home = Path(folder) / "home"
        with RealAirflow(home, dags=dags, components=components, environment=environment) as airflow:
            command = [sys.executable, "-m", "benchmarks.deferred_tasks"]
            with subprocess.Popen(  # noqa: S603
                command, cwd=ROOT, env=airflow.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            ) as deferring:
                return measure_in(Bench(airflow, url, deferring), number, seconds)


def measure_in(bench: Bench, number: int, seconds: float) -> dict[str, dict[str, Any]]:
    """Return the same, in an Airflow that runs."""
    found = {"no sensor": bench.probe(seconds / 4)}
    with bench.sensors(1, spread=True):
        found["one sensor"] = bench.probe(seconds / 8)
    with bench.sensors(number, spread=True):
        found[f"{number:,} sensors, started evenly"] = bench.probe(seconds)
    with bench.sensors(number, spread=False):
        found[f"{number:,} sensors, started at the same moment"] = bench.probe(seconds)
    return found


def markdown(found: dict[str, dict[str, Any]], number: int, command: str) -> str:
    """Return the report."""
    facts = run_facts(command)
    header = (
        "in the triggerer",
        "lag of the event loop p50",
        "p99",
        "max",
        "Airflow's `DateTimeTrigger` late by at most",
        "requests/s",
        "connections",
        "CPU",
        "memory",
        '"blocked" warnings',
    )
    rows = [[name, *cells(measured)] for name, measured in found.items()]
    table = "\n".join(f"| {' | '.join(line)} |" for line in (header, ["---", *["---:"] * (len(header) - 1)], *rows))
    _, one, *many = found.values()
    each = (many[0]["rss"] - one["rss"]) / (number - 1)
    worst = max(measured["lag_p99"] for measured in many)
    verdict = "met" if worst < TARGET else "missed"
    return f"""## A thousand deferred sensors in one triggerer

`{facts["command"]}` on {facts["date"]}: {facts["cores"]} cores of an {facts["cpu"]}, {facts["system"]}, Python \
{facts["python"]}, Airflow {facts["airflow"]}. `NewRecordingsSensor` deferred, `poke_interval={INTERVAL:g}`; Webex \
answers after {LATENCY * 1000:.0f} ms. The lag is how late a trigger wakes that sleeps 10 ms again and again beside \
them; CPU is that of the process in which the triggers run, of one core.

{table}

Memory per trigger: {each / 1024:.0f} KiB, Airflow's own share included. \
Target, a lag under {TARGET * 1000:.0f} ms at the 99th percentile: {worst * 1000:.0f} ms, {verdict}.
"""


def cells(measured: dict[str, Any]) -> Iterator[str]:
    """Format a row."""
    for name in ("lag_p50", "lag_p99", "lag_max", "other_late"):
        yield f"{measured[name] * 1000:.1f} ms"
    yield f"{measured['requests']:.1f}"
    yield f"{measured['connections']}"
    yield f"{measured['cpu']:.0%}"
    yield f"{measured['rss'] / 2**20:.0f} MB"
    yield f"{measured['blocked']}"


def main() -> None:
    """Measure, and write Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.triggerer", description=__doc__)
    parser.add_argument("--sensors", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=2 * INTERVAL, help="how long the longest measurements take")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "triggerer.md")
    options = parser.parse_args()
    began = datetime.now(UTC)
    found = measure(options.sensors, options.seconds)
    text = markdown(found, options.sensors, "python -m benchmarks.triggerer")
    options.out.write_text(text)
    sys.stderr.write(f"{json.dumps(found, indent=1)}\n{text}\n{(datetime.now(UTC) - began).total_seconds():.0f} s\n")


if __name__ == "__main__":
    main()
