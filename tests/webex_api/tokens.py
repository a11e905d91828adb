"""Access tokens, their scopes and life times, and the OAuth clients that refresh them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.webex_api.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

ORG_ID = "59e67527-4651-4c90-b2f0-4f86c3bb6608"
PEOPLE_SCOPE = "spark:people_read"
USER_SCOPE = "spark:recordings_read"
ADMIN_SCOPE = "spark-admin:recordings_read"
COMPLIANCE_SCOPE = "spark-compliance:recordings_read"
ALL_SCOPES = (PEOPLE_SCOPE, USER_SCOPE, ADMIN_SCOPE, COMPLIANCE_SCOPE)
REFRESH_TOKEN_SECONDS = 7775999


@dataclass
class Token:
    value: str
    scopes: frozenset[str]
    expires_at: datetime | None = None
    client_id: str | None = None
    counted: bool = True


@dataclass
class Client:
    """An integration or service app and the refresh tokens it may use now, the newest last."""

    client_id: str
    client_secret: str
    refresh_tokens: list[str]
    access_token_seconds: int
    scopes: tuple[str, ...]
    rotates: bool
    invalidates_old: bool
    revokes_access_tokens: bool
    minted: list[str] = field(default_factory=list)


def new_token() -> str:
    return f"{secrets.token_urlsafe(48)}_P0A1_{ORG_ID}"


class Tokens:
    """All access tokens and clients of the API."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._tokens: dict[str, Token] = {}
        self.clients: dict[str, Client] = {}

    def issue(
        self,
        scopes: Iterable[str],
        expires_in: float | None = None,
        *,
        value: str | None = None,
        client_id: str | None = None,
        counted: bool = True,
    ) -> str:
        expires_at = None if expires_in is None else self._now() + timedelta(seconds=expires_in)
        token = Token(value or new_token(), frozenset(scopes), expires_at, client_id, counted)
        self._tokens[token.value] = token
        return token.value

    def expire(self, value: str) -> None:
        """Make a token invalid at once; an unknown one is invalid anyway."""
        self._tokens.pop(value, None)

    def live(self) -> list[str]:
        return [token.value for token in list(self._tokens.values()) if token.counted and self._is_live(token)]

    def _is_live(self, token: Token) -> bool:
        return token.expires_at is None or self._now() < token.expires_at

    def authorise(self, authorization: str | None, scopes: Iterable[str]) -> frozenset[str]:
        """The scopes of a valid token that has one of `scopes`; an ApiError otherwise."""
        scheme, _, value = (authorization or "").partition(" ")
        token = self._tokens.get(value.strip()) if scheme.lower() == "bearer" else None
        if token is None or not self._is_live(token):
            raise ApiError(401, headers={"WWW-Authenticate": 'Bearer realm="webex", error="invalid_token"'})
        if token.scopes.isdisjoint(scopes):
            raise ApiError(403)
        return token.scopes

    def refresh(self, form: dict[str, str]) -> dict[str, object]:
        """Answer a request to the token endpoint."""
        client = self._client_for(form)
        if client.revokes_access_tokens:
            for value in client.minted:
                self.expire(value)
        access_token = self.issue(client.scopes, client.access_token_seconds, client_id=client.client_id)
        client.minted.append(access_token)
        return {
            "access_token": access_token,
            "expires_in": client.access_token_seconds,
            "refresh_token": self._next_refresh_token(client, form["refresh_token"]),
            "refresh_token_expires_in": REFRESH_TOKEN_SECONDS,
            "token_type": "Bearer",
        }

    def _client_for(self, form: dict[str, str]) -> Client:
        if form.get("grant_type") != "refresh_token":
            raise ApiError(400, "grant_type: must be refresh_token.")
        client = self.clients.get(form.get("client_id", ""))
        if client is None or form.get("client_secret") != client.client_secret:
            raise ApiError(401, "invalid_client: the client id or the client secret is not valid.")
        if form.get("refresh_token") not in client.refresh_tokens:
            raise ApiError(400, "invalid_grant: the refresh token is not valid, has expired or was revoked.")
        return client

    def _next_refresh_token(self, client: Client, used: str) -> str:
        if not client.rotates:
            return used
        if client.invalidates_old:
            client.refresh_tokens.remove(used)
        client.refresh_tokens.append(secrets.token_urlsafe(48))
        return client.refresh_tokens[-1]
