"""Every snippet of the README and of the manual runs as it stands there, and what they say of the code is true."""

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

import duckdb
import pytest

from benchmarks.report import PAGE, page
from benchmarks.summary import Summary
from tests.helpers.airflow_runs import AIRFLOW_2, load_dags, migrate_database, run_dag
from tests.webex_api import WebexApi, make_recordings

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
DOCUMENTS = [README, *sorted((ROOT / "docs").glob("*.md"))]
RESULTS = json.loads((ROOT / "benchmarks" / "results.json").read_text())
START = datetime(2026, 11, 1, tzinfo=UTC)
# Where snippets write; a test writes into its own folder instead.
PLACE = "file:///var/lib/recordings"


def blocks(language: str) -> list[tuple[Path, str]]:
    return [
        (document, match[1])
        for document in DOCUMENTS
        for match in re.finditer(rf"^```{language}\n(.*?)^```", document.read_text(), re.DOTALL | re.MULTILINE)
    ]


def snippets(language: str) -> list[Any]:
    numbered = enumerate(blocks(language), start=1)
    return [pytest.param(code, id=f"{document.stem} {number}") for number, (document, code) in numbered]


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
    assert code.count("file://") == code.count(f"{PLACE}/"), "a folder that is shared, or not ours to write to"
    file = tmp_path / "snippet.py"
    file.write_text(code.replace(PLACE, tmp_path.as_uri()))
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


@pytest.mark.parametrize("query", snippets("sql"))
def test_sql_snippet_reads_the_files(query: str, tmp_path: Path) -> None:
    recordings = make_recordings(20, START, START + timedelta(hours=3))
    (tmp_path / "date=2026-11-01").mkdir()
    (tmp_path / "date=2026-11-01" / "recordings.jsonl").write_text("\n".join(map(json.dumps, recordings)))
    answer = duckdb.sql(query.replace(PLACE.removeprefix("file://"), str(tmp_path))).fetchall()
    assert sum(count for _, count, _ in answer) == len(recordings)


@pytest.mark.parametrize("line", dict.fromkeys(line for _, block in blocks("bash") for line in block.splitlines()))
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


@pytest.mark.parametrize("document", [*DOCUMENTS, *sorted(ROOT.glob("example_dags/*.py"))], ids=lambda path: path.stem)
def test_nothing_to_copy_writes_where_every_user_of_the_machine_can_write(document: Path) -> None:
    text = document.read_text()
    assert not re.findall(r"\S*(?:/tmp/|/dev/shm/)\S*", text)
    assert [url for url in re.findall(r"file:///?\w\S*", text) if not url.startswith(PLACE)] == []


@pytest.mark.parametrize("link", re.findall(r"\]\((?!https:)([^)]+)\)", README.read_text()))
def test_a_link_of_the_readme_leads_somewhere(link: str) -> None:
    """Those within the manual are checked when it is built."""
    path, _, anchor = link.partition("#")
    text = (ROOT / path).read_text(errors="ignore")
    assert not anchor or anchor in headings(text)


def headings(text: str) -> set[str]:
    """Return the anchors that a forge gives to headings."""
    found = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_the_page_about_performance_tells_the_last_measurement() -> None:
    """`python -m benchmarks.report benchmarks/results.json` writes it."""
    assert PAGE.read_text() == page(RESULTS)


def test_the_readme_tells_the_last_measurement() -> None:
    summary = Summary(RESULTS["results"])
    waiting, idle = (summary.rows(summary.key("list", latency)) for latency in (0.05, 0.0))
    (sentence,) = re.findall(r"^With `parallel=8` and 50 ms.*?\.$", README.read_text(), re.DOTALL | re.MULTILINE)
    told = re.findall(r"(\d+\.\d) times as fast", " ".join(sentence.split()))
    assert told == [f"{row.ratio:.1f}" for row in (waiting["ours_8"], idle["ours"])]


def test_the_map_shows_every_room() -> None:
    package = ROOT / "airflow_provider_webex_recordings"
    rooms = {folder.parent.relative_to(package).name for folder in package.rglob("__init__.py")} - {""}
    modules = {path.name for folder in (package, package / "webex") for path in folder.glob("*.py")} - {"__init__.py"}
    the_map = "\n".join(code for _, code in blocks("text") if code.startswith(package.name))
    assert not [name for name in rooms if f"─ {name}/ " not in the_map]
    assert not [name for name in modules if f" {name} " not in the_map]
