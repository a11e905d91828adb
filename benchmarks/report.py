"""A run as Markdown: all numbers, and the manual's page. `python -m benchmarks.report benchmarks/results.json`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.peers import PEERS, REFERENCE
from benchmarks.summary import Key, Row, Summary
from benchmarks.targets import targets

# Written by `triggerer.py`, where that was run.
TRIGGERER = Path(__file__).parent / "triggerer.md"
# The words of the manual's page, with places for what is measured.
INTRODUCTION = Path(__file__).parent / "introduction.md"
PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
TASKS = {"list": "Listing", "write": "Writing JSON Lines"}
SPREAD = {
    "even": "evenly spread",
    "office": "nine tenths of each of ten days in ten hours",
    "burst": "nine tenths in a hundredth of the time",
}
COLUMNS = (("list", 0.0), ("write", 0.0), ("list", 0.05), ("write", 0.05))


def markdown(run: dict[str, Any]) -> str:
    """Return the whole report."""
    summary = Summary(run["results"])
    parts = [
        "# Measurements",
        _facts(run["facts"]),
        "![recordings a second](results.png)",
        _overview(summary),
        *(_case(summary, key) for key in summary.keys),
        _without(summary),
        _faithful(run.get("faithful") or {}),
        _imports(run),
        _targets(summary, run),
        _triggerer(),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def page(run: dict[str, Any]) -> str:
    """Return the manual's page about speed and memory.

    :raises KeyError: where the run left a case out
    """
    summary = Summary(run["results"])
    shapes = {shape: ("list", 0.05, 10_000, shape) for shape in SPREAD}
    parts = {
        "overview": _overview(summary),
        "facts": _facts(run["facts"]),
        **{f"{shape}_{name}": text for shape, key in shapes.items() for name, text in _side_by_side(summary, key)},
        "serial_growth": _growth(summary, "ours"),
        "parallel_growth": _growth(summary, "ours_8", "ours_16"),
        "uneven": "\n\n".join(_case(summary, shapes[shape]).replace("## ", "### ", 1) for shape in ("office", "burst")),
        "faithful": _faithful(run["faithful"]),
        "imports": _imports(run),
        "triggerer": _triggerer(),
    }
    return INTRODUCTION.read_text().format_map(parts)


def _side_by_side(summary: Summary, key: Key) -> Iterator[tuple[str, str]]:
    """Yield what listing eight parts at a time costs in requests, and what it gains."""
    rows = summary.rows(key)
    yield "requests", f"{rows['ours_8'].requests / rows['ours'].requests - 1:.0%}".replace("%", " %")
    yield "ratio", f"{rows['ours_8'].ratio:.1f}"


def _growth(summary: Summary, *names: str) -> str:
    """Return by how many MB the peak of memory grows, as a range over clients, listing and writing."""
    grown = [growth for name in names for task in TASKS if (growth := summary.growth(name, task)) is not None]
    least, most = f"{min(grown):.1f}", f"{max(grown):.1f}"
    return least if least == most else f"{least} to {most}"


def _triggerer() -> str:
    return TRIGGERER.read_text().strip() if TRIGGERER.exists() else ""


def _facts(facts: dict[str, Any]) -> str:
    packages = ", ".join(dict.fromkeys(facts["versions"].values()))
    return (
        f"`{facts['command']}` on {facts['date']}: {facts['cores']} cores of an {facts['cpu']}, {facts['system']}, "
        f"Python {facts['python']}, Airflow {facts['airflow']}; {packages}.\n\n"
        "Each number is the median over rounds in which the clients take turns, each time in a fresh process, all on "
        f"one machine with the server. Ratios are to the {PEERS[REFERENCE].label} of the same round. Peak memory is "
        "the whole process's, Python and all imports included. *Loops in italics* are floors: they leave out what "
        "a client needs, and show what is possible."
    )


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    header = list(header)
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _label(name: str) -> str:
    peer = PEERS[name]
    mark = {"ours": "**", "floor": "*", "peer": ""}[peer.kind]
    return f"{mark}{peer.label}{mark}"


def _overview(summary: Summary) -> str:
    """Return one table with all there is to see at a glance."""
    keys = [key for column in COLUMNS if (key := summary.key(*column))]
    names = [name for name in PEERS if any(name in summary.rows(key) for key in keys)]
    header = ["recordings a second (times the Session loop)", *map(_title, keys), "peak memory", "its growth"]
    return _table(header, ([_label(name), *_glance(summary, keys, name)] for name in names))


def _glance(summary: Summary, keys: list[Key], name: str) -> Iterator[str]:
    rows = [summary.rows(key).get(name) for key in keys]
    yield from (_rate(row) if row else "" for row in rows)
    peak = next((row.peak for row in rows if row and row.peak), None)
    growth = summary.growth(name, "list")
    yield f"{peak:.0f} MB" if peak else ""
    yield f"{growth:+.0f} MB" if growth is not None else ""


def _title(key: Key) -> str:
    task, latency, size, _ = key
    return f"{TASKS[task].lower().replace('json lines', 'JSON Lines')} {size:,} at {latency * 1000:.0f} ms"


def _rate(row: Row) -> str:
    if not row.right:
        return f"wrong: {row.count:,}"
    ratio = "" if row.ratio is None else f" ({row.ratio:.2f})"
    return f"{row.rate:,.0f}{ratio}"


def _case(summary: Summary, key: Key) -> str:
    task, latency, size, shape = key
    header = ["", "recordings/s", "times Session loop", "user CPU", "requests", "connections", "peak memory", "count"]
    rows = ([_label(name), *_details(row)] for name, row in summary.rows(key).items())
    case = f"{size:,} recordings, {SPREAD[shape]}, {latency * 1000:.0f} ms a request"
    return f"## {TASKS[task]}: {case}\n\n{_table(header, rows)}"


def _details(row: Row) -> list[str]:
    return [
        f"{row.rate:,.0f}",
        "" if row.ratio is None else f"{row.ratio:.2f}",
        f"{row.user:.2f} s",
        f"{row.requests:,.0f}",
        f"{row.connections:,.0f}",
        "" if row.peak is None else f"{row.peak:.0f} MB",
        f"{row.count:,}" if row.right else f"**wrong**: {row.count:,}",
    ]


def _without(summary: Summary) -> str:
    return "\n".join(f"{PEERS[name].label} is missing: {reason}." for name, reason in summary.without.items())


def _faithful(faithful: dict[str, dict[str, Any]]) -> str:
    columns = ("lost", "repeated", "changed")
    rows = [
        [_label(name), *(str(found[column]) for column in columns), ", ".join(found["changed_fields"])]
        for name, found in faithful.items()
        if "lost" in found
    ]
    if not rows:
        return ""
    table = _table(["recordings in the written file", "lost", "repeated", "changed", "changed fields"], rows)
    return f"## Is it all there?\n\n{table}"


def _imports(run: dict[str, Any]) -> str:
    imports, calls = run["imports"], run.get("first_calls")
    text = (
        "## Import of a DAG file\n\n"
        f"Airflow itself, with `DAG` and `BaseOperator`: {imports['airflow']:.2f} s. All names of this package on top "
        f"of it: {imports['ours'] * 1000:.0f} ms. Medians of {imports['rounds']} fresh processes."
    )
    if names := imports.get("names"):
        each = ", ".join(f"`{name}` {seconds * 1000:.0f} ms" for name, seconds in names.items())
        text += f" By themselves: {each}. CPU time."
    return f"{text}\n\n{_first_calls(calls)}" if calls else text


def _first_calls(calls: dict[str, Any]) -> str:
    titles = {"list": "`hook.list_recordings`", "file": "`ListRecordingsOperator` with a file"}
    rows = [
        [title, *(f"{calls[task][name] * 1000:.0f} ms" for name in ("loading", "first", "second"))]
        for task, title in titles.items()
    ]
    table = _table(["CPU time for a page", "loading this package and `requests`", "first call", "second"], rows)
    return (
        f"## The first call of a process\n\n{table}\n\n"
        f"Medians of {calls['rounds']} fresh processes that have loaded what Airflow's task runner has."
    )


def _targets(summary: Summary, run: dict[str, Any]) -> str:
    rows = ([target.promise, target.measured, target.verdict] for target in targets(summary, run))
    return f"## Targets\n\n{_table(['target', 'this run', ''], rows)}"


def main() -> None:
    """Write the manual's page of a run that is already made."""
    PAGE.write_text(page(json.loads(Path(sys.argv[1]).read_text())))


if __name__ == "__main__":
    main()
