"""The token endpoint: an access token for a refresh token.

https://developer.webex.com/docs/integrations#using-the-refresh-token
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from airflow_provider_webex_recordings.webex.errors import (
    WebexApiError,
    WebexAuthenticationError,
    WebexProtocolError,
)
from airflow_provider_webex_recordings.webex.messages import Flow, Purpose, Request, Response
from airflow_provider_webex_recordings.webex.sending.reading import read_object
from airflow_provider_webex_recordings.webex.sending.retry import RetryPolicy
from airflow_provider_webex_recordings.webex.sending.send import send

AUTHORISE_AGAIN = (
    "The refresh token, client ID or client secret was refused. Authorise again: for an integration repeat its OAuth "
    "grant, for a service app let a full admin authorise it in Control Hub (Management > Apps) and create new tokens "
    "at https://developer.webex.com/my-apps; then put the new refresh token into the connection's extra `refresh_token`"
)
NO_TOKEN_ENDPOINT = (
    "First check that the token endpoint exists: it is /access_token below the connection's API base URL (host), or "
    f"its `token_url`. {AUTHORISE_AGAIN}"
)
LONGEST_LIFETIME = 366 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Grant:
    """What the token endpoint grants. Webex may replace the refresh token; else it is the one that was used."""

    access_token: str = field(repr=False)
    lifetime: float
    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """Where an integration or service app obtains access tokens.

    :param url: the token endpoint
    :param client_id: OAuth client id of the integration or service app
    :param client_secret: its secret
    """

    url: str
    client_id: str
    client_secret: str = field(repr=False)

    def refresh(self, refresh_token: str, policy: RetryPolicy, secrets: Callable[[], Iterable[str]]) -> Flow[Grant]:
        """Exchange a refresh token.

        :param policy: how the exchange is retried
        :param secrets: returns what must not appear in an error
        :raises WebexAuthenticationError: where the endpoint refuses, for good
        """
        form = {
            "grant_type": "refresh_token",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "refresh_token": refresh_token,
        }
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        request = Request(self.url, "POST", headers, urlencode(form).encode(), purpose=Purpose.TOKEN)
        try:
            granted = (yield from send(request, _read_grant, policy, secrets)).value
        except WebexApiError as error:
            if not error.final or error.status == 407:
                raise
            advice = NO_TOKEN_ENDPOINT if error.status in (404, 405) else AUTHORISE_AGAIN
            # Whatever status the endpoint refuses with, it is the credentials that are refused.
            raise WebexAuthenticationError(*error.args).with_advice(advice) from None
        return Grant(granted.access_token, granted.lifetime, granted.refresh_token or refresh_token)


def _read_grant(response: Response) -> Grant:
    answer = read_object(response)
    token, following = answer.get("access_token"), answer.get("refresh_token")
    if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]+", token):
        raise WebexProtocolError("the token endpoint's answer has no access_token", response.tracking_id)
    return Grant(token, _lifetime(answer.get("expires_in")), following if isinstance(following, str) else "")


def _lifetime(expires_in: object) -> float:
    """Return the stated lifetime in seconds; without a usable one, an hour, the shortest that Webex documents."""
    try:
        seconds = float(expires_in)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return 3600.0
    return min(seconds, LONGEST_LIFETIME) if seconds > 0 and expires_in is not True else 3600.0
