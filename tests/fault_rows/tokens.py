"""Tokens that end, and a token endpoint that fails."""

from __future__ import annotations

from airflow_provider_webex_recordings.webex.errors import (
    WebexAuthenticationError,
    WebexLinkError,
    WebexProtocolError,
    WebexRateLimitError,
    WebexServerError,
    WebexTransportError,
)
from tests.fault_rows.row import Fails, Row, always, asked, backoff, often, once
from tests.webex_api import faults

_TOKEN = faults.token_request()
_AGAIN = Fails(
    WebexAuthenticationError, ("POST /v1/access_token", "Authorise again", "my-apps", "`refresh_token`"), final=True
)

_EXPIRY = [
    Row(
        name="a plain token expires in mid-listing",
        faults=(once(faults.expire_token(), faults.nth_list_request(2)),),
        outcome=Fails(WebexAuthenticationError, ("401", "Enter a new one"), delivered=10, final=True),
        requests=2,
    ),
    Row(
        name="a plain token that Webex does not know",
        settings={"password": "canary-of-a-wrong-token"},
        outcome=Fails(WebexAuthenticationError, ("401", "personal token lives 12 hours"), final=True),
        requests=1,
    ),
    Row(name="a token that is obtained", refreshable=True, requests=3, token_requests=1),
    Row(
        name="a token that can be renewed expires in mid-listing",
        faults=(once(faults.expire_token(), faults.nth_list_request(2)),),
        refreshable=True,
        requests=4,
        token_requests=2,
    ),
    Row(
        name="a token that can be renewed expires before each page",
        faults=tuple(once(faults.expire_token(), faults.nth_list_request(number)) for number in (1, 3, 5)),
        refreshable=True,
        requests=6,
        token_requests=4,
    ),
    Row(
        name="a renewed token that replaces its refresh token and ends the old one",
        faults=(often(2, faults.expire_token(), faults.nth_list_request(2)),),
        refreshable=True,
        client={"rotates": True, "invalidates_old": True, "revokes_access_tokens": True},
        outcome=Fails(WebexAuthenticationError, ("401", "obtained just now"), delivered=10, final=True),
        requests=3,
        token_requests=2,
    ),
    Row(
        name="refresh tokens that are replaced each time",
        faults=tuple(once(faults.expire_token(), faults.nth_list_request(number)) for number in (1, 3, 5)),
        refreshable=True,
        client={"rotates": True, "invalidates_old": True, "revokes_access_tokens": True},
        requests=6,
        token_requests=4,
    ),
    Row(
        name="each token is refused",
        faults=(always(faults.status(401)),),
        refreshable=True,
        outcome=Fails(WebexAuthenticationError, ("401", "obtained just now", "`token_url`"), final=True),
        token_requests=2,
    ),
]

_ENDPOINT = (
    [
        Row(
            name=f"the token endpoint answers {code} once",
            faults=(once(faults.status(code), _TOKEN),),
            refreshable=True,
            waits=backoff(1),
            requests=3,
            token_requests=2,
        )
        for code in (500, 502, 503, 504, 429)
    ]
    + [
        Row(
            name=f"the token endpoint answers {code}",
            faults=(always(faults.status(code), _TOKEN),),
            refreshable=True,
            outcome=_AGAIN,
            requests=0,
            token_requests=1,
        )
        for code in (400, 401, 403, 404, 410)
    ]
    + [
        Row(
            name="the token endpoint fails for ever",
            faults=(always(faults.status(500), _TOKEN),),
            refreshable=True,
            settings={"max_attempts": 3},
            outcome=Fails(WebexServerError, ("500", "POST /v1/access_token")),
            waits=backoff(1, 2),
            requests=0,
            token_requests=3,
        ),
        Row(
            name="the token endpoint asks for an hour's patience",
            faults=(always(faults.status(429, retry_after=3600), _TOKEN),),
            refreshable=True,
            outcome=Fails(WebexRateLimitError, ("429",), retry_after=3600.0),
            requests=0,
            token_requests=1,
        ),
        Row(
            name="the token endpoint asks for some patience",
            faults=(once(faults.status(429, retry_after=5), _TOKEN),),
            refreshable=True,
            waits=asked(5),
            requests=3,
            token_requests=2,
        ),
        Row(
            name="the token endpoint breaks the connection, once",
            faults=(once(faults.reset(), _TOKEN),),
            refreshable=True,
            waits=backoff(1),
            requests=3,
            token_requests=2,
        ),
        Row(
            name="the token endpoint breaks the connection in mid-body, for ever",
            faults=(always(faults.close_in_body(), _TOKEN),),
            refreshable=True,
            settings={"max_attempts": 2},
            outcome=Fails(WebexTransportError, ("POST /v1/access_token", "the connection broke")),
            waits=backoff(1),
            requests=0,
            token_requests=2,
        ),
        *[
            Row(
                name=f"the token endpoint's answer: {name}",
                faults=(always(fault, _TOKEN),),
                refreshable=True,
                settings={"max_attempts": 2},
                outcome=Fails(WebexProtocolError, ("POST /v1/access_token", says)),
                waits=backoff(1),
                requests=0,
                token_requests=2,
            )
            for name, fault, says in (
                ("HTML", faults.html(), "is not valid JSON"),
                ("truncated", faults.truncated_json(0.9), "is not valid JSON"),
                ("invalid UTF-8", faults.invalid_utf8(), "is not valid JSON"),
                ("empty", faults.empty_body(), "is not valid JSON"),
                ("without a token", faults.edit_body(remove=["access_token"]), "has no access_token"),
                ("with a token that is null", faults.edit_body(change={"access_token": None}), "has no access_token"),
                ("with an empty token", faults.edit_body(change={"access_token": ""}), "has no access_token"),
            )
        ],
        *[
            Row(
                name=f"the token endpoint's answer {name}",
                faults=(always(fault, _TOKEN),),
                refreshable=True,
                requests=3,
                token_requests=1,
            )
            for name, fault in {
                "without a lifetime": faults.edit_body(remove=["expires_in"]),
                "with a lifetime as text": faults.edit_body(change={"expires_in": "3600"}),
                "with a lifetime that is none": faults.edit_body(change={"expires_in": "soon"}),
                "without a refresh token": faults.edit_body(remove=["refresh_token"]),
                "with nothing but the token": faults.edit_body(
                    remove=["expires_in", "refresh_token", "refresh_token_expires_in", "token_type"]
                ),
                "in gzip": faults.gzip(),
            }.items()
        ],
        Row(
            name="the token endpoint redirects elsewhere",
            faults=(always(lambda servers: faults.redirect(servers.foreign.origin + "/v1/access_token", 307), _TOKEN),),
            refreshable=True,
            outcome=Fails(WebexLinkError, ("redirect",), final=True),
            requests=0,
            token_requests=1,
        ),
        Row(
            name="credentials that the token endpoint does not know",
            settings={"refresh_token": "canary-of-a-wrong-refresh-token"},
            refreshable=True,
            outcome=_AGAIN,
            requests=0,
            token_requests=1,
        ),
    ]
)

ROWS = _EXPIRY + _ENDPOINT
