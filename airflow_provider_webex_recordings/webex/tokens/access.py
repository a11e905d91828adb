"""Where a request's access token comes from. Both kinds are flows, so both drivers follow the same rules."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple, Protocol

from airflow_provider_webex_recordings.webex.errors import (
    WebexAuthenticationError,
    WebexError,
)
from airflow_provider_webex_recordings.webex.messages import (
    Flow,
    LoadToken,
    Note,
    SaveToken,
    StoredToken,
    TokenWait,
)
from airflow_provider_webex_recordings.webex.sending.retry import RetryPolicy
from airflow_provider_webex_recordings.webex.tokens.endpoint import TokenEndpoint

NEW_TOKEN_REFUSED = (
    "The access token was obtained just now and is refused all the same. Check that the API base URL (host) and the "
    "`token_url` of the connection belong to the same Webex environment; else authorise again"
)
REPLACE_TOKEN = (
    "The access token in the connection's password is unknown or has expired (a personal token lives 12 hours). Enter "
    "a new one, or use client ID, client secret and refresh token, so that tokens are renewed automatically"
)

#: how often a call checks for a token that another task shares, about 5 seconds in total at most
LOOKS = 3
#: seconds over which tasks that find the shared token expired are spread
SPREAD = 3.0
#: how many tokens one call uses at most, its own and other tasks'
MAX_TOKENS_PER_CALL = 10
#: seconds between two attempts to renew a token that is still valid
EARLY_RENEWAL_EVERY = 60.0


class Token(NamedTuple):
    """An access token to use in one call.

    `refreshed` says whether it comes of the call's one refresh after a 401, `tries` how many tokens the call has used.
    """

    value: str
    refreshed: bool = False
    tries: int = 1


class Auth(Protocol):
    """What a call needs of either kind of token."""

    #: what to do when a 401 is final
    advice: str

    def secrets(self) -> Iterable[str]:
        """Return every secret held, so that it can be kept out of messages."""

    def token(self) -> Flow[Token]:
        """Return an access token to use now."""

    def renew(self, refused: Token) -> Flow[Token | None]:
        """Return another token after a 401, None if there is none."""


class StaticToken:
    """An access token as it stands in the connection."""

    advice = REPLACE_TOKEN

    def __init__(self, access_token: str) -> None:
        self._access_token = access_token

    def secrets(self) -> Iterable[str]:
        """Return the token."""
        return [self._access_token]

    def token(self) -> Flow[Token]:
        """Return the token."""
        yield from ()
        return Token(self._access_token)

    def renew(self, refused: Token) -> Flow[Token | None]:  # noqa: ARG002
        """Return None: there is no other."""
        yield from ()
        return None


class RefreshableToken:
    """An access token obtained with a refresh token and shared between tasks through the driver's store.

    An account may hold 750 live access tokens, and each refresh mints one
    (https://developer.webex.com/docs/frequently-asked-questions), so tasks share one. The store has no lock; instead,
    each holder renews at its own moment within the last tenth of a token's life, at most ten minutes before the end,
    and looks into the store first, so that the first to renew spares the others. Tasks that start together, and find
    that the token is to be renewed, wait a moment each for the same reason. While a token is good, that it cannot be
    renewed stops nobody.

    :param endpoint: where tokens are obtained
    :param refresh_token: the refresh token of the connection
    :param policy: how the exchange itself is retried
    :param now: returns Unix time in seconds
    :param shared: whether other tasks renew the same token, which is then waited for
    """

    advice = NEW_TOKEN_REFUSED

    def __init__(
        self,
        endpoint: TokenEndpoint,
        refresh_token: str,
        policy: RetryPolicy,
        now: Callable[[], float],
        *,
        shared: bool = False,
    ) -> None:
        self._endpoint, self._refresh_token = endpoint, refresh_token
        self._policy, self._now, self._shared = policy, now, shared
        self._current: StoredToken | None = None
        self._earliness = random.uniform(0.5, 1.0)  # noqa: S311 - spreads renewals, guards nothing
        self._no_early_renewal_before = 0.0
        self._refused: set[str] = set()
        # A connection that was given new credentials must not go on with a token of the old ones.
        identity = "\n".join((endpoint.url, endpoint.client_id, endpoint.client_secret, refresh_token))
        #: identifies these credentials without revealing them
        self.credentials = hashlib.sha256(identity.encode()).hexdigest()

    def secrets(self) -> Iterable[str]:
        """Return the client secret and every token held."""
        held = [self._endpoint.client_secret, self._refresh_token]
        if self._current is not None:
            held += [self._current.access_token, self._current.refresh_token]
        return held

    def token(self) -> Flow[Token]:
        """Return the token held, else the stored one, else a new one."""
        held = self._fresh_token() or (yield from self._stored_token())
        if held is None and self._shared and self._current is not None:
            # Tasks start together: without this, all those of a schedule would renew together as well.
            pause = random.uniform(0, SPREAD)  # noqa: S311
            yield TokenWait(pause, "The shared access token is due for renewal, and another task may be renewing it")
            held = yield from self._stored_token()
        return held or (yield from self._renew_early()) or (yield from self._refresh(self._policy))

    def renew(self, refused: Token) -> Flow[Token | None]:
        """Return the stored token if another task has renewed it, else a new one, once in a call."""
        if refused.tries >= MAX_TOKENS_PER_CALL:
            return None
        self._refused.add(refused.value)
        # Where Webex ends a token because another was minted, that one is about to be shared.
        other = yield from self._look(self._is_fresh, LOOKS if refused.refreshed else 2)
        if other is not None:
            self._current = other
            return Token(other.access_token, refused.refreshed, refused.tries + 1)
        if refused.refreshed:
            return None
        return (yield from self._refresh(self._policy))._replace(refreshed=True, tries=refused.tries + 1)

    def _is_fresh(self, token: StoredToken) -> bool:
        margin = self._earliness * min(600, token.lifetime / 10)
        return self._now() < token.expires_at - margin and token.access_token not in self._refused

    def _fresh_token(self) -> Token | None:
        current = self._current
        return Token(current.access_token) if current is not None and self._is_fresh(current) else None

    def _stored_token(self) -> Flow[Token | None]:
        """Return another task's token, if it is newer than the one held and still fresh."""
        self._adopt_if_newer((yield from self._load()))
        return self._fresh_token()

    def _load(self) -> Flow[StoredToken | None]:
        """Read the shared token, if it belongs to these credentials and Webex has not refused it."""
        stored: StoredToken | None = yield LoadToken()
        if stored is None or stored.credentials != self.credentials or stored.access_token in self._refused:
            return None
        return stored

    def _adopt_if_newer(self, stored: StoredToken | None) -> bool:
        if stored is None or (self._current is not None and stored.expires_at <= self._current.expires_at):
            return False
        self._current = stored
        return True

    def _look(self, wanted: Callable[[StoredToken], bool], looks: int) -> Flow[StoredToken | None]:
        """Look into the store for what another task may be about to share."""
        for look in range(looks if self._shared else 1):
            if look:
                pause = random.uniform(look, 2 * look)  # noqa: S311
                yield TokenWait(pause, "Another task may have renewed the access token and be about to share it")
            stored = yield from self._load()
            if stored is not None and wanted(stored):
                return stored
        return None

    def _renew_early(self) -> Flow[Token | None]:
        """Renew a token that is still valid; if that fails, keep using it and try again later."""
        current = self._current
        if current is None or current.access_token in self._refused or self._now() >= current.expires_at:
            return None
        if self._now() >= self._no_early_renewal_before:
            try:
                return (yield from self._refresh(replace(self._policy, max_attempts=1)))
            except WebexError as error:
                self._no_early_renewal_before = self._now() + EARLY_RENEWAL_EVERY
                left = current.expires_at - self._now()
                yield Note(f"Could not renew the access token early (still valid for {left:.0f} s): {error}")
        return Token(current.access_token)

    def _refresh(self, policy: RetryPolicy) -> Flow[Token]:
        held = self._refresh_token_of(self._current)
        try:
            return (yield from self._exchange(held, policy))
        except WebexAuthenticationError:
            # Another task may have used this refresh token up, and share what it got.
            stored = yield from self._look(lambda stored: self._refresh_token_of(stored) != held, LOOKS)
            if stored is not None:
                self._current = stored
                if self._is_fresh(stored):
                    return Token(stored.access_token)
            # Where nothing new is stored, the connection's own is left to try.
            other = self._refresh_token_of(stored)
            if other == held:
                raise
            return (yield from self._exchange(other, policy))

    def _refresh_token_of(self, token: StoredToken | None) -> str:
        return (token.refresh_token if token is not None else "") or self._refresh_token

    def _exchange(self, refresh_token: str, policy: RetryPolicy) -> Flow[Token]:
        """Obtain a token and share it, unless another task has just shared one that is newer still."""
        grant = yield from self._endpoint.refresh(refresh_token, policy, self.secrets)
        self._current = StoredToken(
            access_token=grant.access_token,
            expires_at=self._now() + grant.lifetime,
            lifetime=grant.lifetime,
            refresh_token="" if grant.refresh_token == self._refresh_token else grant.refresh_token,
            credentials=self.credentials,
        )
        if grant.refresh_token != refresh_token:
            yield from self._keep(self._current)
        elif not self._adopt_if_newer((yield from self._load())):
            yield SaveToken(self._current)
        return Token(self._current.access_token)

    def _keep(self, token: StoredToken) -> Flow[None]:
        """Share a token whose refresh token replaces the one used, before anything else can go wrong.

        Of two tasks that obtain one at a time, the later one holds the refresh token that is still valid, and the
        earlier one may be the later to save: so each reads back, and puts its own in again where an older one stands.
        """
        yield SaveToken(token)
        if self._shared:
            pause = random.uniform(0.5, 1.5)  # noqa: S311
            yield TokenWait(pause, "Webex replaced the refresh token; checking that the new one is stored")
            stored = yield from self._load()
            if not self._adopt_if_newer(stored) and (stored is None or stored.expires_at < token.expires_at):
                yield SaveToken(token)
