"""All-or-nothing writing: at every moment a path holds what it held before, or everything that was written.

Neither an error nor a kill nor a full disk lets an incomplete file appear under the path. What a killed run leaves
next to it (a hidden file, an unfinished upload) is removed by the next run that writes to the same path. So a path is
for one writer at a time: a second one discards the unfinished file of the first, which fails and publishes nothing.
Where the store does not show what is unfinished (S3 before the first block is sent, other object stores always), both
succeed, and the last to end stays.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from airflow_provider_webex_recordings.storage.atomic.any_store import PendingStoreFile
from airflow_provider_webex_recordings.storage.atomic.errors import storage_errors
from airflow_provider_webex_recordings.storage.atomic.local_disk import PendingLocalFile
from airflow_provider_webex_recordings.storage.atomic.s3 import PendingS3Object

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import ObjectStoragePath

log = logging.getLogger(__name__)


class PendingFile(Protocol):
    """A file that has not appeared under its path yet."""

    def write(self, data: bytes) -> object:
        """Append data."""

    def commit(self) -> None:
        """Make everything that was written appear under the path, in one step."""

    def discard(self) -> None:
        """Leave the path as it is, and nothing next to it. May follow a commit that failed."""


class Replacement:
    """A pending file, with the number of bytes written to it and their SHA-256."""

    def __init__(self, path: ObjectStoragePath, file: PendingFile) -> None:
        self._path, self._file = path, file
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """The hexadecimal SHA-256 of everything written so far."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        """Append data."""
        with storage_errors(self._path):
            self._file.write(data)
        self._digest.update(data)
        self.size += len(data)


@contextmanager
def replacing(path: ObjectStoragePath, metadata: Mapping[str, str] | None = None) -> Iterator[Replacement]:
    """Open a file for writing; it appears under its path when the block ends, and not at all if the block raises.

    :param metadata: stored with the file, where the storage supports it
    """
    with storage_errors(path):
        file = _pending(path, metadata or {})
    try:
        yield Replacement(path, file)
        with storage_errors(path):
            file.commit()
    except BaseException:
        try:
            file.discard()
        except Exception as error:
            log.warning("Could not remove the unfinished file of %s (%s); the next run will remove it", path, error)
        raise


def _pending(path: ObjectStoragePath, metadata: Mapping[str, str]) -> PendingFile:
    if path.protocol in ("", "file", "local"):
        return PendingLocalFile(Path(path.path))
    if hasattr(path.fs, "call_s3"):
        return PendingS3Object(path.fs, path.path, metadata)
    return PendingStoreFile(path.fs, path.path)
