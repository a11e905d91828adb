"""Which answer is which error."""

from __future__ import annotations

from typing import Any

import pytest

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
from airflow_provider_webex_recordings.webex.messages import Failure, FailureKind, Purpose, Request, Response
from airflow_provider_webex_recordings.webex.sending.problems import (
    ADVICE_BY_FAILURE,
    error_body,
    error_of,
    is_good,
    label,
)
from tests.helpers.answers import URL, answer
from tests.webex_api.errors import MESSAGES

# What Webex documents for this API (https://developer.webex.com/docs/api/v1/converged-recordings).
DOCUMENTED: dict[int, type[WebexApiError]] = {
    400: WebexRequestError,
    401: WebexAuthenticationError,
    403: WebexPermissionError,
    404: WebexRequestError,
    405: WebexRequestError,
    409: WebexRequestError,
    410: WebexRequestError,
    415: WebexRequestError,
    423: WebexRateLimitError,
    428: WebexRequestError,
    429: WebexRateLimitError,
    500: WebexServerError,
    502: WebexServerError,
    503: WebexRateLimitError,
    504: WebexServerError,
}


def refused(response: Response | Failure) -> WebexError:
    assert not is_good(response)
    return error_of("GET /v1/x", response, str)


def test_the_stand_in_knows_the_documented_statuses() -> None:
    assert DOCUMENTED.keys() == MESSAGES.keys()


@pytest.mark.parametrize("status", DOCUMENTED)
def test_each_documented_status_is_an_error_with_a_next_step(status: int) -> None:
    error = refused(answer(status, {"message": MESSAGES[status]}, trackingid="ROUTER_1"))

    assert type(error) is DOCUMENTED[status]
    assert isinstance(error, WebexApiError)
    assert error.final == (400 <= status < 500 and status not in (423, 429))
    assert (error.status, error.message, error.tracking_id) == (status, MESSAGES[status], "ROUTER_1")
    assert len(error.advice) > 20


@pytest.mark.parametrize("status", sorted({*range(200, 300)} - {206}))
def test_a_success_is_good(status: int) -> None:
    assert is_good(answer(status))


@pytest.mark.parametrize("status", [*range(200), 206])
def test_an_interim_or_partial_answer_is_not_good(status: int) -> None:
    assert not is_good(answer(status))


@pytest.mark.parametrize("status", [*range(300, 400)])
def test_a_redirect_that_was_not_followed_is_no_answer(status: int) -> None:
    assert type(refused(answer(status))) is WebexProtocolError


@pytest.mark.parametrize("status", sorted({*range(400, 600), 999} - DOCUMENTED.keys()))
def test_any_other_status_is_final_below_500_and_passing_above(status: int) -> None:
    error = refused(answer(status))

    passing = status >= 500 or status in (408, 425)
    assert type(error) is (WebexServerError if passing else WebexRequestError)
    assert error.final is not passing


def test_only_a_status_that_means_wait_carries_a_wait() -> None:
    waits = {status for status in range(400, 600) if refused(answer(status, retry_after="5")).retry_after == 5.0}

    assert waits == {423, 429, 503}


@pytest.mark.parametrize("kind", FailureKind)
def test_each_way_to_fail_below_http_has_a_next_step(kind: FailureKind) -> None:
    error = refused(Failure(kind, "OSError: it broke"))

    assert isinstance(error, WebexTransportError)
    assert str(error) == f"GET /v1/x: {kind.value}: OSError: it broke. {ADVICE_BY_FAILURE[kind]}"
    assert error.final is (kind is FailureKind.TLS), "a certificate does not become good by waiting"


@pytest.mark.parametrize(
    ("body", "message", "tracking_id"),
    [
        ({"message": "No.", "trackingId": "T"}, "No.", "T"),
        ({"message": "No.", "errors": [{"description": "No."}]}, "No.", ""),
        ({"message": "No.", "errors": [{"description": "a"}, {"description": "b"}]}, "No.; a; b", ""),
        ({"errors": [{"description": "a", "errorCode": 5}, {"errorCode": 6}, None, "x"]}, "a; x", ""),
        ({"error": "invalid_grant", "error_description": "It is over."}, "It is over.; invalid_grant", ""),
        ({"message": 5, "errors": "many", "trackingId": 6}, "many", ""),
        ({"error": {"message": ["a", {"description": "b"}], "code": 5}}, "a; b", ""),
        ({"message": ["a", "b"], "detail": "c"}, "a; b; c", ""),
        ({"type": "about:blank", "title": "Gone", "detail": "It moved."}, "It moved.; Gone", ""),
        ({"message": "x" * 1000}, "x" * 497 + "...", ""),
        ({"message": "half \ud83d", "trackingId": "T" * 200}, "half", "T" * 97 + "..."),
        ({"message": "a\r\n[info] forged\x1b[2J\u202eb"}, "a [info] forged [2J b", ""),
        ({"message": [[[["deep"]]]]}, "", ""),
        ({}, "", ""),
        ([], "", ""),
        (None, "", ""),
        (b"", "", ""),
        (b"<html>Gateway</html>", "", ""),
        (b"\xff\xfe", "", ""),
        (b"[" * 100_000, "", ""),
    ],
)
def test_the_error_body_is_read_as_far_as_it_goes(body: Any, message: str, tracking_id: str) -> None:
    assert error_body(answer(400, body), str) == (message, tracking_id)


def test_plain_text_is_shown_and_html_is_not() -> None:
    assert error_body(answer(429, b"slow down\n", content_type="text/plain; charset=utf-8"), str)[0] == "slow down"
    assert error_body(answer(429, b"<p>slow down", content_type="text/html"), str)[0] == ""


def test_the_tracking_id_of_the_header_comes_first() -> None:
    assert error_body(answer(400, {"trackingId": "body"}, trackingid="header"), str)[1] == "header"


def test_a_long_message_is_cut() -> None:
    error = refused(answer(400, {"message": "x" * 10_000}, trackingid="T" * 10_000))

    assert len(str(error)) < 1300


def test_a_request_is_named_without_its_query() -> None:
    request = Request(f"{URL}?topic=secret&cursor=secret", purpose=Purpose.LISTING)

    assert label(request, 1, 0.0) == "GET /v1/convergedRecordings"
    assert label(request, 3, 12.4) == "GET /v1/convergedRecordings (attempt 3, 12 s after the first)"
