"""What people write by hand: `requests`, the standard library's JSON, and the Link header."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from benchmarks.peers import Job


def list_naive_loop(job: Job) -> list[dict[str, Any]]:
    """`requests.get` for each page, and a list in memory."""
    recordings = []
    response = requests.get(job.url, params=job.params, headers=job.headers, timeout=60)
    while True:
        response.raise_for_status()
        recordings.extend(response.json()["items"])
        if "next" not in response.links:
            return recordings
        response = requests.get(response.links["next"]["url"], headers=job.headers, timeout=60)


def write_naive_loop(job: Job, path: Path) -> None:
    """All of the list, once it is complete."""
    recordings = list_naive_loop(job)
    with path.open("w") as file:
        for recording in recordings:
            file.write(json.dumps(recording) + "\n")


def list_session_loop(job: Job) -> Iterator[dict[str, Any]]:
    """One Session, a generator: the best that is commonly written by hand."""
    with requests.Session() as session:
        session.headers.update(job.headers)
        response = session.get(job.url, params=job.params, timeout=60)
        while True:
            response.raise_for_status()
            yield from response.json()["items"]
            if "next" not in response.links:
                return
            response = session.get(response.links["next"]["url"], timeout=60)


def write_session_loop(job: Job, path: Path) -> None:
    """A line at a time, as the recordings come."""
    with path.open("w") as file:
        for recording in list_session_loop(job):
            file.write(json.dumps(recording) + "\n")
