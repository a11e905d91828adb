"""The main job, for a look: a stand-in Webex, a whole Airflow, and three days' recordings in three files.

python -m tests.demo            run it, check it, show it, end
python -m tests.demo --stay     the same, and leave Airflow up with its UI
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import version
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.helpers.real_airflow import RealAirflow, RealAirflowError, end_with_parent

REPOSITORY = Path(__file__).resolve().parent.parent
DAG_ID, TASK_ID = "webex_recordings_daily", "list_recordings"
DAYS = (date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22))
TOKEN = "token-of-the-demo"
# The example DAG begins on the first of these days and catches up with today. A cluster policy ends it after the last,
# so that the scheduler makes the same three runs whenever this is read.
POLICY = f"""
from datetime import datetime, timezone

def dag_policy(dag):
    if dag.dag_id == "{DAG_ID}":
        dag.end_date = datetime({DAYS[-1].year}, {DAYS[-1].month}, {DAYS[-1].day}, tzinfo=timezone.utc)
"""


@dataclass(frozen=True)
class Day:
    """What one run left behind, and what the API holds for its day."""

    run: dict[str, Any]
    task: dict[str, Any]
    summary: dict[str, Any]
    log: list[str]
    file: Path
    ids_held_by_api: list[str]

    @property
    def lines(self) -> list[str]:
        return self.file.read_text().splitlines()

    @property
    def ids(self) -> list[str]:
        return [json.loads(line)["id"] for line in self.lines]


@contextmanager
def webex() -> Iterator[str]:
    """Run the stand-in API as a program, with ten thousand recordings of November 2026, and yield its URL."""
    command = [sys.executable, "-m", "tests.webex_api", "--count", "10000", "--token", TOKEN]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, preexec_fn=end_with_parent) as program:
        try:
            yield program.stdout.readline().decode().strip()
        finally:
            program.kill()


def run_three_days(airflow: RealAirflow, webex_url: str, folder: Path) -> list[Day]:
    """Point Airflow at Webex and at a folder, let the scheduler run the example DAG, and collect what came of it."""
    url = urlsplit(webex_url)
    # The port apart: Airflow 3.3.2 tests no connection without one.
    address = {"host": f"{url.scheme}://{url.hostname}{url.path}", "port": url.port}
    connection = {"connection_id": "webex_default", "conn_type": "webex", **address, "password": TOKEN}
    airflow.api("POST", "connections", connection)
    airflow.api("POST", "variables", {"key": "webex_recordings_path", "value": folder.as_uri()})
    airflow.unpause(DAG_ID)
    airflow.wait_for(lambda: have_succeeded(airflow), f"three runs of {DAG_ID}", timeout=180)
    days = []
    for day, run in zip(DAYS, sorted(airflow.runs(DAG_ID), key=itemgetter("data_interval_start")), strict=True):
        run_id = run["dag_run_id"]
        (task,) = airflow.tasks(DAG_ID, run_id)
        summary, log = airflow.xcom(DAG_ID, run_id, TASK_ID), airflow.log(DAG_ID, run_id, TASK_ID)
        file = folder / f"date={day}" / "recordings.jsonl"
        days.append(Day(run, task, summary, log, file, ids_held_by_api(webex_url, day)))
    return days


def have_succeeded(airflow: RealAirflow) -> bool:
    runs = airflow.runs(DAG_ID)
    for run_id in [run["dag_run_id"] for run in runs]:
        for task in airflow.tasks(DAG_ID, run_id):
            if task["state"] in ("failed", "up_for_retry"):
                log = "\n".join(airflow.log(DAG_ID, run_id, TASK_ID))
                raise RealAirflowError(f"{TASK_ID} of {run_id} is {task['state']}. It logged:\n{log}")
    return [run["state"] for run in runs] == ["success"] * len(DAYS)


def ids_held_by_api(webex_url: str, day: date) -> list[str]:
    """Ask the API itself, without the provider."""
    window = {"from": f"{day}T00:00:00Z", "to": f"{day + timedelta(days=1)}T00:00:00Z", "max": "100"}
    url, ids = f"{webex_url}/convergedRecordings", []
    while url:
        page = requests.get(url, params=window, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
        page.raise_for_status()
        ids += [recording["id"] for recording in page.json()["items"]]
        url, window = page.links.get("next", {}).get("url"), {}
    return ids


def check(days: list[Day]) -> None:
    """Fail where a file is not exactly what the API holds for its day."""
    for day in days:
        if day.ids != day.ids_held_by_api:
            raise RealAirflowError(f"{day.file} is not what the API holds: {len(day.ids_held_by_api)} recordings")
        if (day.summary["count"], day.summary["bytes"]) != (len(day.ids), day.file.stat().st_size):
            raise RealAirflowError(f"{day.file} is not what its task returned: {day.summary}")
    ids = [recording for day in days for recording in day.ids]
    if len(ids) != len(set(ids)):
        raise RealAirflowError("one recording is in two files")


def show(days: list[Day]) -> None:
    """Print what a user would look at."""
    title(f"The runs of {DAG_ID}, made and run by the scheduler")
    say(f"{'data interval':26}{'run':38}{'state':9}{'in the API':>10}{'in the file':>13}   file")
    for day in days:
        interval = f"{day.run['data_interval_start'][:10]} to {day.run['data_interval_end'][:10]}"
        row = (
            f"{interval:26}{day.run['dag_run_id']:38}{day.run['state']:9}{len(day.ids_held_by_api):10}{len(day.ids):13}"
        )
        say(f"{row}   {day.file.relative_to(REPOSITORY)}")
    total = sum(len(day.ids) for day in days)
    say(f"Each file holds its day's recordings by id, in the API's order: {total} in all, none twice, none missing.")
    title("The first lines of the last file")
    for line in days[-1].lines[:3]:
        say(shortened(line))
    title("What its task returned (XCom)")
    say(json.dumps(days[-1].summary, indent=2))
    title("What its task logged")
    for line in outside_groups(days[-1].log):
        say(line)


def outside_groups(log: list[str]) -> Iterator[str]:
    """Leave out what Airflow logs before and after the operator."""
    inside = False
    for line in log:
        inside = inside or "::group::" in line
        if not inside:
            yield line
        inside = inside and "::endgroup::" not in line


def title(text: str) -> None:
    say(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}", indent="")


def say(text: str, indent: str = "  ") -> None:
    sys.stdout.write("".join(f"{indent}{line}\n" for line in text.splitlines()))
    sys.stdout.flush()


def shortened(text: str) -> str:
    width = max(80, shutil.get_terminal_size((160, 24)).columns - 4)
    return text if len(text) <= width else f"{text[: width - 1]}…"


def ui_port() -> int:
    with socket.socket() as probe:
        return 8080 if probe.connect_ex(("127.0.0.1", 8080)) else 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.demo", description=__doc__.splitlines()[0])
    parser.add_argument("--stay", action="store_true", help="leave Airflow up, with its UI, until Ctrl-C")
    stay = parser.parse_args().stay
    folder = REPOSITORY / ".demo" / ("stay" if stay else "once")
    shutil.rmtree(folder, ignore_errors=True)
    began = time.monotonic()
    title(f"Starting a stand-in Webex and Airflow {version('apache-airflow')} on Python {sys.version.split()[0]}")
    dags = REPOSITORY / "example_dags"
    testable = {"AIRFLOW__CORE__TEST_CONNECTION": "Enabled"}
    port = ui_port() if stay else 0
    airflow = RealAirflow(folder / "airflow", dags=dags, environment=testable, policy=POLICY, port=port)
    try:
        with webex() as webex_url, airflow:
            say(f"Webex    {webex_url}")
            say(f"Airflow  {airflow.url}, up after {time.monotonic() - began:.0f} s: {', '.join(airflow.components)}")
            say(f"Logs     {airflow.home.relative_to(REPOSITORY)}/*.log")
            days = run_three_days(airflow, webex_url, folder / "recordings")
            check(days)
            show(days)
            title(f"Done after {time.monotonic() - began:.0f} s")
            if stay:
                say(f"Airflow stays up until Ctrl-C: {airflow.url}/dags/{DAG_ID} (no login needed)")
                with suppress(KeyboardInterrupt):
                    airflow.wait_for(lambda: False, "Ctrl-C", timeout=float("inf"))
    except RealAirflowError as error:
        sys.exit(f"\nThe demo failed. {error}")
    except KeyboardInterrupt:
        sys.exit("\nInterrupted; all is stopped.")


if __name__ == "__main__":
    main()
