"""Storages for tests."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.stores import Store, copying_store, local_store, memory_store, renaming_store, s3_store


@pytest.fixture(params=["local", "s3", "memory", "renaming", "copying"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A folder in each kind of storage."""
    if request.param == "s3":
        return s3_store(request.getfixturevalue("s3"))
    makers = {"local": local_store, "memory": memory_store, "renaming": renaming_store, "copying": copying_store}
    return makers[request.param](tmp_path / "folder")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can reach; pytest's own are for one user only."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
