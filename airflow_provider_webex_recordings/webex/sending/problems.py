"""Which answer is which error, and what to do next: one table each."""

from __future__ import annotations

from collections.abc import Callable
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
ADVICE_LATER = "Run the task again later; if the problem persists, quote the trackingId to Cisco support"
ADVICE_NEVER = "Repeating the request cannot help; quote the trackingId to Cisco support"

ADVICE_BY_FAILURE = {
    FailureKind.CONNECT: "Check the API base URL (host) of the connection, DNS and firewall",
    FailureKind.PROXY: "Check the connection's `proxy` or the proxy variables of this machine, with user and password",
    FailureKind.TLS: "Check the host; if a proxy inspects TLS, name its CA file in the connection's `ca_bundle`",
    FailureKind.TIMEOUT: "If Webex is slow rather than unreachable, increase `read_timeout` and `total_timeout`",
    FailureKind.BROKEN: "Webex, or a proxy in between, closes connections; run the task again later",
}


def label(request: Request, attempt: int, elapsed: float) -> str:
    """Name a request in a message: method and path, never the query, and how often it was tried."""
    name = f"{request.method} {urlsplit(request.url).path}"
    return name if attempt == 1 else f"{name} (attempt {attempt}, {elapsed:.0f} s after the first)"


def is_good(answer: Response | Failure) -> TypeGuard[Response]:
    """Return whether an answer is a success."""
    return isinstance(answer, Response) and answer.status < 300


def error_of(name: str, answer: Response | Failure, clean: Callable[[str], str]) -> WebexError:
    """Return the error for an answer that is not a good one.

    :param name: the request's label
    :param clean: takes secrets out of what the server says
    """
    if isinstance(answer, Failure):
        summary = f"{name}: {answer.kind.value}: {clean(answer.reason)}"
        return WebexTransportError(summary, ADVICE_BY_FAILURE[answer.kind], answer.kind is FailureKind.TLS)
    message, tracking_id = (clean(text)[:500] for text in error_body(answer))
    if answer.status < 400:
        return WebexProtocolError(
            f"{name}: Webex answered with a redirect ({answer.status}) that cannot be followed", tracking_id
        )
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


def error_body(response: Response) -> tuple[str, str]:
    """Return Webex's message, with its descriptions, and the tracking id; either may be empty.

    The form is ``{"message", "errors": [{"description"}], "trackingId"}``, any part of which may be missing; a proxy
    answers with HTML, which is not repeated.
    """
    body, _ = decoded(response.body)
    body = body if isinstance(body, dict) else {}
    errors = body.get("errors")
    details = (
        [error.get("description") for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    )
    texts = [body.get("message"), *details, body.get("error_description"), body.get("error")]
    message = "; ".join(dict.fromkeys(text for text in texts if isinstance(text, str) and text))
    tracking_id = response.tracking_id or body.get("trackingId")
    return message, tracking_id if isinstance(tracking_id, str) else ""
