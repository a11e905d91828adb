"""A file on local disk, written next to its path and then renamed."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from airflow_provider_webex_recordings.storage.atomic.errors import another_run
from airflow_provider_webex_recordings.storage.atomic.links import follow_links
from airflow_provider_webex_recordings.storage.atomic.modes import create_private, mode_of_new_files, take_over
from airflow_provider_webex_recordings.storage.atomic.part_names import is_part_of, part_name


class PendingLocalFile:
    """A hidden file in the folder of the path, because a rename is a single step only within one file system.

    Until it is complete, only its owner may read it.
    """

    def __init__(self, path: Path) -> None:
        # A rename would replace a symbolic link itself, not the file it points to.
        self._path = follow_links(path)
        if self._path.exists() and not self._path.is_file():
            raise IsADirectoryError(str(path))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        for stale in self._path.parent.iterdir():
            if is_part_of(self._path.name, stale.name):
                stale.unlink(missing_ok=True)
        self._new_mode = mode_of_new_files(self._path.with_name(part_name(self._path.name)))
        self._part = self._path.with_name(part_name(self._path.name))
        self._file = os.fdopen(create_private(self._part), "wb")

    def write(self, data: bytes) -> None:
        """Append data."""
        self._file.write(data)

    def commit(self) -> None:
        """Rename the file once the disk has all of it."""
        self._file.flush()
        # A full disk may show as late as here.
        os.fsync(self._file.fileno())
        take_over(self._file.fileno(), self._path, self._new_mode)
        self._file.close()
        try:
            self._part.replace(self._path)
        except FileNotFoundError as error:
            raise another_run() from error
        self._flush_folder()

    def discard(self) -> None:
        """Remove the hidden file."""
        with suppress(OSError):
            self._file.close()
        self._part.unlink(missing_ok=True)

    def _flush_folder(self) -> None:
        """Make the new name survive a power failure; not every network file system can promise it."""
        with suppress(OSError):
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
