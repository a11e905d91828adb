"""Writers killed at random moments: each time the path holds the old result or the new one, in full."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_webex_recordings.storage import FORMATS, encode_lines, write_recordings
from tests.helpers import killed_writer
from tests.helpers.stores import Store, local_store, s3_store
from tests.helpers.warm import FORKS

KILLS = 30


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, s3: str, tmp_path: Path) -> Store:
    return local_store(tmp_path / "folder") if request.param == "local" else s3_store(s3)


def whole(seed: int) -> bytes:
    """The file that a writer with a seed is to write."""
    return b"".join(encode_lines(page) for page in killed_writer.pages(seed))


def start(store: Store, s3_url: str, seed: int) -> Any:
    """Start a writer, and return it when it has begun to write."""
    receiving, sending = FORKS.Pipe(duplex=False)
    arguments = (str(store.folder / "day.jsonl"), s3_url, seed, sending)
    writer = FORKS.Process(target=killed_writer.write, args=arguments)
    writer.start()
    sending.close()
    assert receiving.recv() == seed
    return writer


# Some ten seconds together, on a machine that does nothing else.
@pytest.mark.timeout(400)
def test_a_writer_killed_at_any_moment_leaves_the_old_file_or_the_new_one(store: Store, s3_url: str) -> None:
    writer = start(store, s3_url, 0)
    begun = time.monotonic()
    writer.join()
    duration = time.monotonic() - begun
    held = before = whole(0)
    assert store.files() == {"day.jsonl": held}

    moments = random.Random(4)
    left = 0
    for seed in range(1, KILLS + 1):
        writer = start(store, s3_url, seed)
        time.sleep(moments.uniform(0, duration))
        writer.kill()
        writer.join()

        files, uploads = store.files(), store.uploads()
        seen, new = files.pop("day.jsonl"), whole(seed)
        # `before` is the file of the last writer: S3 may have got its last request, and not yet carried it out, when
        # we looked.
        assert seen in (held, before, new)
        # What earlier writers left is gone; this one may have left its own.
        assert len(files) + len(uploads) <= 1
        left += len(files) + len(uploads)
        held, before = seen, new
    # Not all kills came before or after the writing.
    assert left > KILLS / 20

    write_recordings(store.folder / "day.jsonl", killed_writer.pages(99), FORMATS["jsonl"], {})
    assert store.files() == {"day.jsonl": whole(99)}
    assert store.uploads() == []
