"""On every kind of storage a path holds the old file or the new one, and nothing is left beside it."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import ObjectStoragePath

from airflow_provider_webex_recordings.storage import FORMATS, replacing, write_recordings
from airflow_provider_webex_recordings.webex.errors import WebexInputError
from tests.helpers.stores import Store, local_store, s3_store

BLOCK = b"x" * 2**20
# Nothing sent yet, one block begun, some blocks sent.
SIZES = pytest.mark.parametrize("blocks", [0, 1, 12])


def put(path: ObjectStoragePath, data: bytes) -> None:
    with replacing(path) as file:
        file.write(data)


@SIZES
def test_a_file_appears_whole_when_the_block_ends(store: Store, blocks: int) -> None:
    put(store.folder / "day.jsonl", b"the old one")

    with replacing(store.folder / "day.jsonl") as file:
        for _ in range(blocks):
            file.write(BLOCK)
        seen = store.files()

    assert seen.pop("day.jsonl") == b"the old one"
    assert all(name.startswith(".day.jsonl.part-") for name in seen)
    assert store.files() == {"day.jsonl": blocks * BLOCK}
    assert store.uploads() == []
    assert file.size == blocks * len(BLOCK)


@SIZES
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_error_leaves_the_old_file_and_nothing_beside_it(
    store: Store, blocks: int, error: type[BaseException]
) -> None:
    put(store.folder / "day.jsonl", b"the old one")

    with pytest.raises(error), replacing(store.folder / "day.jsonl") as file:
        for _ in range(blocks):
            file.write(BLOCK)
        raise error
    del file
    gc.collect()

    assert store.files() == {"day.jsonl": b"the old one"}
    assert store.uploads() == []


@SIZES
def test_an_error_on_a_first_run_leaves_nothing(store: Store, blocks: int) -> None:
    with pytest.raises(ValueError, match="page 7"), replacing(store.folder / "day.jsonl") as file:
        for _ in range(blocks):
            file.write(BLOCK)
        raise ValueError("page 7")

    assert store.files() == {}
    assert store.uploads() == []


def test_the_next_run_removes_what_a_killed_one_left_and_nothing_of_others(store: Store) -> None:
    others = ["day.jsonl.gz", "other.jsonl", "dayxjsonl", "day.jsonl.part-0123abcd", "x.day.jsonl"]
    for name in ["day.jsonl", *others]:
        store.leave(name)
    left = (store.files(), sorted(store.uploads()))
    assert len(left[0]) + len(left[1]) == 6

    put(store.folder / "day.jsonl", b"new")

    for name in others:
        put(store.folder / "elsewhere" / name, b"")
    files, uploads = left
    files.pop(".day.jsonl.part-0123abcd", None)
    assert store.files() == files | {"day.jsonl": b"new"} | {f"elsewhere/{name}": b"" for name in others}
    assert sorted(store.uploads()) == [key for key in uploads if key != "webex/day.jsonl"]


def test_the_next_run_cleans_up_even_when_it_fails(store: Store) -> None:
    store.leave("day.jsonl")

    with pytest.raises(ValueError, match="no luck"), replacing(store.folder / "day.jsonl"):
        raise ValueError("no luck")

    assert store.files() == {}
    assert store.uploads() == []


# What S3 answers to such a writer stands in test_s3.py; moto does not know.
@pytest.mark.parametrize("store", ["local", "memory", "renaming", "copying"], indirect=True)
def test_of_two_writers_the_later_one_wins_and_the_earlier_one_learns_of_it(store: Store) -> None:
    path = store.folder / "day.jsonl"

    with pytest.raises(OSError, match="another run started writing to the same path"), replacing(path) as earlier:
        for _ in range(5):
            earlier.write(BLOCK)
        put(path, b"the later one's")

    assert store.files() == {"day.jsonl": b"the later one's"}
    assert store.uploads() == []


def test_names_that_look_like_patterns_are_names(store: Store) -> None:
    for name in ("a[1]b.jsonl", "a*b?.jsonl", "a1b.jsonl"):
        put(store.folder / "task[1]" / name, name.encode())
        put(store.folder / "task[1]" / name, name.encode())

    assert store.files() == {f"task[1]/{name}": name.encode() for name in ("a[1]b.jsonl", "a*b?.jsonl", "a1b.jsonl")}


def test_a_path_that_is_a_folder_is_refused_before_any_page_is_asked_for(store: Store) -> None:
    put(store.folder / "folder" / "day.jsonl", b"in it")

    with pytest.raises(WebexInputError, match="is a folder") as raised:
        write_recordings(store.folder / "folder", unasked(), FORMATS["jsonl"], {})

    assert str(store.folder / "folder") in str(raised.value)
    assert store.files() == {"folder/day.jsonl": b"in it"}


def unasked() -> Iterator[list[Any]]:
    """Pages that must not be asked for."""
    pytest.fail("a page was asked for")
    yield []


def test_a_bucket_that_is_not_there_is_told_before_any_page_is_asked_for(s3: str) -> None:
    with pytest.raises(WebexInputError, match="a bucket or folder that does not exist"):
        write_recordings(ObjectStoragePath(f"s3://{s3}@nowhere/day.jsonl"), unasked(), FORMATS["jsonl"], {})


@pytest.mark.parametrize("key", ["", "/"])
def test_a_bucket_without_a_key_is_refused(s3: str, key: str) -> None:
    store = s3_store(s3)

    with pytest.raises(WebexInputError, match="is a folder"):
        write_recordings(ObjectStoragePath(f"{store.folder.parent}{key}"), unasked(), FORMATS["jsonl"], {})


def test_a_path_through_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")

    for path in ("file/day.jsonl", "file/deeper/day.jsonl"):
        with pytest.raises(WebexInputError, match="uses a file as if it were a folder"):
            write_recordings(ObjectStoragePath(f"file://{tmp_path}/{path}"), unasked(), FORMATS["jsonl"], {})

    assert (tmp_path / "file").read_text() == "kept"


def test_what_is_no_regular_file_is_not_replaced_by_one(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "day.jsonl")

    with pytest.raises(WebexInputError, match="not a file"):
        write_recordings(ObjectStoragePath(f"file://{tmp_path}/day.jsonl"), unasked(), FORMATS["jsonl"], {})

    assert (tmp_path / "day.jsonl").is_fifo()


def test_without_permission_the_error_names_the_path(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o555)
    nobody = 65534
    if os.geteuid() == 0:
        os.seteuid(nobody)
    try:
        with pytest.raises(PermissionError) as raised:
            write_recordings(ObjectStoragePath(f"file://{folder}/day.jsonl"), unasked(), FORMATS["jsonl"], {})
    finally:
        if os.getuid() == 0:
            os.seteuid(0)

    assert str(raised.value) == f"[Errno 13] Permission denied: 'file://{folder}/day.jsonl'"


@pytest.mark.parametrize("store", ["renaming", "copying"], indirect=True)
@pytest.mark.parametrize("step", ["close", "move"])
def test_a_store_that_fails_at_the_end_keeps_the_old_file(store: Store, step: str) -> None:
    put(store.folder / "day.jsonl", b"the old one")
    store.fs.full_at = step

    with pytest.raises(OSError, match=r"No space left.*day\.jsonl"):
        put(store.folder / "day.jsonl", b"new")

    assert store.files() == {"day.jsonl": b"the old one"}


def test_an_error_while_cleaning_up_does_not_hide_the_first_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = local_store(tmp_path / "folder")

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError("not yours")

    with (
        caplog.at_level(logging.WARNING),
        pytest.raises(ValueError, match="the first"),
        replacing(store.folder / "day.jsonl"),
    ):
        monkeypatch.setattr(Path, "unlink", refuse)
        raise ValueError("the first")

    monkeypatch.undo()
    assert "Could not remove the unfinished file" in caplog.text
    put(store.folder / "day.jsonl", b"new")
    assert store.files() == {"day.jsonl": b"new"}
