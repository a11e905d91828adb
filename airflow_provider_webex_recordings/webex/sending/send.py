"""Sending one request until it is answered: redirects within the origin, and retries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, TypeVar
from urllib.parse import quote, quote_plus

from airflow_provider_webex_recordings.webex.errors import WebexProtocolError
from airflow_provider_webex_recordings.webex.messages import Failure, Flow, Request, Response, Wait
from airflow_provider_webex_recordings.webex.quoting import quoted
from airflow_provider_webex_recordings.webex.sending.origin import same_origin
from airflow_provider_webex_recordings.webex.sending.problems import (
    LONGEST_MESSAGE,
    LONGEST_TRACKING_ID,
    error_of,
    is_good,
    label,
)
from airflow_provider_webex_recordings.webex.sending.retry import RetryPolicy

T = TypeVar("T")

MAX_REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """A value, the response it was read from, and the URL that gave it."""

    value: T
    response: Response
    url: str


def send(
    request: Request,
    read: Callable[[Response], T],
    policy: RetryPolicy,
    secrets: Callable[[], Iterable[str]],
    shrink: Callable[[Request, int], Request] | None = None,
) -> Flow[Parsed[T]]:
    """Send a request until its answer can be read, waiting between attempts as the policy says.

    :param read: turns a good answer into a value; a `WebexProtocolError` from it is worth another attempt
    :param secrets: returns what must not appear in an error
    :param shrink: makes a smaller request of one that the gateway timed out on, given the attempt
    :raises WebexError: the first final one, or the last one when the policy gives up
    """
    attempt, elapsed = 1, 0.0
    while True:
        try:
            answer, url = yield from _follow_redirects(request)
        except WebexProtocolError as problem:
            raise _named(problem, label(request, attempt, elapsed), partial(redact, secrets=secrets())) from None
        elapsed += answer.seconds
        unreadable = None
        if is_good(answer):
            try:
                return Parsed(read(answer), _fit_for_errors(answer, secrets), url)
            except WebexProtocolError as problem:
                unreadable = problem
        carried = request.headers.get("Authorization", "").removeprefix("Bearer ")
        clean = partial(redact, secrets=(carried, *secrets()))
        name = clean(label(request, attempt, elapsed))
        error = _named(unreadable, name, clean) if unreadable else error_of(name, answer, clean)
        wait = None if error.final else policy.next_wait(attempt, elapsed, error.retry_after)
        if wait is None:
            raise error
        if shrink is not None and isinstance(answer, Response) and answer.status == 504:
            request = shrink(request, attempt)
        attempt += 1
        yield Wait(wait, error.summary, attempt, policy.max_attempts)
        elapsed += wait


def _named(error: WebexProtocolError, name: str, clean: Callable[[str], str]) -> WebexProtocolError:
    tracking_id = quoted(clean(error.tracking_id), LONGEST_TRACKING_ID)
    return type(error)(f"{name}: {quoted(clean(error.summary), LONGEST_MESSAGE)}", tracking_id)


def _fit_for_errors(answer: Response, secrets: Callable[[], Iterable[str]]) -> Response:
    """Return a good answer whose tracking id, which later errors show, holds no secret and is one short line."""
    held, shown = answer.tracking_id, _redacted(answer.tracking_id, secrets())
    if held == shown:
        return answer
    headers = tuple((name, shown if name == "trackingid" else value) for name, value in answer.headers)
    return replace(answer, headers=headers)


def _redacted(tracking_id: str, secrets: Iterable[str]) -> str:
    is_plain = tracking_id.isascii() and tracking_id.isprintable() and not re.search("[% ]", tracking_id)
    if is_plain and len(tracking_id) <= LONGEST_TRACKING_ID and not any(secret in tracking_id for secret in secrets):
        return tracking_id
    return quoted(redact(tracking_id, secrets), LONGEST_TRACKING_ID)


def _follow_redirects(request: Request) -> Flow[tuple[Response | Failure, str]]:
    for _ in range(MAX_REDIRECTS):
        answer: Response | Failure = yield request
        if not isinstance(answer, Response) or not 300 <= answer.status < 400:
            break
        location = answer.header("location")
        if location is None:
            break
        request = replace(request, url=same_origin(location, request.url, "redirect", answer))
    return answer, request.url


# A proxy's user and password as they are sent, in case something on the way repeats them.
_BASIC = re.compile(r"\b(?i:basic) (?=\S*[A-Z0-9])[A-Za-z0-9+/]{6,}=*")


def redact(text: str, secrets: Iterable[str]) -> str:
    """Return the text without the secrets, percent-encoded or not, and without a proxy's credentials."""
    text = _BASIC.sub("Basic ***", text)
    for secret in filter(None, secrets):
        for form in sorted({secret, quote(secret, safe=""), quote_plus(secret)}, key=len, reverse=True):
            text = text.replace(form, "***")
    return text
