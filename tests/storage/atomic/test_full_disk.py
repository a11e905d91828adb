"""A full disk: at a write, and as late as at the end."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import ObjectStoragePath

from airflow_provider_webex_recordings.storage import FORMATS, write_recordings

MEGABYTE = 2**20


def pages(count: int) -> Iterator[list[Any]]:
    """Some 1 kB a page, badly compressible."""
    for number in range(count):
        yield [{"id": str(number), "topic": os.urandom(512).hex()}]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("may not mount a file system here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("name", FORMATS)
def test_a_disk_that_fills_up_keeps_the_old_file(small_disk: Path, name: str) -> None:
    path = ObjectStoragePath(f"file://{small_disk}/day.{name}")
    write_recordings(path, pages(100), FORMATS[name], {})
    before = (small_disk / f"day.{name}").read_bytes()

    with pytest.raises(OSError, match=rf"No space left on device.*day\.{name}") as raised:
        write_recordings(path, pages(3000), FORMATS[name], {})

    assert raised.value.errno == errno.ENOSPC
    assert {file.name: file.read_bytes() for file in small_disk.iterdir()} == {f"day.{name}": before}
    write_recordings(path, pages(100), FORMATS[name], {})


def write_with_a_limit(path: str, answer: Any) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (MEGABYTE, MEGABYTE))
    try:
        write_recordings(ObjectStoragePath(path), pages(3000), FORMATS["jsonl"], {})
    except OSError as error:
        answer.send(error.errno)


def test_a_limit_on_the_size_of_files_keeps_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "day.jsonl").write_text("the old one")
    receiving, sending = get_context("fork").Pipe(duplex=False)
    # A limit cannot be taken back, so it is set in a process of its own.
    process = get_context("fork").Process(target=write_with_a_limit, args=(f"file://{tmp_path}/day.jsonl", sending))
    process.start()
    process.join()

    assert receiving.poll()
    assert receiving.recv() == errno.EFBIG
    assert [file.name for file in tmp_path.iterdir()] == ["day.jsonl"]
    assert (tmp_path / "day.jsonl").read_text() == "the old one"


@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_a_disk_that_fails_at_the_end_keeps_the_old_file(
    tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quota, or a disk behind a network, may be found full as late as at the end."""
    (tmp_path / "day.jsonl").write_text("the old one")

    def full(*_: object) -> None:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), full)
    with pytest.raises(OSError, match=r"Disk quota exceeded.*day\.jsonl"):
        write_recordings(ObjectStoragePath(f"file://{tmp_path}/day.jsonl"), pages(1), FORMATS["jsonl"], {})
    monkeypatch.undo()

    assert [file.name for file in tmp_path.iterdir()] == ["day.jsonl"]
    assert (tmp_path / "day.jsonl").read_text() == "the old one"


def test_the_file_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a loss of power there must be no empty file under the name."""
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda file: (steps.append("fsync"), fsync(file)))
    monkeypatch.setattr(Path, "replace", lambda part, path: (steps.append("rename"), replace(part, path))[1])

    write_recordings(ObjectStoragePath(f"file://{tmp_path}/day.jsonl"), pages(1), FORMATS["jsonl"], {})

    assert steps == ["fsync", "rename", "fsync"]
