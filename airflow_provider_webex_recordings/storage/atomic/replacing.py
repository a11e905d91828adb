"""All-or-nothing writing: a path holds what it held before, or all that was written, at every moment.

Neither an error nor a kill nor a full disk lets a part appear under the path. What a killed run leaves beside it (a
hidden file, an unfinished upload) is removed by the next run that writes to the same path. So a path has one writer at
a time: a second one ends the first one's attempt, which then fails and publishes nothing.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from airflow_provider_webex_recordings.storage.atomic.any_store import StorePart
from airflow_provider_webex_recordings.storage.atomic.errors import naming
from airflow_provider_webex_recordings.storage.atomic.local_disk import LocalPart
from airflow_provider_webex_recordings.storage.atomic.s3 import S3Part

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import ObjectStoragePath

log = logging.getLogger(__name__)


class Part(Protocol):
    """A file that is not there yet."""

    def write(self, data: bytes) -> object:
        """Take more of it."""

    def commit(self) -> None:
        """Show all that was written under the path, in one step."""

    def discard(self) -> None:
        """Leave the path as it is, and nothing beside it. May follow a commit that failed."""


class Replacement:
    """A part with its account: how many bytes were written, and their SHA-256."""

    def __init__(self, path: ObjectStoragePath, part: Part) -> None:
        self._path, self._part = path, part
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """The hexadecimal SHA-256 of what was written so far."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        """Write more."""
        with naming(self._path):
            self._part.write(data)
        self._digest.update(data)
        self.size += len(data)


@contextmanager
def replacing(path: ObjectStoragePath, metadata: Mapping[str, str] | None = None) -> Iterator[Replacement]:
    """Open a file for writing that appears under its path when the block ends, and not at all when it raises.

    :param metadata: kept with the file where the storage has a place for it
    """
    with naming(path):
        part = _part(path, metadata or {})
    try:
        yield Replacement(path, part)
        with naming(path):
            part.commit()
    except BaseException:
        try:
            part.discard()
        except Exception as error:
            log.warning("Could not remove the unfinished part of %s (%s); the next run will", path, error)
        raise


def _part(path: ObjectStoragePath, metadata: Mapping[str, str]) -> Part:
    if path.protocol in ("", "file", "local"):
        return LocalPart(Path(path.path))
    if hasattr(path.fs, "call_s3"):
        return S3Part(path.fs, path.path, metadata)
    return StorePart(path.fs, path.path)
