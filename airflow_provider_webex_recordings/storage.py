"""From recordings to a file on local disk or in object storage: all of it, or nothing."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from uuid import uuid4

import msgspec

from airflow_provider_webex_recordings.webex.messages import Recording

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import ObjectStoragePath

# The smallest part that S3 takes; it bounds the memory that an upload needs.
BLOCK_SIZE = 5 * 2**20


def write_json_lines(path: ObjectStoragePath, pages: Iterable[list[Recording]]) -> dict[str, Any]:
    """Write recordings as JSON Lines, a page at a time, replacing what is there once all of them are written.

    :return: ``path``, ``format``, ``count``, ``bytes`` and ``sha256``
    :raises Exception: whatever reading the pages or the storage raises; then the path holds what it held before
    """
    count = size = 0
    digest = hashlib.sha256()
    with replacing(path) as file:
        for page in pages:
            lines = encode_lines(page)
            file.write(lines)
            digest.update(lines)
            count, size = count + len(page), size + len(lines)
    return {"path": str(path), "format": "jsonl", "count": count, "bytes": size, "sha256": digest.hexdigest()}


def encode_lines(recordings: list[Recording]) -> bytes:
    """Return one line of JSON for each recording."""
    try:
        return msgspec.json.Encoder().encode_lines(recordings)
    except (UnicodeEncodeError, OverflowError):
        # Half of a surrogate pair, as a topic cut in the middle of an emoji has it, exists only in escaped form; and
        # msgspec has no integers above 64 bits.
        return "".join(json.dumps(recording) + "\n" for recording in recordings).encode()


@contextmanager
def replacing(path: ObjectStoragePath) -> Iterator[BinaryIO]:
    """Open a file for writing that appears under its path when the block ends, and not at all when it raises."""
    if path.protocol in ("", "file", "local"):
        with _replacing_local(Path(path.path)) as file:
            yield file
        return
    # Leaving `with path.open()` by an exception would publish what was written so far.
    file = path.fs.open(path.path, "wb", autocommit=False, block_size=BLOCK_SIZE)
    try:
        yield file
        file.close()
    except BaseException:
        file.discard()
        raise
    file.commit()


@contextmanager
def _replacing_local(path: Path) -> Iterator[BinaryIO]:
    path.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{path.name}.part-"
    for stale in path.parent.iterdir():
        if stale.name.startswith(prefix):
            stale.unlink(missing_ok=True)
    part = path.with_name(f"{prefix}{uuid4().hex}")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def file_name(*parts: object) -> str:
    """Return a file name made of parts, safe on every storage."""
    return re.sub(r"[^A-Za-z0-9._=-]+", "_", ".".join(str(part) for part in parts))
