"""A file of sixty thousand recordings needs no more memory than one of ten thousand, in any format."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_webex_recordings.storage import FORMATS
from tests.helpers.big_files import write_pages, write_pages_to_s3
from tests.helpers.memory import MEGABYTE, growth, needs_proc
from tests.helpers.stores import s3_store

pytestmark = needs_proc
FEW, MANY = 10_000, 60_000


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "parquet"])
def test_memory_does_not_grow_with_the_number_of_recordings(tmp_path: Path, name: str) -> None:
    path = f"file://{tmp_path}/day.{name}"

    few, many, more_memory = growth(write_pages, (path, name, FEW), (path, name, MANY))

    assert (few, many) == (FEW, MANY)
    assert more_memory < MEGABYTE


def test_parquet_needs_the_memory_of_one_row_group(tmp_path: Path) -> None:
    path = f"file://{tmp_path}/day.parquet"

    # The footer, which tells of each group, is kept until the end.
    assert growth(write_pages, (path, "parquet", FEW, 2_000), (path, "parquet", MANY, 2_000))[2] < 5 * MEGABYTE
    # Half a group of the real size, and more than one.
    assert growth(write_pages, (path, "parquet", FEW), (path, "parquet", 3 * FEW))[2] < 40 * MEGABYTE


def test_an_upload_to_s3_needs_the_memory_of_a_few_blocks(s3: str, s3_url: str) -> None:
    """A block is 5 MB: ten thousand recordings fill one, sixty thousand fill six."""
    path = str(s3_store(s3).folder / "day.jsonl")

    assert growth(write_pages_to_s3, (s3_url, path, FEW), (s3_url, path, MANY))[2] < 20 * MEGABYTE
