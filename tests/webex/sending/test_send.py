"""One request until it is answered, as a conversation without a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_webex_recordings.webex.errors import WebexError, WebexProtocolError, WebexRequestError
from airflow_provider_webex_recordings.webex.messages import (
    Failure,
    FailureKind,
    Message,
    Purpose,
    Request,
    Response,
    Wait,
)
from airflow_provider_webex_recordings.webex.sending.reading import read_object
from airflow_provider_webex_recordings.webex.sending.retry import RetryPolicy
from airflow_provider_webex_recordings.webex.sending.send import redact, send
from tests.helpers.answers import URL, answer

SECRET = "canary/with+odd characters=&%"


def converse(answers: Sequence[Response | Failure], policy: RetryPolicy | None = None) -> tuple[Any, list[Message]]:
    """Send a request that gets these answers; return what came of it, and what was said."""
    request = Request(f"{URL}?max=100", headers={"Authorization": "Bearer canary-token"}, purpose=Purpose.LISTING)
    flow = send(request, read_object, policy or RetryPolicy(), lambda: [SECRET])
    said: list[Message] = []
    coming: Any = None
    remaining = iter(answers)
    while True:
        try:
            message = flow.send(coming)
        except StopIteration as end:
            return end.value, said
        except WebexError as error:
            return error, said
        said.append(message)
        coming = next(remaining) if isinstance(message, Request) else None


def test_a_good_answer_is_read_and_told_with_its_url() -> None:
    good = answer(200, {"a": 1})

    answered, said = converse([good])

    assert (answered.value, answered.response, answered.url) == ({"a": 1}, good, f"{URL}?max=100")
    assert len(said) == 1


def test_after_a_redirect_the_url_is_the_new_one() -> None:
    answered, said = converse([answer(307, location="?max=100&hop=1"), answer(200, {})])

    assert answered.url == f"{URL}?max=100&hop=1"
    assert [request.url for request in said if isinstance(request, Request)] == [
        f"{URL}?max=100",
        f"{URL}?max=100&hop=1",
    ]


def test_a_wait_tells_its_reason_and_its_place() -> None:
    _, said = converse([answer(502), Failure(FailureKind.TIMEOUT, "slow"), answer(200, {})])

    first, second = (message for message in said if isinstance(message, Wait))
    assert "Webex answered 502 to GET /v1/convergedRecordings: (no message)" in first.reason
    assert (first.attempt, first.max_attempts) == (2, 8)
    assert "timed out: slow" in second.reason
    assert second.attempt == 3


def test_time_spent_in_the_network_counts() -> None:
    slow = Failure(FailureKind.TIMEOUT, "slow", seconds=300.0)

    error, said = converse([slow, slow, slow], RetryPolicy(max_seconds=600))

    assert isinstance(error, WebexError)
    assert sum(isinstance(message, Request) for message in said) == 2


def test_a_final_answer_is_not_repeated() -> None:
    error, said = converse([answer(404)])

    assert isinstance(error, WebexRequestError)
    assert len(said) == 1


def test_what_the_server_repeats_of_a_secret_is_taken_out() -> None:
    echo = f"You sent {SECRET}, {quote(SECRET, safe='')} and Bearer canary-token."

    error, _ = converse([answer(400, {"message": echo, "trackingId": echo})])

    assert str(error).count("You sent ***, *** and Bearer ***.") == 2
    assert "canary" not in repr((error, error.args))


@pytest.mark.parametrize("before", range(440, 505))
def test_a_secret_is_taken_out_before_a_long_message_is_cut(before: int) -> None:
    error, _ = converse([answer(400, {"message": "x" * before + SECRET, "trackingId": "x" * before + SECRET})])

    assert "canary" not in str(error)
    assert "can" not in str(error).partition("convergedRecordings: ")[2].partition(". Check")[0]


def test_an_unreadable_answer_is_told_without_secrets() -> None:
    error, _ = converse([answer(200, b"?", content_type=f"text/{SECRET}")], RetryPolicy(max_attempts=1))

    assert isinstance(error, WebexProtocolError)
    assert "(200, text/***, 1 bytes)" in str(error)
    assert error.__context__ is None


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("Proxy-Authorization: Basic dXNlcjpwYXNz\nHost: x", "Proxy-Authorization: Basic ***\nHost: x"),
        ("basic dXNlcjpwYXNzdw==, or", "Basic ***, or"),
        ("Basic authentication is required", "Basic authentication is required"),
    ],
)
def test_the_credentials_of_a_proxy_are_taken_out(told: str, shown: str) -> None:
    assert redact(told, []) == shown


@given(st.text(min_size=1), st.lists(st.text(min_size=3), min_size=1, max_size=3))
def test_no_form_of_a_secret_is_left_in_a_text(text: str, secrets: list[str]) -> None:
    secrets = [secret.encode(errors="ignore").decode() for secret in secrets]
    forms = [form(secret) for secret in secrets for form in (str, lambda s: quote(s, safe=""), quote_plus)]
    forms = [form for form in forms if form and set(form) != {"*"}]

    told = redact(text + " ".join(forms), secrets)

    assert not any(form in told for form in forms if "*" not in form)
