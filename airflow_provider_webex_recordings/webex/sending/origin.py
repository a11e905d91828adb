"""Who gets the token: the scheme, host and port of the request, and nobody else."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, urldefrag, urljoin, urlsplit

from airflow_provider_webex_recordings.webex.errors import WebexLinkError, WebexProtocolError
from airflow_provider_webex_recordings.webex.messages import Response
from airflow_provider_webex_recordings.webex.quoting import quoted

# Twice what servers commonly accept as a request line (nginx and Apache: 8 KB).
LONGEST_URL = 16_384


def same_origin(target: str, request_url: str, what: str, response: Response) -> str:
    """Return a target as a URL, if it has the scheme, host and port of the request.

    :param what: what the target came from, such as "redirect", for the error
    :param response: the answer that contains it
    :raises WebexProtocolError: if it is longer than any server accepts
    :raises WebexLinkError: if it leads elsewhere, or is not a URL that every program reads the same way
    """
    if len(target) > LONGEST_URL:
        raise WebexProtocolError(
            f"the {what} has {len(target)} characters, more than {LONGEST_URL}", response.tracking_id
        )
    if _is_plainly_within(target, request_url):
        return target
    url = resolve(target, request_url)
    if url is None or _origin(url) != _origin(request_url):
        raise WebexLinkError(
            f"the {what} leads to {shown(url or target) or 'no URL'}, another origin than {shown(request_url)}; it was "
            "not followed, and the token was not sent there",
            response.tracking_id,
        )
    return url


# Printable, without a backslash, a fragment or anything empty that `resolve` could leave out.
_PLAIN = re.compile(r'[!"$-:<-\[\]-~]+(?<!\?)')


def _is_plainly_within(target: str, request_url: str) -> bool:
    """Return whether a target plainly begins with the origin of the request, as nearly every one does."""
    scheme, _, rest = request_url.partition("://")
    origin = f"{scheme}://{rest.partition('/')[0]}/"
    return target.startswith(origin) and _PLAIN.fullmatch(target) is not None


_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


def resolve(target: str, request_url: str) -> str | None:
    """Return a target as a complete URL without fragment, None if programs could read it in different ways.

    Characters that a URL may not contain are percent-encoded byte by byte, so that both HTTP libraries send the same.
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


_ORIGIN = re.compile(r"((?:[\w+.-]*:)?(?:[/\\]{2})?)((?<=[/\\]{2})[^/\\?#]*)?")


def shown(url: str) -> str:
    """Return scheme and host of a URL, for a message: user, path and query can hold secrets."""
    scheme, authority = _ORIGIN.match(url[:LONGEST_URL]).groups("")  # type: ignore[union-attr]
    _, user, host = authority.rpartition("@")
    return quoted(f"{scheme}{'***@' if user else ''}{host}", 200)
