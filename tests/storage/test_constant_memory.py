"""A file of a hundred thousand recordings needs no more memory than one of ten thousand, in any format."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from airflow_provider_webex_recordings.storage import FORMATS
from airflow_provider_webex_recordings.storage.formats.parquet import ROW_GROUP_ROWS
from tests.helpers.stores import s3_store

MEGABYTE = 2**20
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="reads the peak of memory from Linux's /proc"
)

# Writes a file in a process of its own and prints the most memory it took, in bytes.
CODE = r"""
import random, re, sys
from airflow.providers.common.compat.sdk import ObjectStoragePath
from airflow_provider_webex_recordings.storage import FORMATS, write_recordings
from airflow_provider_webex_recordings.storage.formats import parquet

path, name, count, parquet.ROW_GROUP_ROWS = *sys.argv[1:4], int(sys.argv[4])
rng = random.Random(1)

def pages():
    for page in range(int(count) // 100):
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

summary = write_recordings(ObjectStoragePath(path), pages(), FORMATS[name], {})
assert summary["count"] == int(count)
# Not ru_maxrss, which starts with the size of the process that forked this one.
print(int(re.search(r"VmHWM:\s+(\d+) kB", open("/proc/self/status").read())[1]) * 1024)
"""


def peak(path: str, name: str, count: int, row_group: int = ROW_GROUP_ROWS) -> int:
    arguments = [path, name, str(count), str(row_group)]
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CODE, *arguments], capture_output=True, text=True, check=True
    )
    return int(result.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "parquet"])
def test_memory_does_not_grow_with_the_number_of_recordings(tmp_path: Path, name: str) -> None:
    path = f"file://{tmp_path}/day.{name}"

    assert peak(path, name, 100_000) - peak(path, name, 10_000) < 5 * MEGABYTE


def test_parquet_needs_the_memory_of_one_row_group(tmp_path: Path) -> None:
    path = f"file://{tmp_path}/day.parquet"

    assert (
        peak(path, "parquet", 100_000, row_group=2_000) - peak(path, "parquet", 10_000, row_group=2_000) < 5 * MEGABYTE
    )
    # Half a group of the real size, and more than one.
    assert peak(path, "parquet", 30_000) - peak(path, "parquet", 10_000) < 40 * MEGABYTE


def test_an_upload_to_s3_needs_the_memory_of_a_few_blocks(s3: str) -> None:
    """A block is 5 MB: ten thousand recordings fill one, a hundred thousand fill ten."""
    path = str(s3_store(s3).folder / "day.jsonl")

    assert peak(path, "jsonl", 100_000) - peak(path, "jsonl", 10_000) < 20 * MEGABYTE
