"""Webex's SDKs for Python, and dlt's client for REST APIs. Each is imported by its own functions only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.peers import Job


def list_wxc_sdk(job: Job) -> Iterator[Any]:
    """Its own call for converged recordings, which gives pydantic models."""
    from wxc_sdk import WebexSimpleApi
    from wxc_sdk.rest import RestSession

    # Its base URL is no argument.
    RestSession.BASE = job.base_url
    with WebexSimpleApi(tokens=job.token) as api:
        yield from api.converged_recordings.list(from_=job.start, to_=job.end, max=job.page_size)


def write_wxc_sdk(job: Job, path: Path) -> None:
    """Each model's own JSON, with the API's names."""
    with path.open("w") as file:
        for recording in list_wxc_sdk(job):
            file.write(recording.model_dump_json(by_alias=True, exclude_unset=True) + "\n")


def list_webexpythonsdk(job: Job) -> Iterator[dict[str, Any]]:
    """Its session's `get_items`: it has no call for converged recordings."""
    from webexpythonsdk import WebexAPI

    api = WebexAPI(access_token=job.token, base_url=f"{job.base_url}/")
    return api.recordings._session.get_items("convergedRecordings", params=job.params)


def write_webexpythonsdk(job: Job, path: Path) -> None:
    """A line at a time, as the recordings come."""
    with path.open("w") as file:
        for recording in list_webexpythonsdk(job):
            file.write(json.dumps(recording) + "\n")


def _dlt_pages(job: Job) -> Iterator[list[dict[str, Any]]]:
    from dlt.sources.helpers.rest_client import RESTClient
    from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
    from dlt.sources.helpers.rest_client.paginators import HeaderLinkPaginator

    client = RESTClient(
        job.base_url, auth=BearerTokenAuth(job.token), paginator=HeaderLinkPaginator(), data_selector="items"
    )
    yield from client.paginate("convergedRecordings", params=job.params)


def list_dlt(job: Job) -> Iterator[dict[str, Any]]:
    """`paginate` with the paginator for Link headers."""
    for page in _dlt_pages(job):
        yield from page


def write_dlt(job: Job, path: Path) -> None:
    """The JSON of dlt itself, a line at a time."""
    from dlt.common import json as dlt_json

    with path.open("wb") as file:
        for page in _dlt_pages(job):
            for recording in page:
                file.write(dlt_json.dumpb(recording) + b"\n")
