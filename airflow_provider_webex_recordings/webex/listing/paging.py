"""From page to page: reading a page, and following its next link."""

from __future__ import annotations

import re

from airflow_provider_webex_recordings.webex.listing.links import is_next, links, may_hide_a_next_link
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
    if not any(map(is_next, links(response))) and may_hide_a_next_link(response):
        raise unreadable(response, "has a Link header that cannot be read, so whether it is the last page is unknown")
    return items


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
    found = filter(is_next, links(response))
    for target, _ in sorted(found, key=lambda link: _is_about_another_page(link.params.get("anchor"), request_url)):
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
    """Return the URL with another `max` instead of its own, everything else untouched."""
    return re.sub(r"(?<=[?&]max=)[0-9]+(?=&|$)", str(page_size), url)
