"""From page to page: reading a page, and following its next link."""

from __future__ import annotations

import re
from collections.abc import Iterator

from airflow_provider_webex_recordings.webex.messages import Response
from airflow_provider_webex_recordings.webex.recording import Recording
from airflow_provider_webex_recordings.webex.sending.origin import resolve, same_origin
from airflow_provider_webex_recordings.webex.sending.reading import read_object, unreadable


def read_page(response: Response) -> list[Recording]:
    """Return a page's recordings. An answer without a list of them is an error, never an empty page."""
    items = read_object(response).get("items")
    if not isinstance(items, list) or not set(map(type, items)) <= {dict}:
        raise unreadable(response, "has no list of recordings in `items`")
    return items


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
    return anchor is not None and resolve(anchor, request_url) != request_url


def page_size_of(url: str) -> int | None:
    """Return the `max` that a URL asks for, None where it carries none."""
    found = re.search(r"(?<=[?&]max=)[0-9]+(?=&|$)", url)
    return int(found[0]) if found else None


def with_page_size(url: str, page_size: int) -> str:
    """Return the URL with another `max` in the place of its own, all else untouched."""
    return re.sub(r"(?<=[?&]max=)[0-9]+(?=&|$)", str(page_size), url)
