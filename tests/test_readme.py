"""Every snippet of the README runs as it stands there."""

from __future__ import annotations

import json
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.airflow_runs import AIRFLOW_2, load_dags, migrate_database, run_dag
from tests.webex_api import WebexApi, make_recordings

ROOT = Path(__file__).parent.parent
START = datetime(2026, 11, 1, tzinfo=UTC)


def snippets(language: str) -> list[Any]:
    found = re.finditer(rf"^```{language}\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    return [pytest.param(match[1], id=match[1].strip().splitlines()[-1].strip()[:40]) for match in found]


@pytest.fixture
def webex(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebexApi]:
    with WebexApi(recordings=make_recordings(300, START, datetime.now(UTC) + timedelta(days=1))) as api:
        connection = {"conn_type": "webex", "host": api.url, "password": api.token}
        monkeypatch.setenv("AIRFLOW_CONN_WEBEX_DEFAULT", json.dumps(connection))
        yield api


@pytest.mark.parametrize("code", snippets("python"))
def test_python_snippet_runs_and_asks_webex(code: str, webex: WebexApi, tmp_path: Path) -> None:
    if AIRFLOW_2 and ("WebexRetryPolicy" in code or "AssetWatcher" in code):
        pytest.skip("asset watchers came with Airflow 3.0, task retry policies with 3.3")
    file = tmp_path / "snippet.py"
    file.write_text(code)
    if "DAG(" in code:
        for dag in load_dags(file):
            run = run_dag(dag, START + timedelta(days=2))
            assert run.state == "success", run
    else:
        runpy.run_path(str(file))
    assert webex.list_requests
    assert {request.status for request in webex.requests} == {200}


@pytest.mark.parametrize("text", snippets("json"))
def test_json_snippet_is_json(text: str) -> None:
    assert json.loads(text)


@pytest.mark.parametrize("line", [line for block in snippets("bash") for line in block.values[0].splitlines()])
def test_command_runs(line: str, tmp_path: Path) -> None:
    command = shlex.split(line)
    if command[0] == "make":
        # What the targets do is the workshop's own story; here they must exist.
        command.insert(1, "--dry-run")
    elif command[0] == "pip":
        # The checkout stands for the published package.
        extra = re.search(r"\[.*\]", line)
        command = [sys.executable, "-m", "pip", "install", "--no-deps", f"--target={tmp_path}", f"{ROOT}{extra or ''}"]
    elif command[0] == "airflow":
        migrate_database()
        command[0] = str(Path(sys.executable).with_name("airflow"))
    subprocess.run(command, cwd=ROOT, check=True, timeout=100)
