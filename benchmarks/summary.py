"""From single measurements to medians, and ratios to the Session loop of the same round."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from benchmarks.peers import PEERS, REFERENCE

Result = dict[str, Any]
# Task, latency, size, shape.
Key = tuple[str, float, int, str]


@dataclass(frozen=True, slots=True)
class Row:
    """A client's medians in one case.

    :param rate: recordings a second, by the wall
    :param ratio: how many times the Session loop's, median over the rounds; None where that was not measured
    :param right: whether every round counted as many recordings as there are
    """

    peer: str
    rate: float
    ratio: float | None
    user: float
    requests: float
    connections: float
    peak: float | None
    count: int
    right: bool


class Summary:
    """The medians of a run.

    :param results: what `rounds.run_all` returns
    """

    def __init__(self, results: Iterable[Result]) -> None:
        self._results: dict[Key, dict[str, list[Result]]] = defaultdict(lambda: defaultdict(list))
        self.without: dict[str, str] = {}
        for result in results:
            if "wall" in result:
                key = (result["task"], result["latency"], result["size"], result["shape"])
                self._results[key][result["peer"]].append(result)
            else:
                self.without[result["peer"]] = result.get("skipped") or result["failed"]
        self.keys = list(self._results)

    def key(self, task: str, latency: float) -> Key | None:
        """Return the case of evenly spread recordings with the largest window, None where there is none such."""
        sizes = self._sizes(task, latency)
        return (task, latency, sizes[-1], "even") if sizes else None

    def _sizes(self, task: str, latency: float) -> list[int]:
        return sorted(size for *kind, size, shape in self.keys if (*kind, shape) == (task, latency, "even"))

    def rows(self, key: Key | None) -> dict[str, Row]:
        """Return a row for each client of a case, in the order of `PEERS`."""
        measured = self._results.get(key, {}) if key else {}
        return {name: self._row(measured, name) for name in PEERS if name in measured}

    def _row(self, measured: dict[str, list[Result]], name: str) -> Row:
        results = measured[name]
        peaks = [result["peak"] for result in results if result["peak"] is not None]
        return Row(
            peer=name,
            rate=statistics.median(_rate(result) for result in results),
            ratio=_ratio(results, measured.get(REFERENCE, [])),
            user=_median(results, "user"),
            requests=_median(results, "requests"),
            connections=_median(results, "connections"),
            peak=statistics.median(peaks) if peaks else None,
            count=results[-1]["count"],
            right=all(result["right"] for result in results),
        )

    def growth(self, peer: str, task: str) -> float | None:
        """Return by how many MB the peak grows from the smallest to the largest window, without latency."""
        sizes = self._sizes(task, 0.0)
        if len(sizes) < 2:
            return None
        few, many = (self.rows((task, 0.0, size, "even")).get(peer) for size in (sizes[0], sizes[-1]))
        if few is None or many is None or few.peak is None or many.peak is None:
            return None
        return many.peak - few.peak


def _rate(result: Result) -> float:
    return float(result["count"] / result["wall"])


def _median(results: list[Result], name: str) -> float:
    return statistics.median(result[name] for result in results)


def _ratio(results: list[Result], reference: list[Result]) -> float | None:
    """Return the median of the rounds' ratios: what slowed a whole round down cancels out."""
    rates = {result["round"]: _rate(result) for result in reference}
    ratios = [_rate(result) / rates[result["round"]] for result in results if result["round"] in rates]
    return statistics.median(ratios) if ratios else None
