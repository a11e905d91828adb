"""Symbolic links on the way to a file: those of the worker's own user and root's are followed, no others."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import ObjectStoragePath

from airflow_provider_webex_recordings.storage import FORMATS, replacing, write_recordings
from airflow_provider_webex_recordings.webex.errors import WebexInputError

NOBODY, STRANGER = 65534, 1234
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives links to others")


def put(path: Path) -> None:
    with replacing(ObjectStoragePath(f"file://{path}")) as file:
        file.write(b"new")


def link(path: Path, target: Path | str, owner: int | None = None) -> Path:
    path.symlink_to(target)
    if owner is not None:
        os.lchown(path, owner, owner)
    return path


@pytest.mark.parametrize("relative", [True, False])
def test_a_link_of_our_own_stays_and_the_file_it_leads_to_is_replaced(tmp_path: Path, relative: bool) -> None:
    (tmp_path / "real").mkdir()
    real = tmp_path / "real" / "day.jsonl"
    real.write_text("old")
    link(tmp_path / "folder", "real" if relative else tmp_path / "real")
    link(tmp_path / "real" / "latest.jsonl", "../folder/day.jsonl" if relative else tmp_path / "folder" / "day.jsonl")

    put(tmp_path / "folder" / "latest.jsonl")

    assert (tmp_path / "real" / "latest.jsonl").is_symlink()
    assert not real.is_symlink()
    assert real.read_text() == "new"


def test_a_link_to_what_is_not_there_yet_leads_to_the_new_file(tmp_path: Path) -> None:
    link(tmp_path / "latest.jsonl", "deep/er/day.jsonl")

    put(tmp_path / "latest.jsonl")

    assert (tmp_path / "deep" / "er" / "day.jsonl").read_text() == "new"


def test_links_in_a_circle_are_an_error_that_names_the_path(tmp_path: Path) -> None:
    link(tmp_path / "day.jsonl", "other.jsonl")
    link(tmp_path / "other.jsonl", "day.jsonl")

    with pytest.raises(OSError, match=r"Too many levels of symbolic links: 'file://.*/day\.jsonl'"):
        put(tmp_path / "day.jsonl")


@needs_root
@pytest.mark.parametrize("place", ["file", "folder", "behind another", "to nothing"])
def test_a_link_of_another_user_is_refused_before_the_first_page(tmp_path: Path, place: str) -> None:
    victim = tmp_path / "home" / "victim.conf"
    victim.parent.mkdir()
    victim.write_text("precious")
    planted = {
        "file": lambda: link(tmp_path / "planted.conf", victim, STRANGER),
        "folder": lambda: link(tmp_path / "planted", victim.parent, STRANGER),
        "behind another": lambda: link(tmp_path / "planted.conf", victim, STRANGER),
        "to nothing": lambda: link(tmp_path / "planted.conf", victim.parent / "new.conf", STRANGER),
    }[place]()
    path = planted / "victim.conf" if place == "folder" else planted
    if place == "behind another":
        path = link(tmp_path / "latest.jsonl", planted)

    with pytest.raises(WebexInputError, match=re.escape(str(planted))) as raised:
        write_recordings(ObjectStoragePath(f"file://{path}"), unasked(), FORMATS["jsonl"], {})

    assert raised.value.field == "output_path"
    assert "another user (id 1234)" in str(raised.value)
    assert "give the path that it leads to" in str(raised.value)
    assert victim.read_text() == "precious"
    assert [found.name for found in victim.parent.iterdir()] == ["victim.conf"]


def unasked() -> Iterator[list[Any]]:
    """Pages that must not be asked for."""
    pytest.fail("a page was asked for")
    yield []


@needs_root
def test_a_worker_that_is_not_root_follows_roots_links_and_its_own(open_folder: Path) -> None:
    folder = open_folder / "folder"
    folder.mkdir()
    os.chown(folder, NOBODY, NOBODY)
    link(open_folder / "of_root", folder, 0)
    link(folder / "own.jsonl", "day.jsonl", NOBODY)
    link(folder / "strange.jsonl", "day.jsonl", STRANGER)

    os.seteuid(NOBODY)
    try:
        put(open_folder / "of_root" / "own.jsonl")
        with pytest.raises(WebexInputError, match=r"strange\.jsonl"):
            put(open_folder / "of_root" / "strange.jsonl")
    finally:
        os.seteuid(0)

    assert (folder / "day.jsonl").read_text() == "new"
