"""The kinds of storage a file may go to, each seen from outside: what is in a folder, hidden things included."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

from airflow.providers.common.compat.sdk import ObjectStoragePath
from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

try:
    from airflow.sdk.io import attach
except ImportError:
    from airflow.io.store import attach


class RenamingStore(LocalFileSystem):
    """A store that ignores autocommit, makes no folders by itself, and renames: like SFTP.

    `full_at`: the step at which it has no space left, "close" or "move".
    """

    full_at = ""

    def _open(self, path: str, mode: str = "rb", block_size: int | None = None, **options: Any) -> Any:
        file = super()._open(path, mode, block_size, **{**options, "autocommit": True})
        if self.full_at == "close":
            file.close = _no_space
        return file

    def mv(self, path1: str, path2: str, **options: Any) -> None:
        if self.full_at == "move":
            _no_space()
        super().mv(path1, path2, **options)


class CopyingStore(RenamingStore):
    """A store that ignores autocommit and can move a file only by copying it: like Azure."""

    mv = AbstractFileSystem.mv

    def cp_file(self, path1: str, path2: str, **options: Any) -> None:
        if self.full_at == "move":
            _no_space()
        super().cp_file(path1, path2, **options)


def _no_space() -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


@dataclass
class Store:
    """A folder in some storage.

    :param leave: leaves in the folder what a killed writer of a name does
    """

    folder: ObjectStoragePath
    leave: Callable[[str], None]

    @property
    def fs(self) -> Any:
        return self.folder.fs

    def files(self) -> dict[str, bytes]:
        """Everything in the folder, by name."""
        self.fs.invalidate_cache()
        start = len(self.folder.path.rstrip("/")) + 1
        return {name[start:]: self.fs.cat_file(name) for name in self.fs.find(self.folder.path)}

    def uploads(self) -> list[str]:
        """The keys of unfinished uploads."""
        if not hasattr(self.fs, "call_s3"):
            return []
        return [upload["Key"] for upload in self.fs.list_multipart_uploads(self.folder.path.split("/")[0])]


def local_store(folder: Path) -> Store:
    folder.mkdir()
    path = ObjectStoragePath(f"file://{folder}")
    return Store(path, lambda name: _leave_file(path, name))


def memory_store(folder: Path) -> Store:
    return _attached(MemoryFileSystem(), Path(f"/{uuid4().hex}"))


def renaming_store(folder: Path) -> Store:
    folder.mkdir()
    return _attached(RenamingStore(skip_instance_cache=True), folder)


def copying_store(folder: Path) -> Store:
    folder.mkdir()
    return _attached(CopyingStore(skip_instance_cache=True), folder)


def s3_store(connection: str) -> Store:
    """A new bucket."""
    bucket = ObjectStoragePath(f"s3://{connection}@archive-{uuid4().hex}")
    bucket.fs.mkdir(bucket.path)
    folder = bucket / "webex"
    return Store(
        folder,
        lambda name: folder.fs.call_s3("create_multipart_upload", Bucket=bucket.path.strip("/"), Key=f"webex/{name}"),
    )


def _attached(fs: AbstractFileSystem, folder: Path) -> Store:
    """A store that Airflow knows by a connection id: its paths look like memory's, and lead where we want."""
    conn_id = uuid4().hex
    attach("memory", conn_id=conn_id, fs=fs)
    path = ObjectStoragePath(f"memory://{conn_id}@{folder}")
    return Store(path, lambda name: _leave_file(path, name))


def _leave_file(folder: ObjectStoragePath, name: str) -> None:
    folder.fs.pipe_file(f"{folder.path}/.{name}.part-0123abcd", b"half of it")
