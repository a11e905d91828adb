"""From page to page: reading a page, following its next link, and knowing what was seen."""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Hashable, Iterator
from typing import Any
from urllib.parse import SplitResult, urldefrag, urljoin, urlsplit

import msgspec

from airflow_provider_webex_recordings.webex.errors import WebexLinkError, WebexProtocolError
from airflow_provider_webex_recordings.webex.messages import Recording, Response


def read_object(response: Response) -> dict[str, Any]:
    """Decode an answer that must be a JSON object.

    :raises WebexProtocolError: where it is none; worth another attempt
    """
    try:
        body = _decode(response.body)
    except ValueError as error:
        raise _unreadable(response, f"is no JSON ({error})") from error
    if not isinstance(body, dict):
        raise _unreadable(response, f"is a JSON {type(body).__name__}, not an object")
    return body


def _decode(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        # The standard library also reads a byte order mark, and half of a surrogate pair, which a topic that was cut
        # in the middle of an emoji contains.
        return json.loads(body.decode("utf-8-sig"))


def read_page(response: Response) -> list[Recording]:
    """Return a page's recordings. An answer without a list of them is an error, never an empty page."""
    items = read_object(response).get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _unreadable(response, "has no list of recordings in `items`")
    return items


def _unreadable(response: Response, problem: str) -> WebexProtocolError:
    kind = response.header("content-type") or "no content type"
    return WebexProtocolError(
        f"the answer ({response.status}, {kind}, {len(response.body)} bytes) {problem}",
        response.header("trackingid") or "",
    )


# https://www.rfc-editor.org/rfc/rfc8288#section-3
_LINK = re.compile(r'[\s,]*<(?P<target>[^>]*)>(?P<params>(?:[^,"<]|"(?:\\.|[^"\\])*")*)')
_PARAM = re.compile(r';\s*(?P<name>[^\s=;,"]+)\s*(?:=\s*(?:"(?P<quoted>(?:\\.|[^"\\])*)"|(?P<token>[^\s;,"]*)))?')


def links(response: Response) -> Iterator[tuple[str, dict[str, str]]]:
    """Read every link of every Link header: its target as given, its parameters by lower-case name."""
    for value in response.header_values("link"):
        for link in _LINK.finditer(value):
            params: dict[str, str] = {}
            for param in _PARAM.finditer(link["params"]):
                text = param["token"] or re.sub(r"\\(.)", r"\1", param["quoted"] or "")
                params.setdefault(param["name"].lower(), text)
            yield link["target"].strip(), params


def next_link(response: Response, request_url: str, page_size: int) -> str | None:
    """Return the URL of the next page, None on the last one.

    It is followed as given, but for a doubled scheme and for ``max=null``, both seen at Webex.

    :param request_url: the URL that was asked; relative links resolve against it
    :param page_size: what to put in the place of ``null``
    :raises WebexLinkError: where following it would take the token to another origin
    """
    for target, params in links(response):
        if "next" in params.get("rel", "").lower().split():
            target = re.sub(r"^(https?),\1://", r"\1://", target, flags=re.IGNORECASE)
            url = same_origin(urljoin(request_url, target), request_url, "next link")
            return re.sub(r"(?<=[?&]max=)(null)?(?=&|$)", str(page_size), url)
    return None


def same_origin(target: str, request_url: str, what: str) -> str:
    """Return the target without its fragment, if it has the scheme, host and port of the request."""
    if re.search(r"[\s\\\x00-\x1f\x7f]", target) or _origin(target) != _origin(request_url):
        raise WebexLinkError(
            f"the {what} leads to {shown(target)}, another origin than {shown(request_url)}; it was not followed and "
            "the token was not sent there. If this host is meant, make it the API base URL (host) of the connection"
        )
    return urldefrag(target).url


def _origin(url: str) -> tuple[str, str | None, int | None] | None:
    try:
        parts: SplitResult = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None
    return None if "@" in parts.netloc else (parts.scheme, parts.hostname, port)


def shown(url: str) -> str:
    """Return a URL as it may stand in a message: without user, query and fragment, which can hold secrets."""
    parts = re.sub(r"[?#].*", "", url, flags=re.DOTALL)
    return re.sub(r"//[^/@]*@", "//***@", parts)[:200]


def page_size_of(url: str) -> int | None:
    """Return the `max` that a URL asks for, None where it carries none."""
    found = re.search(r"(?<=[?&]max=)[0-9]+(?=&|$)", url)
    return int(found[0]) if found else None


def with_page_size(url: str, page_size: int) -> str:
    """Return the URL with another `max` in the place of its own, all else untouched."""
    return re.sub(r"(?<=[?&]max=)[0-9]+(?=&|$)", str(page_size), url)


class SeenIds:
    """A set of ids in a few bytes each: 64-bit hashes in one open-addressing table.

    A set of str takes some 150 bytes an id, and listings of a hundred thousand must stay in constant memory. Two
    ids of a million share a hash with a probability below one in ten million.
    """

    def __init__(self) -> None:
        self._table = array("q", [0]) * 1024
        self._count = 0

    def add(self, key: Hashable) -> bool:
        """Remember a key; return whether it is new."""
        table = self._table
        mask = len(table) - 1
        digest = hash(key) or 1
        slot = digest & mask
        while (held := table[slot]) != 0:
            if held == digest:
                return False
            slot = (slot + 1) & mask
        table[slot] = digest
        self._count += 1
        if self._count * 2 > mask:
            self._grow()
        return True

    def _grow(self) -> None:
        old, self._table = self._table, array("q", [0]) * (2 * len(self._table))
        mask = len(self._table) - 1
        for digest in old:
            if digest:
                slot = digest & mask
                while self._table[slot]:
                    slot = (slot + 1) & mask
                self._table[slot] = digest

    def __len__(self) -> int:
        return self._count
