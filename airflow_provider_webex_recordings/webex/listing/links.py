"""Reading Link headers, also such as break the rules: what cannot be read must not pass for the last page.

https://www.rfc-editor.org/rfc/rfc8288#section-3
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from airflow_provider_webex_recordings.webex.messages import Response
from airflow_provider_webex_recordings.webex.sending.reading import unreadable

# Webex sends two or three.
MOST_LINKS = 20

# A quote that is never closed ends with the header, so that a damaged header neither hides its link nor takes more than
# linear time.
_LINK = re.compile(r'<(?P<target>[^<>]*)>(?P<params>(?:[^,"<]|"(?:\\.|[^"\\])*(?:"|\\?$))*)')
_PARAM = re.compile(
    r""";\s*(?P<name>[^\s=;,"']+)\s*"""
    r"""(?:=\s*(?:"(?P<quoted>(?:\\.|[^"\\])*)(?:"|\\?$)|'(?P<single>[^'"]*)'|(?P<token>[^\s;,"']*)))?"""
)
_ESCAPED = re.compile(r"\\(.)")


class Link(NamedTuple):
    """A link: its target as given, and its parameters by lower-case name."""

    target: str
    params: dict[str, str]


def links(response: Response) -> Iterator[Link]:
    """Yield every link of every Link header, as far as they can be read.

    :raises WebexProtocolError: for more than `MOST_LINKS`
    """
    found = (link for value in response.header_values("link") for link in _LINK.finditer(value))
    for number, link in enumerate(found):
        if number >= MOST_LINKS:
            raise unreadable(response, f"has more than {MOST_LINKS} links")
        yield Link(link["target"].strip(), _params(link["params"]))


def _params(text: str) -> dict[str, str]:
    """Return the parameters of a link, the first of each name."""
    params: dict[str, str] = {}
    for param in _PARAM.finditer(text):
        value = param["single"] or param["token"] or _ESCAPED.sub(r"\1", param["quoted"] or "")
        params.setdefault(param["name"].lower(), value)
    return params


def is_next(link: Link) -> bool:
    """Return whether a link leads to the next page."""
    return "next" in link.params.get("rel", "").lower().split()


def may_hide_a_next_link(response: Response) -> bool:
    """Return whether the Link headers hold something that cannot be read, or that may be meant as a next link."""
    return any(map(_has_unread_text, response.header_values("link"))) or any(map(_mentions_next, links(response)))


def _has_unread_text(value: str) -> bool:
    unread = [_LINK.sub("", value), *(_PARAM.sub("", link["params"]) for link in _LINK.finditer(value))]
    return any(text.strip(" \t,;") for text in unread)


def _mentions_next(link: Link) -> bool:
    # A relation that is a URL is an extension of somebody's (https://www.rfc-editor.org/rfc/rfc8288#section-2.1.2).
    relations = [relation for relation in link.params.get("rel", "").lower().split() if "://" not in relation]
    return any("next" in re.split(r"[^\w-]+", text) for text in (*link.params, *relations))
