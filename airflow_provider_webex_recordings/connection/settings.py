"""From an Airflow connection to settings: the one place where a connection's fields and extras are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import msgspec

from airflow_provider_webex_recordings.connection.checks import checked
from airflow_provider_webex_recordings.connection.fields import EXTRAS, SETTINGS
from airflow_provider_webex_recordings.connection.urls import api_base_url
from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.query import Role
from airflow_provider_webex_recordings.webex.sending.retry import RetryPolicy

KNOWN_EXTRAS = tuple(setting.name for setting in EXTRAS)


class AirflowConnection(Protocol):
    """What is read of an Airflow ``Connection``."""

    host: str | None
    login: str | None
    password: str | None
    schema: str | None
    port: int | None
    extra: str | None


@dataclass(frozen=True, slots=True)
class WebexSettings:
    """A connection, read and checked. Secrets are not in the repr.

    Either `access_token` is set, or all of `client_id`, `client_secret` and `refresh_token` are.
    """

    base_url: str
    token_url: str
    access_token: str | None = field(repr=False)
    client_id: str | None
    client_secret: str | None = field(repr=False)
    refresh_token: str | None = field(repr=False)
    token_store: str
    role: Role
    page_size: int
    parallel: int
    policy: RetryPolicy
    connect_timeout: float
    read_timeout: float
    total_timeout: float
    proxy: str | None = field(repr=False)
    ca_bundle: str | None

    @property
    def secrets(self) -> list[str]:
        """Every secret of the connection, to be masked."""
        password = urlsplit(self.proxy).password if self.proxy else None
        proxy_secrets = (self.proxy, password, unquote(password)) if password else ()
        held = (self.access_token, self.client_secret, self.refresh_token, *proxy_secrets)
        return [secret for secret in held if secret]


def read_connection(connection: AirflowConnection) -> WebexSettings:
    """Read and check a connection of type ``webex``.

    :raises WebexInputError: where a field or extra cannot work; names it, what to do, and never a secret's value
    """
    extras = _extras(connection.extra)
    values = {setting.name: checked(setting, extras.get(setting.name)) for setting in EXTRAS}
    port = checked(SETTINGS["port"], connection.port or None)
    base_url = api_base_url(connection.host, port, connection.schema)
    return WebexSettings(
        base_url=base_url,
        token_url=values.pop("token_url") or f"{base_url}/access_token",
        **_credentials(connection, values.pop("refresh_token")),
        policy=RetryPolicy(
            max_attempts=values.pop("max_attempts"),
            max_seconds=values.pop("max_retry_seconds"),
            max_wait=values.pop("max_retry_wait"),
        ),
        **values,
    )


def _extras(text: str | None) -> Mapping[str, Any]:
    # Not `extra_dejson`: it turns text that is not JSON into no extras at all, and so drops a refresh token.
    try:
        extras = msgspec.json.decode(text) if text and text.strip() else {}
    except msgspec.DecodeError:
        raise WebexInputError("extra", "***", 'is not valid JSON; give an object such as {"role": "admin"}') from None
    if not isinstance(extras, dict):
        raise WebexInputError("extra", "***", 'must be a JSON object such as {"role": "admin"}')
    for name in extras:
        if name not in KNOWN_EXTRAS:
            advice = f"is not an extra of this connection type; remove it, or use one of {', '.join(KNOWN_EXTRAS)}"
            raise WebexInputError("extra", name[:60], advice)
    return extras


def _credentials(connection: AirflowConnection, refresh_token: str | None) -> dict[str, Any]:
    """Read one of the two ways to authenticate: an access token, or what obtains one."""
    client_id = checked(SETTINGS["login"], connection.login)
    password = checked(SETTINGS["password"], connection.password)
    if client_id is None and refresh_token:
        _missing("login", "a refresh token needs the client ID in login and the client secret in password")
    if password is None and client_id is None:
        _missing("password", "enter an access token; or the client secret, with client ID and refresh_token")
    if password is None:
        _missing("password", "enter the client secret that belongs to the client ID")
    if client_id and refresh_token is None:
        _missing("refresh_token", "enter the one that belongs to the client ID, or leave the client ID empty")
    return {
        "access_token": None if client_id else password,
        "client_id": client_id,
        "client_secret": password if client_id else None,
        "refresh_token": refresh_token,
    }


def _missing(name: str, advice: str) -> None:
    raise WebexInputError(name, "", f"is missing; {advice}")
