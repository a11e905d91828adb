"""A file of a hundred thousand recordings needs no more memory than one of ten thousand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.webex_api import WebexApi, make_recordings

START = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = timedelta(days=10)
MEGABYTE = 2**20

# Writes one file in a process of its own and prints how many recordings it held and the most memory it took, in bytes.
CODE = r"""
import re, sys
from datetime import datetime
from airflow.providers.common.compat.sdk import ObjectStoragePath
from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from airflow_provider_webex_recordings.storage import FORMATS, write_recordings
from airflow_provider_webex_recordings.webex.windows import TimeWindow

path, start, end, parallel = sys.argv[1:]
hook = WebexRecordingsHook()
window = TimeWindow(datetime.fromisoformat(start), datetime.fromisoformat(end))
pages = hook.list_pages(window, hook.query(), parallel=int(parallel))
summary = write_recordings(ObjectStoragePath(path), pages, FORMATS["jsonl"], {})
# Not ru_maxrss, which starts with the size of the process that forked this one.
peak = re.search(r"VmHWM:\s+(\d+) kB", open("/proc/self/status").read())
print(summary["count"], int(peak[1]) * 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak of memory from Linux's /proc")
@pytest.mark.parametrize("parallel", [1, 8])
def test_memory_does_not_grow_with_the_number_of_recordings(tmp_path: Path, parallel: int) -> None:
    with WebexApi(recordings=make_recordings(100_000, START, START + DAYS)) as api:
        connection = {"conn_type": "webex", "host": api.url, "password": api.token}
        environment = {**os.environ, "AIRFLOW_CONN_WEBEX_DEFAULT": json.dumps(connection)}

        def write(end: datetime) -> tuple[int, int]:
            arguments = [f"file://{tmp_path}/recordings.jsonl", START.isoformat(), end.isoformat(), str(parallel)]
            result = subprocess.run(
                [sys.executable, "-W", "ignore", "-c", CODE, *arguments],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
            count, memory = result.stdout.splitlines()[-1].split()
            return int(count), int(memory)

        few, memory_of_few = write(START + DAYS / 10)
        many, memory_of_many = write(START + DAYS)

    assert many == len(api.recordings.between(START, START + DAYS))
    assert many > 9 * few > 80_000
    assert memory_of_many - memory_of_few < 5 * MEGABYTE
