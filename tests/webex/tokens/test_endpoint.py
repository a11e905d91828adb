"""The token endpoint: what it is sent, and what its answers mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from airflow_provider_webex_recordings.webex.errors import (
    WebexApiError,
    WebexAuthenticationError,
    WebexProtocolError,
)
from airflow_provider_webex_recordings.webex.messages import Request, Response
from airflow_provider_webex_recordings.webex.sending.retry import RetryPolicy
from airflow_provider_webex_recordings.webex.tokens.endpoint import (
    AUTHORISE_AGAIN,
    LONGEST_LIFETIME,
    NO_TOKEN_ENDPOINT,
    Grant,
)
from tests.helpers.answers import answer
from tests.helpers.token_world import ENDPOINT, REFRESH_TOKEN, World, form_of

GRANTED = {"access_token": "canary-new", "expires_in": 1209600, "refresh_token": "canary-replaced"}


def exchange(*answers: Response, attempts: int = 1) -> tuple[Grant, Sequence[Request]]:
    """Exchange the refresh token at an endpoint that gives these answers."""
    world, remaining = World(), iter(answers)
    world.endpoint = lambda request: next(remaining)
    flow = ENDPOINT.refresh(REFRESH_TOKEN, RetryPolicy(max_attempts=attempts), lambda: [ENDPOINT.client_secret])
    return world.run(flow), world.requests


def lifetime(expires_in: Any) -> float:
    return exchange(answer(200, {**GRANTED, "expires_in": expires_in}))[0].lifetime


def test_a_refresh_token_is_exchanged_by_a_form_and_without_a_token_in_a_header() -> None:
    _, (request,) = exchange(answer(200, GRANTED))

    assert (request.method, request.url) == ("POST", ENDPOINT.url)
    assert request.headers == {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    assert form_of(request) == {
        "grant_type": "refresh_token",
        "client_id": "a-client",
        "client_secret": "canary/client+secret",
        "refresh_token": REFRESH_TOKEN,
    }


def test_what_is_granted() -> None:
    assert exchange(answer(200, GRANTED))[0] == Grant("canary-new", 1209600.0, "canary-replaced")


@pytest.mark.parametrize("given", [{}, {"refresh_token": None}, {"refresh_token": ""}, {"refresh_token": 5}])
def test_without_a_new_refresh_token_the_one_used_stays(given: dict[str, Any]) -> None:
    grant, _ = exchange(answer(200, {"access_token": "canary-new", **given}))

    assert grant.refresh_token == REFRESH_TOKEN


@pytest.mark.parametrize(("expires_in", "seconds"), [(60, 60.0), ("60", 60.0), (0.5, 0.5)])
def test_a_stated_lifetime_counts(expires_in: Any, seconds: float) -> None:
    assert lifetime(expires_in) == seconds


@pytest.mark.parametrize("expires_in", [0, -1, "soon", None, True, [], {}, "nan"])
def test_an_odd_lifetime_is_an_hour(expires_in: Any) -> None:
    assert lifetime(expires_in) == 3600.0


@pytest.mark.parametrize("expires_in", [1e300, "inf", "1e999", LONGEST_LIFETIME + 1])
def test_an_endless_lifetime_can_be_stored(expires_in: Any) -> None:
    assert lifetime(expires_in) == LONGEST_LIFETIME


def test_without_a_stated_lifetime_it_is_an_hour() -> None:
    assert exchange(answer(200, {"access_token": "canary-new"}))[0].lifetime == 3600.0


@pytest.mark.parametrize("token", [None, "", 5, "two words", "line\nbreak", "ünicode", "\x7f"])
def test_an_answer_without_a_usable_access_token_is_worth_another_attempt(token: Any) -> None:
    grant, requests = exchange(answer(200, {"access_token": token}), answer(200, GRANTED), attempts=2)

    assert grant.access_token == "canary-new"
    assert len(requests) == 2
    with pytest.raises(WebexProtocolError, match="has no access_token"):
        exchange(answer(200, {"access_token": token}))


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refusal_is_final_and_says_where_to_authorise_again(status: int) -> None:
    with pytest.raises(WebexAuthenticationError, match="invalid_client") as caught:
        exchange(answer(status, {"message": "invalid_client canary/client+secret"}), attempts=9)

    assert (caught.value.final, caught.value.status) == (True, status)
    assert AUTHORISE_AGAIN in str(caught.value)
    for text in ("Authorise again", "Control Hub", "developer.webex.com/my-apps", "`refresh_token`"):
        assert text in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("status", [404, 405])
def test_where_there_is_no_token_endpoint_the_error_says_where_it_was_looked_for(status: int) -> None:
    with pytest.raises(WebexAuthenticationError) as caught:
        exchange(answer(status))

    assert NO_TOKEN_ENDPOINT in str(caught.value)


def test_a_proxy_that_wants_credentials_does_not_mean_webexs() -> None:
    with pytest.raises(WebexApiError) as caught:
        exchange(answer(407))

    assert not isinstance(caught.value, WebexAuthenticationError)
    assert caught.value.status == 407


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_passes_is_retried(status: int) -> None:
    grant, requests = exchange(answer(status), answer(200, GRANTED), attempts=2)

    assert grant.access_token == "canary-new"
    assert len(requests) == 2


def test_no_secret_is_in_a_repr() -> None:
    grant, requests = exchange(answer(200, GRANTED))

    assert "canary" not in repr((grant, requests, ENDPOINT))
