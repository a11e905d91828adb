"""Files of many recordings, written in a process of their own, and how much memory that takes."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import ObjectStoragePath
from s3fs import S3FileSystem

from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from airflow_provider_webex_recordings.storage import FORMATS, write_recordings
from airflow_provider_webex_recordings.storage.formats import parquet
from airflow_provider_webex_recordings.webex.windows import TimeWindow
from tests.helpers.killed_writer import SESSION
from tests.helpers.stores import attach

STATUS = Path("/proc/self/status")


def pages(count: int) -> Iterator[list[Any]]:
    rng = random.Random(1)
    for page in range(count // 100):
        yield [
            {
                "id": f"{rng.getrandbits(128):032x}",
                "topic": f"Call with Ana María Ñíguez {rng.random()}",
                "createTime": f"2026-11-{1 + page % 30:02}T12:{number % 60:02}:{page % 60:02}Z",
                "timeRecorded": f"2026-11-01T12:{number % 60:02}:00+08:00",
                "ownerId": f"{rng.getrandbits(128):032x}",
                "ownerEmail": "user7@example.com",
                "durationSeconds": number,
                "sizeBytes": number * page,
                "serviceData": {"callSessionId": f"{rng.getrandbits(128):032x}"},
                "new": {"number": number},
            }
            for number in range(100)
        ]


def write_pages(path: str, name: str, count: int, row_group: int = parquet.ROW_GROUP_ROWS) -> int:
    """Write recordings that are made while they are written."""
    parquet.ROW_GROUP_ROWS = row_group
    return write_recordings(ObjectStoragePath(path), pages(count), FORMATS[name], {})["count"]


def write_pages_to_s3(s3_url: str, path: str, count: int) -> int:
    """Write the same to an S3 whose server is at a URL."""
    attach("s3", conn_id="aws_s3", fs=S3FileSystem(session=SESSION, key="key", secret="secret", endpoint_url=s3_url))
    return write_pages(path, "jsonl", count)


def write_listing(connection: str, path: str, start: datetime, end: datetime, parallel: int) -> int:
    """List by the hook and write what it lists, as the operator does."""
    os.environ["AIRFLOW_CONN_WEBEX_DEFAULT"] = connection
    hook = WebexRecordingsHook()
    listed = hook.list_pages(TimeWindow(start, end), hook.query(), parallel=parallel)
    return write_recordings(ObjectStoragePath(path), listed, FORMATS["jsonl"], {})["count"]


def write_and_measure(write: Callable[..., int], calls: list[tuple[Any, ...]], answer: Connection) -> None:
    """Write one file after the other, and tell of each the number of recordings and the most memory taken so far."""
    for arguments in calls:
        answer.send((write(*arguments), _peak()))
    answer.close()


def _peak() -> int:
    # Not ru_maxrss, which starts with the size of the process that forked this one.
    found = re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())
    assert found is not None
    return int(found[1]) * 1024
