"""A request with an access token, as a conversation: the token goes along, and is renewed once after a 401."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_webex_recordings.webex.call import Api, call, whoami
from airflow_provider_webex_recordings.webex.errors import WebexAuthenticationError, WebexPermissionError
from airflow_provider_webex_recordings.webex.messages import Purpose, Request, Response
from airflow_provider_webex_recordings.webex.sending.reading import read_object
from airflow_provider_webex_recordings.webex.tokens.access import (
    MAX_TOKENS_PER_CALL,
    NEW_TOKEN_REFUSED,
    REPLACE_TOKEN,
    Auth,
    StaticToken,
)
from tests.helpers.answers import URL, answer
from tests.helpers.token_world import ENDPOINT, POLICY, World

BASE = "https://webexapis.com/v1"
REQUEST = Request(URL, headers={"Accept": "application/json"}, purpose=Purpose.LISTING)


class Webex(World):
    """A world with Webex in it, which knows the tokens in `good`."""

    def __init__(self, *good: str) -> None:
        super().__init__()
        self.good = good
        self.endpoint = self.respond

    def respond(self, request: Request) -> Response:
        if request.url == ENDPOINT.url:
            return self.grant(request)
        if request.headers["Authorization"].removeprefix("Bearer ") in self.good:
            return answer(200, {"asked": request.url})
        return answer(401, {"message": f"Not {request.headers['Authorization']}", "trackingId": "T"})

    def call(self, auth: Auth, request: Request = REQUEST) -> Any:
        return self.run(call(Api(BASE, auth, POLICY), request, read_object))

    @property
    def tokens_sent(self) -> list[str]:
        return [request.headers["Authorization"] for request in self.requests if request.url != ENDPOINT.url]


def test_a_request_carries_the_token_and_what_it_carried_before() -> None:
    webex = Webex("canary-static")

    assert webex.call(StaticToken("canary-static")).value == {"asked": URL}
    (sent,) = webex.requests
    assert sent.headers == {"Accept": "application/json", "Authorization": "Bearer canary-static"}
    assert (sent.url, sent.method) == (URL, "GET")


def test_after_a_401_the_request_is_repeated_with_a_new_token() -> None:
    webex = Webex("canary-minted-1")
    webex.another_shares("canary-ended")

    assert webex.call(webex.auth()).value == {"asked": URL}
    assert webex.tokens_sent == ["Bearer canary-ended", "Bearer canary-minted-1"]


def test_a_second_401_is_final_and_says_what_to_check() -> None:
    webex = Webex()
    webex.another_shares("canary-ended")

    with pytest.raises(WebexAuthenticationError) as caught:
        webex.call(webex.auth())
    assert webex.minted == 1
    assert len(webex.tokens_sent) == 2
    assert caught.value.final
    assert str(caught.value).endswith(NEW_TOKEN_REFUSED)
    assert (caught.value.status, caught.value.tracking_id) == (401, "T")
    assert "canary" not in str(caught.value)


def test_a_static_token_that_is_refused_is_final_at_once_and_the_error_says_where_to_replace_it() -> None:
    webex = Webex()

    with pytest.raises(WebexAuthenticationError) as caught:
        webex.call(StaticToken("canary-static"))
    assert len(webex.requests) == 1
    assert str(caught.value).endswith(REPLACE_TOKEN)


def test_other_tasks_tokens_are_tried_up_to_a_bound() -> None:
    webex = Webex()
    auth = webex.auth()
    respond = webex.endpoint

    def renewed_by_another_at_each_refusal(request: Request) -> Response:
        webex.another_shares(f"canary-other-{len(webex.said)}")
        return respond(request)

    webex.another_shares("canary-first")
    webex.endpoint = renewed_by_another_at_each_refusal

    with pytest.raises(WebexAuthenticationError):
        webex.call(auth)
    assert len(set(webex.tokens_sent)) == len(webex.tokens_sent) == MAX_TOKENS_PER_CALL
    assert webex.minted == 0


def test_a_missing_permission_is_no_reason_for_a_new_token() -> None:
    webex = Webex()
    webex.endpoint = lambda request: answer(403)
    webex.another_shares()

    with pytest.raises(WebexPermissionError):
        webex.call(webex.auth())
    assert len(webex.requests) == 1


def test_whoami_asks_for_the_person_behind_the_token() -> None:
    webex = Webex("canary-static")

    assert webex.run(whoami(Api(BASE, StaticToken("canary-static"), POLICY))) == {"asked": f"{BASE}/people/me"}
