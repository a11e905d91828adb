"""Which answer is which error, and what to do next: one table each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeGuard
from urllib.parse import urlsplit

from airflow_provider_webex_recordings.webex.errors import (
    WebexApiError,
    WebexAuthenticationError,
    WebexError,
    WebexPermissionError,
    WebexProtocolError,
    WebexRateLimitError,
    WebexRequestError,
    WebexServerError,
    WebexTransportError,
)
from airflow_provider_webex_recordings.webex.messages import Failure, FailureKind, Request, Response
from airflow_provider_webex_recordings.webex.quoting import quoted
from airflow_provider_webex_recordings.webex.sending.reading import decoded
from airflow_provider_webex_recordings.webex.sending.retry import retry_after

RATE_LIMITED = frozenset({423, 429, 503})
# 408 and 425 are not Webex's but a proxy's; both ask for the same request again (RFC 9110, RFC 8470).
PASSING = frozenset({408, 425})

# Not 401: what to do then depends on the kind of token, so whoever holds the token says it.
ADVICE_BY_STATUS = {
    400: "Check the filters and the window; Webex's message names what it refuses",
    403: (
        "The token lacks a scope, or its owner lacks a role: listing own recordings (role user) needs "
        "spark:recordings_read; listing the organisation's (role admin) needs spark-admin:recordings_read, or "
        "spark-compliance:recordings_read held by a compliance officer"
    ),
    404: "Check the API base URL (host) of the connection",
    407: "Check the connection's `proxy`, with its user and password",
}
LONGEST_MESSAGE = 500
# Webex's have some 50 characters.
LONGEST_TRACKING_ID = 100
# So much of each text is read before it is cut: longer than any secret, so none is cut in half.
_READ = 65_536
# What was asked for in parts; nothing of this API is.
PARTIAL = 206

ADVICE_LATER = "Run the task again later; if the problem persists, quote the trackingId to Cisco support"
ADVICE_NEVER = "Repeating the request cannot help; quote the trackingId to Cisco support"

ADVICE_BY_FAILURE = {
    FailureKind.CONNECT: "Check the API base URL (host) of the connection, DNS and firewall",
    FailureKind.PROXY: "Check the connection's `proxy` or the proxy variables of this machine, with user and password",
    FailureKind.TLS: "Check the host; if a proxy inspects TLS, name its CA file in the connection's `ca_bundle`",
    FailureKind.TIMEOUT: "If Webex is slow rather than unreachable, increase `read_timeout` and `total_timeout`",
    FailureKind.BROKEN: "Webex, or a proxy in between, closes connections; run the task again later",
    FailureKind.MALFORMED: "Look for a proxy or gateway on the way that garbles answers; run the task again later",
}


def label(request: Request, attempt: int, elapsed: float) -> str:
    """Name a request in a message: method and path, never the query, and how often it was tried."""
    name = f"{request.method} {quoted(urlsplit(request.url).path, 200)}"
    return name if attempt == 1 else f"{name} (attempt {attempt}, {elapsed:.0f} s after the first)"


def is_good(answer: Response | Failure) -> TypeGuard[Response]:
    """Return whether an answer is a success."""
    return isinstance(answer, Response) and 200 <= answer.status < 300 and answer.status != PARTIAL


def error_of(name: str, answer: Response | Failure, clean: Callable[[str], str]) -> WebexError:
    """Return the error for an answer that is not a good one.

    :param name: the request's label
    :param clean: takes secrets out of what the server says
    """
    if isinstance(answer, Failure):
        summary = f"{name}: {answer.kind.value}: {quoted(clean(answer.reason))}"
        return WebexTransportError(summary, ADVICE_BY_FAILURE[answer.kind], answer.kind is FailureKind.TLS)
    message, tracking_id = error_body(answer, clean)
    if answer.status < 400:
        what = (
            "a redirect ({}) that cannot be followed"
            if answer.status >= 300
            else "{}, which answers no request of ours"
        )
        return WebexProtocolError(f"{name}: Webex answered with {what.format(answer.status)}", tracking_id)
    kind = _kind(answer.status)
    advice = ADVICE_BY_STATUS.get(answer.status, ADVICE_NEVER if kind.final else ADVICE_LATER)
    asked_wait = retry_after(answer) if answer.status in RATE_LIMITED else None
    return kind(name, answer.status, message, tracking_id, advice, asked_wait)


def _kind(status: int) -> type[WebexApiError]:
    if status in RATE_LIMITED:
        return WebexRateLimitError
    if status >= 500 or status in PASSING:
        return WebexServerError
    return {401: WebexAuthenticationError, 403: WebexPermissionError}.get(status, WebexRequestError)


def error_body(response: Response, clean: Callable[[str], str]) -> tuple[str, str]:
    """Return Webex's message, with its descriptions, and the tracking id; either may be empty.

    The documented form is ``{"message", "errors": [{"description"}], "trackingId"}``. Any part of it may be missing or
    of another shape, gateways have forms of their own, and plain text is taken as it is; HTML is not repeated.

    :param clean: takes secrets out
    """
    body, _ = decoded(response.body)
    fields = body if isinstance(body, dict) else {"message": _plain_text(response)}
    message = "; ".join(dict.fromkeys(text for name in _MESSAGE_FIELDS for text in _texts(fields.get(name))))
    tracking_id = response.tracking_id or fields.get("trackingId")
    return (
        quoted(clean(message), LONGEST_MESSAGE),
        quoted(clean(tracking_id), LONGEST_TRACKING_ID) if isinstance(tracking_id, str) else "",
    )


# Webex's, those of OAuth (RFC 6749) and of gateways (RFC 9457), in the order in which they are shown.
_MESSAGE_FIELDS = ("message", "description", "errors", "error_description", "error", "detail", "title")


def _texts(value: object, depth: int = 0) -> Iterator[str]:
    """Yield the texts in a message of any shape."""
    if isinstance(value, str) and value.strip():
        yield value[:_READ]
    elif isinstance(value, list) and depth < 3:
        for item in value[:10]:
            yield from _texts(item, depth + 1)
    elif isinstance(value, dict) and depth < 3:
        for name in _MESSAGE_FIELDS:
            yield from _texts(value.get(name), depth + 1)


def _plain_text(response: Response) -> str:
    if not (response.header("content-type") or "").startswith("text/plain"):
        return ""
    return response.body[:_READ].decode("utf-8", "replace")
