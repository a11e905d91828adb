"""Compare clients side by side, and write what came of it: `make bench`, `make bench ARGS=--quick`."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.faithful import check_all
from benchmarks.first_call import first_calls
from benchmarks.imports import import_times
from benchmarks.machine import run_facts
from benchmarks.peers import PEERS
from benchmarks.plot import draw
from benchmarks.report import PAGE, markdown, page
from benchmarks.rounds import Bench, Case, default_cases, quick_cases, run_all, server
from benchmarks.summary import Summary
from benchmarks.targets import targets

HERE = Path(__file__).parent


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two minutes instead of twelve, to see that it works")
    parser.add_argument("--rounds", type=int, help="rounds of the largest cases")
    parser.add_argument("--only", nargs="+", choices=PEERS, metavar="CLIENT", help=f"some of {', '.join(PEERS)}")
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the results")
    return parser.parse_args()


def cases_of(options: argparse.Namespace) -> list[Case]:
    """Return the cases that the arguments ask for."""
    cases = quick_cases() if options.quick else default_cases()
    most = max(case.rounds for case in cases)
    return [replace(case, rounds=options.rounds or most) if case.rounds == most else case for case in cases]


def tell(line: str) -> None:
    """Show progress."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201


def _command(options: argparse.Namespace) -> str:
    """Return what a reader types to do the same; where the results went is nobody's business."""
    arguments = ["--quick"] if options.quick else []
    arguments += ["--rounds", str(options.rounds)] if options.rounds else []
    arguments += ["--only", *options.only] if options.only else []
    return f"make bench ARGS={shlex.quote(shlex.join(arguments))}" if arguments else "make bench"


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Return everything that a report is made of."""
    names = options.only or list(PEERS)
    processes = 3 if options.quick else 7
    run: dict[str, Any] = {
        "facts": run_facts(_command(options)),
        "imports": import_times(processes),
        "first_calls": first_calls(processes),
    }
    if not options.quick:
        with server() as url, tempfile.TemporaryDirectory() as folder:
            tell("comparing what each client writes with what the API has")
            run["faithful"] = check_all(Bench(url, Path(folder)), names)
    run["results"] = run_all(cases_of(options), names, tell)
    return run


def main() -> None:
    """Measure, and write JSON, Markdown, pictures and, of a whole run, the manual's page."""
    options = parse_arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    run = measure(options)
    (options.out / "results.json").write_text(json.dumps(run, indent=1) + "\n")
    (options.out / "results.md").write_text(markdown(run))
    draw(run, options.out)
    if options.out == HERE and not (options.quick or options.only):
        PAGE.write_text(page(run))
    for target in targets(Summary(run["results"]), run):
        tell(f"{target.verdict:13}{target.promise}: {target.measured}")
    tell(f"wrote {options.out}/results.{{json,md,png,svg}}")


if __name__ == "__main__":
    main()
