"""What mypy says of a user's DAG file: `make types` runs this."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from mypy import api

from airflow_provider_webex_recordings.task.arguments import RecordingsTask
from tests.helpers.airflow_runs import AIRFLOW_2
from tests.helpers.classes import classes

ROOT = Path(__file__).parents[2]
TASKS = [*classes("operators", RecordingsTask), *classes("sensors", RecordingsTask)]

pytestmark = [
    pytest.mark.types,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        AIRFLOW_2, reason="to type checkers, Airflow's compatibility layer has the types of Airflow 3 only"
    ),
]

HEAD = f"""\
from datetime import timedelta

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_webex_recordings import WebexRecordingsHook, {", ".join(item.__name__ for item in TASKS)}


@task
def before() -> str:
    return ""


with DAG("a_users") as dag:
    given = before()
    pass
"""


def complaints(tmp_path: Path, lines: list[str]) -> dict[int, str]:
    """The errors of mypy, by the index of the line that they complain of."""
    file = tmp_path / "a_dag.py"
    file.write_text(HEAD + "".join(f"    {line}\n" for line in lines))
    options = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache"), str(file)]
    report, errors, _ = api.run(options)
    assert not errors
    found = re.findall(rf"^{re.escape(str(file))}:(\d+): error: (.*)", report, re.MULTILINE)
    assert len(found) == report.count(": error: "), report
    return {int(number) - HEAD.count("\n") - 1: text for number, text in found}


def call(task: Any, **arguments: str) -> str:
    given = "".join(f", {name}={value}" for name, value in arguments.items())
    return f'{task.__name__}(task_id="one"{given})'


def test_templates_and_what_other_tasks_return_are_accepted(tmp_path: Path) -> None:
    lines = []
    for task in TASKS:
        fields = list(task.template_fields)
        lines.append(call(task, **dict.fromkeys(fields, '"{{ params.word }}"')))
        lines.append(call(task, **dict.fromkeys(fields, "given")))
        lines.append(call(task, **dict.fromkeys(fields, f'{task.__name__}(task_id="zero").output')))
        lines.append(call(task, window="timedelta(days=1)", retries="3", outlets="[]", dag="dag"))
        lines.append(f'{task.__name__}.partial(task_id="one", topic="a").expand(owner_email=["a", "b"])')

    assert complaints(tmp_path, lines) == {}


def test_a_wrong_type_a_wrong_name_and_a_missing_task_id_are_refused(tmp_path: Path) -> None:
    lines = []
    for task in TASKS:
        own = [name for name, one in inspect.signature(task).parameters.items() if one.kind is not one.VAR_KEYWORD]
        lines += [call(task, **{name: "object()"}) for name in own]
        lines += [call(task, topik='"complaint"'), call(task, retires="3"), f"{task.__name__}()"]
    lines += [f"WebexRecordingsHook().query({wrong})" for wrong in ("topic=5", 'topik="complaint"', 'role="boss"')]

    found = complaints(tmp_path, lines)

    assert [line for number, line in enumerate(lines) if number not in found] == []
