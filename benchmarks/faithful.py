"""Whether a client hands on every recording once, and as it was sent: by the file that it writes."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from benchmarks.data import Window, recordings, window_of
from benchmarks.rounds import Bench

SIZE = 5_000


def check_all(bench: Bench, names: list[str]) -> dict[str, dict[str, Any]]:
    """Let each client write a window, and hold its file against the recordings that the API has."""
    window = window_of(SIZE)
    truth = {one["id"]: one for one in recordings(("even",))[: window.count]}
    return {name: _check(bench, name, window, truth) for name in names}


def _check(bench: Bench, name: str, window: Window, truth: dict[str, dict[str, Any]]) -> dict[str, Any]:
    result = bench.run(name, "write", window)
    if "wall" not in result:
        return result
    return compared((bench.folder / "recordings.jsonl").read_text().splitlines(), truth)


def compared(lines: list[str], truth: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Count what a file of JSON Lines lost, repeated or changed."""
    written = [json.loads(line) for line in lines]
    times = Counter(one.get("id") for one in written)
    changed = [one for one in written if truth.get(one.get("id")) != one]
    example = changed[0] if changed else {}
    sent = truth.get(example.get("id"), {})
    return {
        "lost": len(truth.keys() - times.keys()),
        "repeated": sum(times.values()) - len(times),
        "changed": len(changed),
        "changed_fields": sorted(field for field in {*example, *sent} if example.get(field) != sent.get(field)),
    }
