"""What we want to be true of each run, and whether it was: `python -m benchmarks.targets benchmarks/results.json`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers import PEERS
from benchmarks.summary import Row, Summary

SERIAL, PARALLEL = "ours", "ours_8"
MANY, FEW = 100_000, 10_000
# By how much two clients that only wait may differ and still count as equally fast.
NOISE = 0.02


@dataclass(frozen=True, slots=True)
class Target:
    """A promise about speed or memory, and what this run says of it.

    :param met: None where the run did not measure it
    """

    promise: str
    measured: str
    met: bool | None

    @property
    def verdict(self) -> str:
        """One word, or two."""
        return {True: "met", False: "missed", None: "not measured"}[self.met]


def targets(summary: Summary, run: dict[str, Any]) -> list[Target]:
    """Return every target with its verdict.

    :param run: the whole run, for what is not a rate
    """
    listing, writing = (summary.rows((task, 0.0, MANY, "even")) for task in ("list", "write"))
    waiting = summary.rows(("list", 0.05, FEW, "even"))
    slow = [
        _than_peers("10,000 at 50 ms, parallel=8: at least 6 times every peer", waiting, PARALLEL, lambda x: x >= 6),
        _than_peers("10,000 at 50 ms, parallel=1: no slower than any", waiting, SERIAL, lambda x: x >= 1 - NOISE),
    ]
    return [
        _than_loop("listing 100,000 at 0 ms, serial: 1.4 times the Session loop", listing, 1.4),
        _than_loop("writing 100,000 at 0 ms, serial: 1.9 times the Session loop", writing, 1.9),
        _than_floor("listing 100,000 at 0 ms, serial: within 10 % of the barest loop over requests", listing),
        _than_floor("writing 100,000 at 0 ms, serial: within 10 % of the barest loop over requests", writing),
        *slow,
        _requests("10,000 at 50 ms, parallel=8: requests within 15 % of the serial count", waiting),
        _than_serial("10,000 at 50 ms, nine tenths in a hundredth of the time, parallel=8: 3 times serial", summary),
        *_memory(summary),
        _everything(summary),
        *_start(run),
    ]


def _than_loop(promise: str, rows: dict[str, Row], wanted: float) -> Target:
    ratio = rows[SERIAL].ratio if SERIAL in rows else None
    return Target(promise, f"{ratio:.2f} times" if ratio else "", None if ratio is None else ratio >= wanted)


def _than_floor(promise: str, rows: dict[str, Row]) -> Target:
    # Each is measured by the Session loop of its own round: clients that are minutes apart do not compare.
    ours, floor = (rows[name].ratio if name in rows else None for name in (SERIAL, "bare_requests"))
    if not ours or not floor:
        return Target(promise, "", None)
    return Target(promise, f"{ours / floor:.0%} of its rate", ours / floor >= 0.9)


def _than_peers(promise: str, rows: dict[str, Row], ours: str, enough: Callable[[float], bool]) -> Target:
    peers = [row for name, row in rows.items() if PEERS[name].kind == "peer" and row.right]
    if ours not in rows or not peers:
        return Target(promise, "", None)
    fastest = max(peers, key=lambda row: row.rate)
    ratio = rows[ours].rate / fastest.rate
    return Target(promise, f"{ratio:.2f} times the fastest, {PEERS[fastest.peer].label}", enough(ratio))


def _than_serial(promise: str, summary: Summary) -> Target:
    rows = summary.rows(("list", 0.05, FEW, "burst"))
    if SERIAL not in rows or PARALLEL not in rows:
        return Target(promise, "", None)
    ratio = rows[PARALLEL].rate / rows[SERIAL].rate
    return Target(promise, f"{ratio:.2f} times", ratio >= 3)


def _requests(promise: str, rows: dict[str, Row]) -> Target:
    if SERIAL not in rows or PARALLEL not in rows:
        return Target(promise, "", None)
    more = rows[PARALLEL].requests / rows[SERIAL].requests - 1
    return Target(promise, f"{rows[PARALLEL].requests:,.0f}, {more:+.0%}", more <= 0.15)


def _memory(summary: Summary) -> Iterator[Target]:
    for name in (SERIAL, PARALLEL, "ours_16"):
        for task in ("list", "write"):
            growth = summary.growth(name, task)
            promise = f"{PEERS[name].label}, {task}: the peak of memory grows by less than 5 MB"
            yield Target(promise, "" if growth is None else f"{growth:+.1f} MB", None if growth is None else growth < 5)


def _start(run: dict[str, Any]) -> Iterator[Target]:
    """Yield what a task and a DAG file pay before anything is listed."""
    calls, names = run.get("first_calls", {}), run["imports"].get("names", {})
    yield _cpu("the first listing of a process: 20 ms of CPU", calls.get("list", {}).get("first"), 0.020)
    yield _cpu("the first file of a process: 40 ms of CPU", calls.get("file", {}).get("first"), 0.040)
    yield _cpu("importing the operator into a DAG file: 50 ms of CPU", names.get("ListRecordingsOperator"), 0.050)


def _cpu(promise: str, seconds: float | None, most: float) -> Target:
    if seconds is None:
        return Target(promise, "", None)
    return Target(promise, f"{seconds * 1000:.0f} ms", seconds <= most)


def _everything(summary: Summary) -> Target:
    ours = [row for key in summary.keys for name, row in summary.rows(key).items() if PEERS[name].kind == "ours"]
    return Target("ours count every recording", f"{len(ours)} cases", all(row.right for row in ours) if ours else None)


def main() -> None:
    """Print the verdicts on a run that is already made."""
    run = json.loads(Path(sys.argv[1]).read_text())
    for target in targets(Summary(run["results"]), run):
        print(f"{target.verdict:13}{target.promise}: {target.measured}")  # noqa: T201


if __name__ == "__main__":
    main()
