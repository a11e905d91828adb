"""The first file of a task's process: what is loaded for it, and who is told of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.webex_api import WebexApi, make_recordings

# What a task runner runs, without the task runner; the last line tells what came of it.
TASK = """
import json, sys
import airflow.providers.common.compat.sdk as sdk
sdk.BaseOperator, sdk.BaseHook, sdk.ObjectStoragePath
before = set(sys.modules)
from airflow_provider_webex_recordings import ListRecordingsOperator

operator = ListRecordingsOperator(
    task_id="list", start="2026-11-01T00:00:00Z", end="2026-11-02T00:00:00Z", output_path=sys.argv[1]
)
count = operator.execute({})["count"]
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
collected = getattr(sys.modules.get("readers"), "collected", list)()
print(json.dumps({"count": count, "loaded": sorted(loaded), "collected": collected}))
"""

PLUGIN = """
import sys
from airflow.plugins_manager import AirflowPlugin
from airflow.providers.common.compat.sdk import HookLineageReader

class Reader(HookLineageReader):
    pass

class Readers(AirflowPlugin):
    name = "readers"
    hook_lineage_readers = [Reader]

def collected():
    found = Reader().retrieve_hook_lineage()
    names = ("inputs", "outputs")
    return [getattr(side, "asset", None) or side.dataset for name in names for side in getattr(found, name)]

sys.modules["readers"] = type(sys)("readers")
sys.modules["readers"].collected = lambda: [asset.uri for asset in collected()]
"""


@pytest.fixture
def api() -> Iterator[WebexApi]:
    with WebexApi(recordings=make_recordings(3, "2026-11-01", "2026-11-02")) as api:
        yield api


def run_task(api: WebexApi, home: Path) -> dict[str, Any]:
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__OPENLINEAGE__DISABLED": "True",  # it reads lineage too
        "AIRFLOW_CONN_WEBEX_DEFAULT": json.dumps({"conn_type": "webex", "host": api.url, "password": api.token}),
    }
    command = [sys.executable, "-W", "ignore", "-c", TASK, f"file://{home}/day.jsonl"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def test_a_file_on_disk_needs_no_library_that_only_others_need(api: WebexApi, tmp_path: Path) -> None:
    told = run_task(api, tmp_path)

    assert told["count"] == 3
    needless = {"aiohttp", "asgiref", "boto3", "botocore", "moto", "pyarrow", "s3fs"}
    assert needless & set(told["loaded"]) == set()


def test_who_reads_lineage_is_told_what_was_listed_and_written(api: WebexApi, tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "lineage_plugin.py").write_text(PLUGIN)

    told = run_task(api, tmp_path)

    assert told["collected"] == [f"{api.url}/convergedRecordings", f"file://{tmp_path}/day.jsonl"]
