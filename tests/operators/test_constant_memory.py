"""A file of fifty thousand recordings needs no more memory than one of ten thousand, from the API to the disk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.helpers.big_files import write_listing
from tests.helpers.memory import MEGABYTE, growth, needs_proc
from tests.webex_api import WebexApi, make_recordings

START = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = timedelta(days=10)


@pytest.fixture(scope="module")
def api() -> Iterator[WebexApi]:
    with WebexApi(recordings=make_recordings(50_000, START, START + DAYS)) as api:
        yield api


@needs_proc
@pytest.mark.parametrize("parallel", [1, 8])
def test_memory_does_not_grow_with_the_number_of_recordings(api: WebexApi, tmp_path: Path, parallel: int) -> None:
    connection = json.dumps({"conn_type": "webex", "host": api.url, "password": api.token})
    path = f"file://{tmp_path}/recordings.jsonl"

    few, many, more_memory = growth(
        write_listing,
        (connection, path, START, START + DAYS / 5, parallel),
        (connection, path, START, START + DAYS, parallel),
    )

    assert many == len(api.recordings.between(START, START + DAYS))
    assert many > 4 * few > 32_000
    # Kept, forty thousand recordings would take a hundred; what is read ahead by eight differs by a few.
    assert more_memory < 8 * MEGABYTE
