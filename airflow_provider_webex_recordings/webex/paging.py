"""From page to page: reading a page, and following its next link."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, quote, urldefrag, urljoin, urlsplit

import msgspec

from airflow_provider_webex_recordings.webex.errors import WebexLinkError, WebexProtocolError
from airflow_provider_webex_recordings.webex.messages import Recording, Response


def read_object(response: Response) -> dict[str, Any]:
    """Decode an answer that must be a JSON object.

    :raises WebexProtocolError: where it is none; worth another attempt
    """
    body, problem = _decoded(response.body)
    if problem is None and not isinstance(body, dict):
        problem = f"is a JSON {type(body).__name__}, not an object"
    if problem is not None:
        raise _unreadable(response, problem)
    return body  # type: ignore[no-any-return]


def _decoded(body: bytes) -> tuple[Any, str | None]:
    """Return the value of a body, or what is wrong with it.

    The decoders' own errors hold the whole body, in which a token may stand, so nothing is raised from them.
    """
    try:
        return msgspec.json.decode(body), None
    except (ValueError, RecursionError):
        pass
    try:
        # The standard library also reads a byte order mark, and half of a surrogate pair, which a topic that was cut
        # in the middle of an emoji contains.
        return json.loads(body.decode("utf-8-sig")), None
    except (ValueError, RecursionError) as error:
        return None, f"is no JSON ({error})"


def read_page(response: Response) -> list[Recording]:
    """Return a page's recordings. An answer without a list of them is an error, never an empty page."""
    items = read_object(response).get("items")
    if not isinstance(items, list) or not set(map(type, items)) <= {dict}:
        raise _unreadable(response, "has no list of recordings in `items`")
    return items


def _unreadable(response: Response, problem: str) -> WebexProtocolError:
    kind = response.header("content-type") or "no content type"
    return WebexProtocolError(
        f"the answer ({response.status}, {kind}, {len(response.body)} bytes) {problem}",
        response.header("trackingid") or "",
    )


# https://www.rfc-editor.org/rfc/rfc8288#section-3; a quote that is never closed ends with the header, so that a
# damaged header neither hides its link nor takes more than linear time.
_LINK = re.compile(r'<(?P<target>[^<>]*)>(?P<params>(?:[^,"<]|"(?:\\.|[^"\\])*(?:"|\\?$))*)')
_PARAM = re.compile(
    r';\s*(?P<name>[^\s=;,"]+)\s*(?:=\s*(?:"(?P<quoted>(?:\\.|[^"\\])*)(?:"|\\?$)|(?P<token>[^\s;,"]*)))?'
)
_ESCAPED = re.compile(r"\\(.)")


def links(response: Response) -> Iterator[tuple[str, dict[str, str]]]:
    """Read every link of every Link header: its target as given, its parameters by lower-case name."""
    for value in response.header_values("link"):
        for link in _LINK.finditer(value):
            params: dict[str, str] = {}
            for param in _PARAM.finditer(link["params"]):
                text = param["token"] or _ESCAPED.sub(r"\1", param["quoted"] or "")
                params.setdefault(param["name"].lower(), text)
            yield link["target"].strip(), params


_DOUBLED_SCHEME = re.compile(r"^(https?),\1://", re.IGNORECASE)
_MISSING_SIZE = re.compile(r"(?<=[?&]max=)(?:null)?(?=&|$)")


def next_link(response: Response, request_url: str, page_size: int) -> str | None:
    """Return the URL of the next page, None on the last one.

    It is followed as given, but for a doubled scheme and for ``max=null``, both seen at Webex. A link whose `anchor`
    says that it belongs to another page counts only where there is no other: a page too many is better than one lost.

    :param request_url: the URL that was asked; relative links resolve against it
    :param page_size: what to put in the place of ``null``
    :raises WebexLinkError: where following it would take the token to another origin
    """
    found = [(target, params) for target, params in links(response) if "next" in params.get("rel", "").lower().split()]
    for target, _ in sorted(found, key=lambda link: _is_about_another_page(link[1].get("anchor"), request_url)):
        target = _DOUBLED_SCHEME.sub(r"\1://", target)
        url = same_origin(target, request_url, "next link", response)
        return _MISSING_SIZE.sub(str(page_size), url)
    return None


def _is_about_another_page(anchor: str | None, request_url: str) -> bool:
    return anchor is not None and _resolve(anchor, request_url) != request_url


def same_origin(target: str, request_url: str, what: str, response: Response) -> str:
    """Return the URL that a target means, if it has the scheme, host and port of the request.

    :param what: what names the target, for the error
    :param response: the answer that does
    :raises WebexLinkError: where it leads elsewhere, or is no URL that everyone reads alike
    """
    if _is_plainly_within(target, request_url):
        return target
    url = _resolve(target, request_url)
    if url is None or _origin(url) != _origin(request_url):
        raise WebexLinkError(
            f"the {what} leads to {shown(url or target) or 'no URL'}, another origin than {shown(request_url)}; it was "
            "not followed and the token was not sent there",
            response.header("trackingid") or "",
        )
    return url


# Printable, without a backslash, a fragment or anything empty that `_resolve` could leave out.
_PLAIN = re.compile(r'[!"$-:<-\[\]-~]+(?<!\?)')


def _is_plainly_within(target: str, request_url: str) -> bool:
    """Tell whether a target begins with the origin of the request and means what it says, as nearly every one does."""
    scheme, _, rest = request_url.partition("://")
    origin = f"{scheme}://{rest.partition('/')[0]}/"
    return target.startswith(origin) and _PLAIN.fullmatch(target) is not None


_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


def _resolve(target: str, request_url: str) -> str | None:
    """Return a target as a whole URL without fragment, None where it is none that all programs read alike.

    What may not stand in a URL is percent-encoded, byte by byte as it came, so that both HTTP libraries send the same.
    """
    if "\\" in target:
        return None
    try:
        return urldefrag(urljoin(request_url, quote(target, safe=_PRINTABLE, encoding="latin-1"))).url
    except ValueError:
        return None


def _origin(url: str) -> tuple[str, str | None, int | None] | None:
    try:
        parts: SplitResult = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None
    return None if "@" in parts.netloc else (parts.scheme, parts.hostname, port)


def shown(url: str) -> str:
    """Return scheme and host of a URL, as they may stand in a message: user, path and query can hold secrets."""
    origin = re.match(r"(?:[\w+.-]*:)?(?:[/\\]{2}[^/\\?#]*)?", url)
    return re.sub(r"[^/\\]*@", "***@", origin[0] if origin else "")[:200]


def page_size_of(url: str) -> int | None:
    """Return the `max` that a URL asks for, None where it carries none."""
    found = re.search(r"(?<=[?&]max=)[0-9]+(?=&|$)", url)
    return int(found[0]) if found else None


def with_page_size(url: str, page_size: int) -> str:
    """Return the URL with another `max` in the place of its own, all else untouched."""
    return re.sub(r"(?<=[?&]max=)[0-9]+(?=&|$)", str(page_size), url)
