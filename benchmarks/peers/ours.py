"""Ours: the hook's iterator, and what the operator does with its pages to write a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import ObjectStoragePath

from airflow_provider_webex_recordings import WebexRecordingsHook
from airflow_provider_webex_recordings.storage import FORMATS, write_recordings
from airflow_provider_webex_recordings.webex.windows import TimeWindow
from benchmarks.peers import Job


def _list(job: Job, parallel: int) -> Iterator[Any]:
    with closing(WebexRecordingsHook()) as hook:
        start, end = datetime.fromisoformat(job.start), datetime.fromisoformat(job.end)
        yield from hook.list_recordings(start=start, end=end, page_size=job.page_size, parallel=parallel)


def _write(job: Job, path: Path, parallel: int) -> None:
    with closing(WebexRecordingsHook()) as hook:
        window = TimeWindow(datetime.fromisoformat(job.start), datetime.fromisoformat(job.end))
        pages = hook.list_pages(window, hook.query(), job.page_size, parallel)
        with closing(pages):
            write_recordings(ObjectStoragePath(f"file://{path}"), pages, FORMATS["jsonl"], {})


def list_ours(job: Job) -> Iterator[Any]:
    """One page after the other."""
    return _list(job, 1)


def write_ours(job: Job, path: Path) -> None:
    """One page after the other."""
    _write(job, path, 1)


def list_ours_8(job: Job) -> Iterator[Any]:
    """Eight parts of the window side by side."""
    return _list(job, 8)


def write_ours_8(job: Job, path: Path) -> None:
    """Eight parts of the window side by side."""
    _write(job, path, 8)


def list_ours_16(job: Job) -> Iterator[Any]:
    """As many parts side by side as may be."""
    return _list(job, 16)


def write_ours_16(job: Job, path: Path) -> None:
    """As many parts side by side as may be."""
    _write(job, path, 16)
