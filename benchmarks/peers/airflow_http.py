"""Airflow's own HTTP operator and hook, with a connection from the environment (`benchmarks.client` sets it)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from airflow.providers.http.hooks.http import HttpHook
from airflow.providers.http.operators.http import HttpOperator
from requests import Response

from benchmarks.peers import Job

CONNECTION = "webex_http"


def _next_page(response: Response) -> dict[str, Any] | None:
    following = response.links.get("next")
    return {"data": dict(parse_qsl(urlsplit(following["url"]).query))} if following else None


def _items(responses: list[Response]) -> Iterator[dict[str, Any]]:
    for response in responses:
        yield from response.json()["items"]


def _run_operator(job: Job, response_filter: Callable[[Any], Any]) -> Any:
    operator = HttpOperator(
        task_id="list_recordings",
        http_conn_id=CONNECTION,
        endpoint=urlsplit(job.url).path,
        method="GET",
        data=job.params,
        pagination_function=_next_page,
        response_filter=response_filter,
    )
    return operator.execute({})


def list_http_operator(job: Job) -> list[dict[str, Any]]:
    """What the operator would push to XCom; it holds all answers until the last one is there."""
    return _run_operator(job, lambda responses: list(_items(_as_list(responses))))


def write_http_operator(job: Job, path: Path) -> None:
    """A file written by the `response_filter`."""

    def write(responses: Any) -> None:
        _write(_items(_as_list(responses)), path)

    _run_operator(job, write)


def _as_list(responses: Any) -> list[Response]:
    return responses if isinstance(responses, list) else [responses]


def list_http_hook(job: Job) -> Iterator[dict[str, Any]]:
    """A hook's `run` for each page, as a `@task` has it."""
    hook = HttpHook(method="GET", http_conn_id=CONNECTION)
    path, params = urlsplit(job.url).path, job.params
    while True:
        response = hook.run(path, data=params)
        yield from response.json()["items"]
        following = response.links.get("next")
        if following is None:
            return
        params = dict(parse_qsl(urlsplit(following["url"]).query))


def write_http_hook(job: Job, path: Path) -> None:
    """A line at a time, as the recordings come."""
    _write(list_http_hook(job), path)


def _write(recordings: Iterator[dict[str, Any]], path: Path) -> None:
    with path.open("w") as file:
        for recording in recordings:
            file.write(json.dumps(recording) + "\n")
