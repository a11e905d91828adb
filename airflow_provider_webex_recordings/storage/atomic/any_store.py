"""A file in any store that fsspec supports, written next to its path and then moved there.

`open(..., autocommit=False)` would not do: most stores ignore it (memory, SMB, Azure, which even deletes the old file
at the first block), and there is no way to ask which do not.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any

from airflow_provider_webex_recordings.storage.atomic.errors import another_run
from airflow_provider_webex_recordings.storage.atomic.part_names import is_part_of, part_name

log = logging.getLogger(__name__)

BLOCK_SIZE = 5 * 2**20


class PendingStoreFile:
    """A hidden file in the folder of the path.

    Moving it is a rename where the store has one (SFTP, SMB, HDFS), else a copy within the store, which object stores
    such as Google's and Azure's show in one step.
    """

    def __init__(self, fs: Any, path: str) -> None:
        if fs.isdir(path):
            raise IsADirectoryError(path)
        self._fs, self._path = fs, path
        folder, slash, name = path.rpartition("/")
        self._remove_parts(folder, name)
        self._part = folder + slash + part_name(name)
        try:
            self._file = self._open()
        except FileNotFoundError:
            # Object stores have no folders, and creating one could create a missing bucket.
            fs.makedirs(folder, exist_ok=True)
            self._file = self._open()

    def _open(self) -> Any:
        return self._fs.open(self._part, "wb", block_size=BLOCK_SIZE)

    def _remove_parts(self, folder: str, name: str) -> None:
        self._fs.invalidate_cache(folder)
        try:
            for other in self._fs.ls(folder, detail=False):
                if is_part_of(name, other.rpartition("/")[2]):
                    self._fs.rm_file(other)
        except FileNotFoundError:
            pass
        except PermissionError as error:
            log.warning(
                "Not allowed to list leftovers of an interrupted run next to %s (%s); they will stay there",
                self._path,
                error,
            )

    def write(self, data: bytes) -> None:
        """Append data."""
        self._file.write(data)

    def commit(self) -> None:
        """Move the file to its path."""
        self._file.close()
        try:
            self._move()
        except FileNotFoundError as error:
            raise another_run() from error

    def _move(self) -> None:
        from fsspec import AbstractFileSystem

        if type(self._fs).mv is not AbstractFileSystem.mv:
            self._fs.mv(self._part, self._path)
        else:
            # Not fsspec's own `mv`, which does the same but reads [ and * in a name as a pattern.
            self._fs.cp_file(self._part, self._path)
            self._fs.rm_file(self._part)

    def discard(self) -> None:
        """Remove the hidden file."""
        with suppress(Exception):
            self._file.close()
        with suppress(FileNotFoundError):
            self._fs.rm_file(self._part)
