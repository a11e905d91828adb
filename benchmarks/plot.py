"""A run as a picture, PNG and SVG: `python -m benchmarks.plot benchmarks/results.json`.

The background is transparent, and each colour stands out from white and from near-black, so that one picture suits
the light and the dark mode of whoever reads the README.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.peers import PEERS
from benchmarks.summary import Key, Row, Summary

TEXT = "#737d88"
COLOURS = {"ours": "#2f81f7", "peer": "#8c959f", "floor": "none"}
EDGE = "#8c959f"
GAP = 0.6
PANELS = (("list", 0.0), ("write", 0.0), ("list", 0.05))
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": TEXT,
    "svg.fonttype": "none",
    "svg.hashsalt": "recordings",
    "hatch.linewidth": 0.6,
}


def draw(run: dict[str, Any], folder: Path) -> None:
    """Draw recordings a second, a panel for each case."""
    summary = Summary(run["results"])
    panels = [key for panel in PANELS if (key := summary.key(*panel))]
    places = _places(summary, panels[0])
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.4, 0.8 + 0.33 * (max(places.values()) + 1)))
        # Room at the left for the names, which all panels share.
        grid = figure.add_gridspec(1, len(panels), left=0.225, right=0.975, top=0.86, bottom=0.07, wspace=0.14)
        for number, key in enumerate(panels):
            axes = figure.add_subplot(grid[number])
            _panel(axes, summary.rows(key), places, key)
            if number == 0:
                _names(axes, places)
        figure.text(0.975, 0.012, _small_print(run["facts"]), ha="right", fontsize=7.5)
        for suffix in ("png", "svg"):
            metadata = {"Date": None} if suffix == "svg" else None
            figure.savefig(folder / f"results.{suffix}", dpi=200, transparent=True, metadata=metadata)


def _places(summary: Summary, key: Key) -> dict[str, float]:
    """Return where each client's bar is: ours, then the peers from fast to slow, then after a gap the floors."""
    rows = summary.rows(key)
    order = sorted(rows.values(), key=lambda row: (list(COLOURS).index(PEERS[row.peer].kind), _rank(row)))
    places, place = {}, 0.0
    for before, row in zip([None, *order], order, strict=False):
        if before is not None:
            place += 1 + GAP * (PEERS[before.peer].kind != PEERS[row.peer].kind == "floor")
        places[row.peer] = place
    return places


def _rank(row: Row) -> float:
    return list(PEERS).index(row.peer) if PEERS[row.peer].kind == "ours" else -row.rate


def _panel(axes: Axes, rows: dict[str, Row], places: dict[str, float], key: Key) -> None:
    fastest = max(row.rate for row in rows.values())
    for name, row in rows.items():
        if name not in places:
            continue
        kind = PEERS[name].kind
        look = {"edgecolor": EDGE, "hatch": "////", "linewidth": 0.8} if kind == "floor" else {}
        axes.barh(places[name], row.rate, height=0.72, color=COLOURS[kind], **look)
        label = _rate(row.rate, fastest) if row.right else f"wrong: {row.count:,} of them"
        bold = "bold" if kind == "ours" else "normal"
        colour = COLOURS["ours"] if kind == "ours" else TEXT
        axes.text(row.rate + fastest * 0.02, places[name], label, va="center", fontweight=bold, color=colour)
    _title(axes, key)
    axes.set_xlim(0, fastest * 1.22)
    axes.set_ylim(max(places.values()) + 0.6, -0.6)
    axes.set_axis_off()


def _names(axes: Axes, places: dict[str, float]) -> None:
    for name, place in places.items():
        ours = PEERS[name].kind == "ours"
        axes.annotate(
            PEERS[name].label,
            (0, place),
            xytext=(-7, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            color=COLOURS["ours"] if ours else TEXT,
            fontweight="bold" if ours else "normal",
            fontstyle="italic" if PEERS[name].kind == "floor" else "normal",
        )


def _title(axes: Axes, key: Key) -> None:
    task, latency, size, _ = key
    what = {"list": "listing", "write": "writing JSON Lines"}[task]
    style = {"xy": (0, 1), "xycoords": "axes fraction", "textcoords": "offset points", "va": "bottom"}
    axes.annotate(what, xytext=(0, 19), fontsize=11, fontweight="bold", **style)
    axes.annotate(f"{size:,} recordings, {latency * 1000:.0f} ms a request", xytext=(0, 5), fontsize=8.5, **style)


def _rate(rate: float, fastest: float) -> str:
    """Return a rate with as many digits as all of its panel have."""
    return f"{rate / 1000:.{0 if fastest >= 20_000 else 1}f} k"


def _small_print(facts: dict[str, Any]) -> str:
    return (
        f"thousand recordings a second, more is better; hatched: what is possible without what a client needs   ·   "
        f"{facts['date']}, {facts['cores']} cores, Python {facts['python']}, Airflow {facts['airflow']}"
    )


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[1]).parent)
