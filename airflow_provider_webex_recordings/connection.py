"""From an Airflow connection to settings: the one place where a connection's fields and extras are read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import msgspec

from airflow_provider_webex_recordings.get_provider_info import get_provider_info
from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.query import MAX_PAGE_SIZE, Role, check_page_size
from airflow_provider_webex_recordings.webex.retry import RetryPolicy

DEFAULT_BASE_URL = "https://webexapis.com/v1"
KNOWN_EXTRAS = tuple(get_provider_info()["connection-types"][0]["conn-fields"])
LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")


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
    """A connection, read and checked. Secrets are not in the repr."""

    base_url: str
    token_url: str
    access_token: str | None = field(repr=False)
    client_id: str | None
    client_secret: str | None = field(repr=False)
    refresh_token: str | None = field(repr=False)
    token_store: str
    role: Role
    page_size: int
    policy: RetryPolicy
    connect_timeout: float
    read_timeout: float
    total_timeout: float
    proxy: str | None = field(repr=False)
    ca_bundle: str | None

    @property
    def secrets(self) -> list[str]:
        """Every secret of the connection, to be masked."""
        held = (self.access_token, self.client_secret, self.refresh_token, self.proxy)
        proxy_password = urlsplit(self.proxy).password if self.proxy else None
        return [secret for secret in (*held, proxy_password) if secret]


def read_connection(connection: AirflowConnection) -> WebexSettings:
    """Read and check a connection of type ``webex``.

    :raises WebexInputError: where a field or extra cannot work; names it, what to do, and never a secret's value
    """
    extras = _extras(connection.extra)
    base_url = _url("host", _base_url(connection))
    client_id = connection.login or None
    password = _secret("password", connection.password, "the access token, or the client secret beside a client ID")
    refresh_token = None
    if client_id:
        hint = "the refresh token that belongs to the client ID in login"
        refresh_token = _secret("refresh_token", extras.get("refresh_token"), hint)
    elif extras.get("refresh_token"):
        raise WebexInputError("login", "", "a refresh_token needs the client ID in login, the secret in password")
    return WebexSettings(
        base_url=base_url,
        token_url=_url("token_url", extras.get("token_url") or f"{base_url}/access_token"),
        access_token=None if client_id else password,
        client_id=client_id,
        client_secret=password if client_id else None,
        refresh_token=refresh_token,
        token_store=_choice("token_store", extras.get("token_store", "variable"), ("variable", "memory")),
        role=cast("Role", _choice("role", extras.get("role", "user"), ("user", "admin"))),
        page_size=check_page_size(_number(extras, "page_size", MAX_PAGE_SIZE, whole=True)),
        policy=RetryPolicy(
            max_attempts=int(_number(extras, "max_attempts", RetryPolicy().max_attempts, whole=True)),
            max_seconds=_number(extras, "max_retry_seconds", RetryPolicy().max_seconds),
            max_wait=_number(extras, "max_retry_wait", RetryPolicy().max_wait),
        ),
        connect_timeout=_number(extras, "connect_timeout", 10.0),
        read_timeout=_number(extras, "read_timeout", 60.0),
        total_timeout=_number(extras, "total_timeout", 300.0),
        proxy=_proxy(extras.get("proxy")),
        ca_bundle=extras.get("ca_bundle"),
    )


def _extras(text: str | None) -> Mapping[str, Any]:
    # Not `extra_dejson`: it turns text that is no JSON into no extras at all, and so drops a refresh token.
    try:
        extras = msgspec.json.decode(text) if text and text.strip() else {}
    except msgspec.DecodeError:
        raise WebexInputError("extra", "***", "is no JSON") from None
    if not isinstance(extras, dict):
        raise WebexInputError("extra", "***", 'is no JSON object, such as {"role": "admin"}')
    for name in extras:
        if name not in KNOWN_EXTRAS:
            raise WebexInputError("extra", name, f"is unknown; known are {', '.join(KNOWN_EXTRAS)}")
    return {name: value for name, value in extras.items() if value not in (None, "")}


def _base_url(connection: AirflowConnection) -> str:
    if connection.schema:
        raise WebexInputError("schema", connection.schema, "is not used; put the whole base URL into host")
    host = (connection.host or DEFAULT_BASE_URL).strip().rstrip("/")
    scheme, _, rest = host.rpartition("://")
    if connection.port:
        server, slash, path = rest.partition("/")
        rest = f"{server}:{connection.port}{slash}{path}"
    return f"{scheme or 'https'}://{rest}"


def _url(name: str, url: Any) -> str:
    """Return a URL that a secret may be sent to: https, or plain http within this machine."""
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        known = (parts.hostname, parts.port)
    except ValueError:
        known = (None, None)
    if known[0] is None or re.search(r"[\s\\]", url) or parts.query or parts.fragment:
        raise WebexInputError(name, "***" if "@" in str(url) else url, f"is no URL such as {DEFAULT_BASE_URL}")
    if "@" in parts.netloc:
        raise WebexInputError(name, "***", "holds a user or password; put credentials into login and password")
    if parts.scheme != "https" and not (parts.scheme == "http" and LOOPBACK.fullmatch(known[0])):
        raise WebexInputError(name, url, "must begin with https://, or the token would travel in clear text")
    return cast("str", url)


def _secret(name: str, value: Any, hint: str) -> str:
    text = value.strip().removeprefix("Bearer ") if isinstance(value, str) else ""
    if not text:
        raise WebexInputError(name, "", f"is missing; give {hint}")
    if not re.fullmatch(r"[\x21-\x7e]+", text):
        raise WebexInputError(name, "***", f"holds white space or unprintable characters; give {hint}")
    return text


def _choice(name: str, value: Any, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise WebexInputError(name, value, f"choose one of {', '.join(choices)}")
    return cast("str", value)


def _number(extras: Mapping[str, Any], name: str, default: float, *, whole: bool = False) -> float:
    value = extras.get(name, default)
    try:
        number = int(value) if whole else float(value)
    except (TypeError, ValueError, OverflowError):
        number = 0
    if isinstance(value, bool) or number != float(value if number else 0) or not 0 < number < float("inf"):
        raise WebexInputError(name, value, f"give a {'whole number' if whole else 'number of seconds'} above 0")
    return number


def _proxy(value: Any) -> str | None:
    if value is None:
        return None
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or True)
    except ValueError:
        good = False
    if not good:
        raise WebexInputError("proxy", "***", "give a URL such as http://user:password@proxy.example.com:3128")
    return cast("str", value)
