"""Who may read a result on local disk: never more than the file before it allowed, or than any new file allows."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from airflow.providers.common.compat.sdk import ObjectStoragePath

from airflow_provider_webex_recordings.storage import replacing

NOBODY, STRANGER, GROUP = 65534, 1234, 4242
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")


@pytest.fixture(autouse=True, params=[0o022, 0o027, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@contextmanager
def as_nobody() -> Iterator[None]:
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def put(path: Path) -> None:
    with replacing(ObjectStoragePath(f"file://{path}")) as file:
        file.write(b"new")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_not_complete_is_for_its_owner_only(tmp_path: Path) -> None:
    """So a killed run leaves nothing that others can read."""
    (tmp_path / "day.jsonl").touch(0o644)
    with replacing(ObjectStoragePath(f"file://{tmp_path}/day.jsonl")) as file:
        file.write(b"x" * 2**20)
        (part,) = tmp_path.glob(".*")
        assert mode(part) == 0o600


def test_a_new_file_has_the_mode_that_the_umask_gives(tmp_path: Path, umask: int) -> None:
    put(tmp_path / "date=2026-11-01" / "day.jsonl")

    assert mode(tmp_path / "date=2026-11-01" / "day.jsonl") == 0o666 & ~umask
    assert mode(tmp_path / "date=2026-11-01") == 0o777 & ~umask
    assert [path.name for path in (tmp_path / "date=2026-11-01").iterdir()] == ["day.jsonl"]


@pytest.mark.parametrize("before", [0o600, 0o640, 0o444, 0o666], ids=oct)
def test_a_file_keeps_the_mode_that_somebody_gave_it(tmp_path: Path, before: int) -> None:
    path = tmp_path / "day.jsonl"
    path.touch()
    path.chmod(before)

    put(path)

    assert path.read_bytes() == b"new"
    assert mode(path) == before


def test_behind_a_link_the_file_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "day.jsonl").touch(0o600)
    (tmp_path / "latest.jsonl").symlink_to("day.jsonl")

    put(tmp_path / "latest.jsonl")

    assert mode(tmp_path / "day.jsonl") == 0o600


@needs_root
def test_a_file_keeps_its_group(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    path.touch()
    path.chmod(0o640)
    os.chown(path, 0, GROUP)

    put(path)

    assert (path.stat().st_gid, mode(path)) == (GROUP, 0o640)


@needs_root
def test_what_a_group_was_allowed_is_not_for_another_one(open_folder: Path) -> None:
    path = open_folder / "day.jsonl"
    path.touch()
    path.chmod(0o660)
    os.chown(open_folder, NOBODY, GROUP)
    os.chown(path, NOBODY, GROUP)

    # Who is no member of the group cannot give a file to it.
    with as_nobody():
        put(path)

    assert path.stat().st_gid != GROUP
    assert mode(path) == 0o600


@needs_root
def test_a_strangers_file_does_not_open_the_new_one_to_more_than_any_new_file(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "day.jsonl"
    path.touch()
    path.chmod(0o666)
    os.chown(path, STRANGER, GROUP)

    put(path)

    assert path.stat().st_gid != GROUP
    assert mode(path) == 0o666 & ~umask
