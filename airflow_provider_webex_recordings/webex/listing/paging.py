"""From page to page: reading a page, and following its next link."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

from airflow_provider_webex_recordings.webex.messages import Response
from airflow_provider_webex_recordings.webex.recording import Recording
from airflow_provider_webex_recordings.webex.sending.origin import resolve, same_origin
from airflow_provider_webex_recordings.webex.sending.reading import read_object, unreadable


def read_page(response: Response) -> list[Recording]:
    """Return a page's recordings.

    :raises WebexProtocolError: if there is no list of them, which is not an empty page, or if a Link header may name a
        next page and cannot be read, which is not the last page; worth another attempt
    """
    items = read_object(response).get("items")
    if not isinstance(items, list) or not set(map(type, items)) <= {dict}:
        raise unreadable(response, "has no list of recordings in `items`")
    known, unread = links(response)
    if not any(_is_next(params) for _, params in known) and (
        unread or any(_mentions_next(params) for _, params in known)
    ):
        raise unreadable(response, "has a Link header that cannot be read, so whether it is the last page is unknown")
    return items


# https://www.rfc-editor.org/rfc/rfc8288#section-3; a quote that is never closed ends with the header, so that a
# damaged header neither hides its link nor takes more than linear time.
_LINK = re.compile(r'<(?P<target>[^<>]*)>(?P<params>(?:[^,"<]|"(?:\\.|[^"\\])*(?:"|\\?$))*)')
_PARAM = re.compile(
    r""";\s*(?P<name>[^\s=;,"']+)\s*(?:=\s*(?:"(?P<quoted>(?:\\.|[^"\\])*)(?:"|\\?$)|'(?P<single>[^'"]*)'|(?P<token>[^\s;,"']*)))?"""
)
_ESCAPED = re.compile(r"\\(.)")


# Webex sends two or three.
MOST_LINKS = 20

Link: TypeAlias = tuple[str, dict[str, str]]


def links(response: Response) -> tuple[list[Link], bool]:
    """Read the Link headers.

    :return: each link, its target as given and its parameters by lower-case name; and whether something is left over
        that cannot be read
    """
    found: list[Link] = []
    unread = False
    for value in response.header_values("link"):
        for link in _LINK.finditer(value):
            params, is_read = _params(link["params"])
            found.append((link["target"].strip(), params))
            unread |= not is_read
            if len(found) > MOST_LINKS:
                raise unreadable(response, f"has more than {MOST_LINKS} links")
        unread |= bool(_LINK.sub("", value).strip(" \t,"))
    return found, unread


def _params(text: str) -> tuple[dict[str, str], bool]:
    """Return the parameters of a link, the first of each name, and whether that is all of the text."""
    params: dict[str, str] = {}
    for param in _PARAM.finditer(text):
        value = param["single"] or param["token"] or _ESCAPED.sub(r"\1", param["quoted"] or "")
        params.setdefault(param["name"].lower(), value)
    return params, not _PARAM.sub("", text).strip(" \t,;")


def _is_next(params: Mapping[str, str]) -> bool:
    return "next" in params.get("rel", "").lower().split()


def _mentions_next(params: Mapping[str, str]) -> bool:
    """Return whether a link that is not a next link looks as if it was meant to be one."""
    # A relation that is a URL is an extension of somebody's (https://www.rfc-editor.org/rfc/rfc8288#section-2.1.2).
    relations = [relation for relation in params.get("rel", "").lower().split() if "://" not in relation]
    return any("next" in re.split(r"[^\w-]+", text) for text in (*params, *relations))


_DOUBLED_SCHEME = re.compile(r"^(https?),\1://", re.IGNORECASE)
_MISSING_SIZE = re.compile(r"(?<=[?&]max=)(?:null)?(?=&|$)")


def next_link(response: Response, request_url: str, page_size: int) -> str | None:
    """Return the URL of the next page, None on the last one.

    It is followed as given, except for a doubled scheme and for ``max=null``, both seen at Webex. A link whose `anchor`
    says that it belongs to another page counts only if there is no other: a page too many is better than one lost.

    :param request_url: the URL that was asked; relative links resolve against it
    :param page_size: what to put instead of ``null``
    :raises WebexLinkError: if following it would take the token to another origin
    """
    found = [(target, params) for target, params in links(response)[0] if _is_next(params)]
    for target, _ in sorted(found, key=lambda link: _is_about_another_page(link[1].get("anchor"), request_url)):
        target = _DOUBLED_SCHEME.sub(r"\1://", target)
        url = same_origin(target, request_url, "next link", response)
        return _MISSING_SIZE.sub(str(page_size), url)
    return None


def _is_about_another_page(anchor: str | None, request_url: str) -> bool:
    return anchor is not None and resolve(anchor, request_url) != request_url


def page_size_of(url: str) -> int | None:
    """Return the `max` that a URL asks for, None where it carries none."""
    found = re.search(r"(?<=[?&]max=)[0-9]{1,9}(?=&|$)", url)
    return int(found[0]) if found else None


def with_page_size(url: str, page_size: int) -> str:
    """Return the URL with another `max` in the place of its own, all else untouched."""
    return re.sub(r"(?<=[?&]max=)[0-9]+(?=&|$)", str(page_size), url)
