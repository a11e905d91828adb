"""Where a request's access token comes from. Both kinds speak in flows, so both drivers use the same rules."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlencode

from airflow_provider_webex_recordings.webex.errors import (
    WebexApiError,
    WebexAuthenticationError,
    WebexProtocolError,
)
from airflow_provider_webex_recordings.webex.messages import (
    Flow,
    LoadToken,
    Request,
    Response,
    SaveToken,
    StoredToken,
)
from airflow_provider_webex_recordings.webex.paging import read_object
from airflow_provider_webex_recordings.webex.retry import RetryPolicy
from airflow_provider_webex_recordings.webex.sending import send

AUTHORISE_AGAIN = (
    "The refresh token, client id or client secret is refused. Authorise again: for an integration repeat its OAuth "
    "grant, for a service app let a full admin authorise it in Control Hub (Management > Apps) and create new tokens "
    "at https://developer.webex.com/my-apps; then put the new refresh token into the connection's extra `refresh_token`"
)
NEW_TOKEN_REFUSED = (
    "The access token was obtained just now and is refused all the same. Check that the API base URL (host) and the "
    "`token_url` of the connection belong to the same Webex environment; else authorise again"
)
REPLACE_TOKEN = (
    "The access token in the connection's password is unknown or has expired (a personal token lives 12 hours). Put a "
    "new one there, or client id, client secret and refresh token, which are renewed without you"
)


class Renewed(NamedTuple):
    """A token in the place of a refused one; `is_new` where it comes straight from the token endpoint."""

    access_token: str
    is_new: bool


class Auth(Protocol):
    """What a call needs of either kind of token."""

    #: what to do when a 401 is final
    advice: str

    def secrets(self) -> Iterable[str]:
        """Return every secret held, so that it can be kept out of messages."""

    def token(self) -> Flow[str]:
        """Return an access token to use now."""

    def renew(self, refused: str) -> Flow[Renewed | None]:
        """Return another token after a 401, None where there is none."""


class StaticToken:
    """An access token as it stands in the connection."""

    advice = REPLACE_TOKEN

    def __init__(self, access_token: str) -> None:
        self._access_token = access_token

    def secrets(self) -> Iterable[str]:
        """Return the token."""
        return [self._access_token]

    def token(self) -> Flow[str]:
        """Return the token."""
        yield from ()
        return self._access_token

    def renew(self, refused: str) -> Flow[Renewed | None]:  # noqa: ARG002
        """Return None: there is no other."""
        yield from ()
        return None


class RefreshableToken:
    """An access token obtained with a refresh token and shared between tasks through the driver's store.

    An account may hold 750 live access tokens, and each refresh mints one
    (https://developer.webex.com/docs/frequently-asked-questions), so tasks share one. Each holder renews it at its
    own moment within the last tenth of its life, at most ten minutes before the end, and looks into the store
    first, so that the first to renew spares the others.

    :param client_id: OAuth client id of the integration or service app
    :param client_secret: its secret
    :param refresh_token: the refresh token of the connection
    :param token_url: the token endpoint
    :param policy: how the exchange itself is retried
    :param now: returns Unix time in seconds
    """

    advice = NEW_TOKEN_REFUSED

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        refresh_token: str,
        token_url: str,
        policy: RetryPolicy,
        now: Callable[[], float],
    ) -> None:
        self._client_id, self._client_secret = client_id, client_secret
        self._refresh_token, self._token_url = refresh_token, token_url
        self._policy, self._now = policy, now
        self._current: StoredToken | None = None
        self._earliness = random.uniform(0.5, 1.0)  # noqa: S311 - spreads renewals, guards nothing
        # A connection that was given new credentials must not go on with a token of the old ones.
        identity = "\n".join((token_url, client_id, client_secret, refresh_token))
        self._credentials = hashlib.sha256(identity.encode()).hexdigest()

    def secrets(self) -> Iterable[str]:
        """Return the client secret and every token held."""
        held = [self._client_secret, self._refresh_token]
        if self._current is not None:
            held += [self._current.access_token, self._current.refresh_token]
        return held

    def token(self) -> Flow[str]:
        """Return the token held, else the stored one, else a new one."""
        if self._current is not None and self._is_fresh(self._current):
            return self._current.access_token
        stored = yield from self._load()
        if stored is not None and self._is_fresh(stored):
            return stored.access_token
        return (yield from self._refresh())

    def renew(self, refused: str) -> Flow[Renewed | None]:
        """Return the stored token if another task has renewed it already, else a new one."""
        stored = yield from self._load()
        if stored is not None and self._is_fresh(stored) and stored.access_token != refused:
            return Renewed(stored.access_token, is_new=False)
        return Renewed((yield from self._refresh()), is_new=True)

    def _is_fresh(self, token: StoredToken) -> bool:
        margin = self._earliness * min(600.0, token.lifetime / 10)
        return self._now() < token.expires_at - margin

    def _load(self) -> Flow[StoredToken | None]:
        stored: StoredToken | None = yield LoadToken()
        if stored is None or stored.credentials != self._credentials:
            return None
        self._current = stored
        return stored

    def _refresh(self) -> Flow[str]:
        held = self._current.refresh_token if self._current else self._refresh_token
        try:
            return (yield from self._exchange(held))
        except WebexAuthenticationError:
            # Another task may have used this refresh token up, and shared what it got.
            stored = yield from self._load()
            if stored is not None and stored.refresh_token != held:
                if self._is_fresh(stored):
                    return stored.access_token
                return (yield from self._exchange(stored.refresh_token))
            if held == self._refresh_token:
                raise
            return (yield from self._exchange(self._refresh_token))

    def _exchange(self, refresh_token: str) -> Flow[str]:
        form = {
            "grant_type": "refresh_token",
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "refresh_token": refresh_token,
        }
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        request = Request(self._token_url, "POST", headers, urlencode(form).encode())
        try:
            answer = (yield from send(request, _read_grant, self._policy, self.secrets)).value
        except WebexApiError as error:
            if not error.final:
                raise
            raise WebexAuthenticationError(
                error.request, error.status, error.message, error.tracking_id, AUTHORISE_AGAIN
            ) from None
        lifetime = _seconds(answer.get("expires_in"))
        self._current = StoredToken(
            access_token=answer["access_token"],
            expires_at=self._now() + lifetime,
            lifetime=lifetime,
            refresh_token=answer.get("refresh_token") or refresh_token,
            credentials=self._credentials,
        )
        yield SaveToken(self._current)
        return self._current.access_token


def _read_grant(response: Response) -> dict[str, Any]:
    answer = read_object(response)
    if not isinstance(answer.get("access_token"), str) or not answer["access_token"]:
        raise WebexProtocolError("the token endpoint's answer has no access_token", response.header("trackingid") or "")
    return answer


def _seconds(value: object) -> float:
    # Without a stated lifetime, the shortest that Webex documents: an hour.
    try:
        return float(value) if value and not isinstance(value, bool) else 3600.0  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return 3600.0
