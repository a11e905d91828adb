"""Loops that do nothing but fetch and decode pages: no retries, no checks, no renewal, no regard to what may go wrong.

Nobody should use them; they show how much time is left to save.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from benchmarks.peers import Job

Page = list[dict[str, Any]]

NEXT = re.compile(r'<([^>]*)>; rel="next"')
RAW_NEXT = re.compile(rb'\r\nlink: <http://[^/]*([^>]*)>; rel="next"')
RAW_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)")
ENCODER = msgspec.json.Encoder()


def _items(body: bytes) -> Page:
    return msgspec.json.decode(body)["items"]


def _write(pages: Iterator[Page], path: Path) -> None:
    with path.open("wb") as file:
        for page in pages:
            file.write(ENCODER.encode_lines(page))


def _flat(pages: Callable[[Job], Iterator[Page]]) -> Callable[[Job], Iterator[dict[str, Any]]]:
    return lambda job: (recording for page in pages(job) for recording in page)


def requests_pages(job: Job) -> Iterator[Page]:
    """One prepared request, whose URL is replaced."""
    import requests

    with requests.Session() as session:
        session.trust_env = False
        request = session.prepare_request(requests.Request("GET", job.url, params=job.params, headers=job.headers))
        while True:
            response = session.send(request)
            yield _items(response.content)
            if "next" not in response.links:
                return
            request.url = response.links["next"]["url"]


def urllib3_pages(job: Job) -> Iterator[Page]:
    """What `requests` stands on, alone."""
    import urllib3

    url = f"{job.url}?{urlencode(job.params)}"
    with urllib3.PoolManager() as pool:
        while True:
            response = pool.request("GET", url, headers=job.headers)
            yield _items(response.data)
            following = NEXT.search(response.headers.get("link", ""))
            if following is None:
                return
            url = following[1]


def socket_pages(job: Job) -> Iterator[Page]:
    """A socket, and as little HTTP as this one server needs."""
    parts = urlsplit(job.url)
    target = f"{parts.path}?{urlencode(job.params)}".encode()
    rest = f" HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {job.token}\r\n\r\n".encode()
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        while True:
            connection.sendall(b"GET " + target + rest)
            data = connection.recv(1 << 18)
            head, _, body = data.partition(b"\r\n\r\n")
            length = int(RAW_LENGTH.search(head)[1])  # type: ignore[index]
            while len(body) < length:
                body += connection.recv(1 << 18)
            yield _items(body)
            following = RAW_NEXT.search(head)
            if following is None:
                return
            target = following[1]


list_bare_requests = _flat(requests_pages)
list_bare_urllib3 = _flat(urllib3_pages)
list_bare_socket = _flat(socket_pages)


def write_bare_requests(job: Job, path: Path) -> None:
    """A page at a time."""
    _write(requests_pages(job), path)


def write_bare_urllib3(job: Job, path: Path) -> None:
    """A page at a time."""
    _write(urllib3_pages(job), path)


def write_bare_socket(job: Job, path: Path) -> None:
    """A page at a time."""
    _write(socket_pages(job), path)
