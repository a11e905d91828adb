"""From an Airflow connection to settings: the one place where a connection's fields and extras are read."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, cast
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec

from airflow_provider_webex_recordings.connection.fields import FIELDS
from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.query import MAX_PAGE_SIZE, Role, check_page_size, check_parallel
from airflow_provider_webex_recordings.webex.sending.retry import RetryPolicy

DEFAULT_BASE_URL = "https://webexapis.com/v1"
# Commercial and FedRAMP; both have their API below /v1.
WEBEX_HOSTS = ("webexapis.com", "api-usgov.webex.com")
KNOWN_EXTRAS = tuple(FIELDS)
DEFAULT_PORTS = {"https": 443, "http": 80}
MAX_SECONDS = 24 * 3600
# Webex publishes no limit for this API; four at a time are modest.
DEFAULT_PARALLEL = 4

_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_HOST_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")


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

    Either `access_token` is there, or all of `client_id`, `client_secret` and `refresh_token` are.
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

    None and the empty string mean "not set" everywhere, and a number may come as text: both are what Airflow's forms
    and connection URIs make of a field.

    :raises WebexInputError: where a field or extra cannot work; names it, what to do, and never a secret's value
    """
    extras = _extras(connection.extra)
    base_url = _base_url(connection)
    token_url = extras.get("token_url")
    defaults = RetryPolicy()
    return WebexSettings(
        base_url=base_url,
        token_url=_url("token_url", token_url) if token_url else f"{base_url}/access_token",
        **_credentials(connection, extras),
        token_store=_choice(extras, "token_store", "variable", "memory"),
        role=cast("Role", _choice(extras, "role", "user", "admin")),
        page_size=check_page_size(_whole_number(extras, "page_size", MAX_PAGE_SIZE)),
        parallel=check_parallel(_whole_number(extras, "parallel", DEFAULT_PARALLEL)),
        policy=RetryPolicy(
            max_attempts=_whole_number(extras, "max_attempts", defaults.max_attempts),
            max_seconds=_seconds(extras, "max_retry_seconds", defaults.max_seconds),
            max_wait=_seconds(extras, "max_retry_wait", defaults.max_wait),
        ),
        connect_timeout=_seconds(extras, "connect_timeout", 10),
        read_timeout=_seconds(extras, "read_timeout", 60),
        total_timeout=_seconds(extras, "total_timeout", 300),
        proxy=_proxy(extras.get("proxy")),
        ca_bundle=_path(extras, "ca_bundle"),
    )


def _extras(text: str | None) -> Mapping[str, Any]:
    # Not `extra_dejson`: it turns text that is no JSON into no extras at all, and so drops a refresh token.
    try:
        extras = msgspec.json.decode(text) if text and text.strip() else {}
    except msgspec.DecodeError:
        raise WebexInputError("extra", "***", 'is no JSON; write an object, such as {"role": "admin"}') from None
    if not isinstance(extras, dict):
        raise WebexInputError("extra", "***", 'is no JSON object, such as {"role": "admin"}')
    for name in extras:
        if name not in KNOWN_EXTRAS:
            advice = f"is no extra of this connection type; remove it, or use one of {', '.join(KNOWN_EXTRAS)}"
            raise WebexInputError("extra", name[:60], advice)
    stripped = {name: value.strip() if isinstance(value, str) else value for name, value in extras.items()}
    return {name: value for name, value in stripped.items() if value not in (None, "")}


def _credentials(connection: AirflowConnection, extras: Mapping[str, Any]) -> dict[str, str | None]:
    """Read one of the two ways to authenticate: an access token, or what obtains one."""
    client_id = (connection.login or "").strip() or None
    refresh_token = extras.get("refresh_token")
    if client_id is None and refresh_token:
        advice = "is missing; a refresh_token needs the client ID in login and the client secret in password"
        raise WebexInputError("login", "", advice)
    if client_id is None:
        hint = (
            "a Webex access token, or with a client ID in login the client secret, and the refresh_token in the extra"
        )
        token = _secret("password", connection.password, hint)
        return {"access_token": token, "client_id": None, "client_secret": None, "refresh_token": None}
    return {
        "access_token": None,
        "client_id": client_id,
        "client_secret": _secret("password", connection.password, "the client secret that belongs to the client ID"),
        "refresh_token": _secret(
            "refresh_token",
            refresh_token,
            "the refresh token that belongs to the client ID; for a plain access token leave the client ID empty",
        ),
    }


def _secret(name: str, value: Any, hint: str) -> str:
    text = re.sub(r"^bearer(\s+|$)", "", value.strip(), flags=re.IGNORECASE) if isinstance(value, str) else ""
    if not text:
        raise WebexInputError(name, "", f"is missing; give {hint}")
    if text == "***":
        raise WebexInputError(name, text, f"is Airflow's mask in the place of a secret; give {hint} once more")
    if not re.fullmatch(r"[\x21-\x7e]+", text) or text[0] in "\"'":
        raise WebexInputError(name, "***", "holds white space, quotes or unprintable characters; copy it once more")
    return text


def _base_url(connection: AirflowConnection) -> str:
    """Return the API's base URL: a bare host name, or one of Webex's own, is made whole; any other URL stays as it is.

    Of a connection URI, Airflow reads the port and the path into fields of their own, which the form hides.
    """
    host, schema = (connection.host or "").strip().rstrip("/"), (connection.schema or "").strip().strip("/")
    host = host or DEFAULT_BASE_URL
    scheme, _, rest = host.rpartition("://")
    server, _, path = rest.partition("/")
    is_whole = bool(scheme)
    if schema in ("http", "https") and not scheme:
        scheme = schema
    elif schema and not path:
        path = schema
    elif schema:
        raise WebexInputError("schema", "***", "is not used; put the whole base URL into host")
    if not path and (not is_whole or server in WEBEX_HOSTS):
        path = "v1"
    scheme = scheme or "https"
    port = "" if connection.port in (None, 0, DEFAULT_PORTS.get(scheme)) else f":{connection.port}"
    return _url("host", f"{scheme}://{server}{port}/{path}")


def _url(name: str, value: Any) -> str:
    """Return a URL that a secret may be sent to: https, or plain http within this machine."""
    parts = _split(value)
    if parts is None or parts.query or parts.fragment or "@" in parts.netloc:
        advice = f"is no URL such as {DEFAULT_BASE_URL}; give one without user, query or fragment"
        # A token that was pasted into the wrong field must not be repeated.
        harmless = isinstance(value, str) and re.fullmatch(r"[a-z0-9.:/-]{1,60}", value)
        raise WebexInputError(name, value if harmless else "***", advice)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        raise WebexInputError(name, value, "must begin with https://, or the token would travel in clear text")
    return cast("str", value).rstrip("/")


def _split(value: Any) -> SplitResult | None:
    """Return the parts of a URL that names a host, None of anything else."""
    try:
        parts = urlsplit(value if isinstance(value, str) and not re.search(r"[\s\\\x00-\x1f]", value) else "")
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return None
    names_a_host = _HOST_NAME.fullmatch(host) or _is_address(host)
    return parts if names_a_host and not parts.netloc.endswith(":") else None


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _proxy(value: Any) -> str | None:
    parts = _split(value)
    if value is not None and (parts is None or parts.scheme not in ("http", "https")):
        raise WebexInputError("proxy", "***", "give a URL such as http://user:password@proxy.example.com:3128")
    return cast("str | None", value)


def _path(extras: Mapping[str, Any], name: str) -> str | None:
    value = extras.get(name)
    if value is not None and not isinstance(value, str):
        raise WebexInputError(name, value, "give the path of a file")
    return value


def _choice(extras: Mapping[str, Any], name: str, *choices: str) -> str:
    """Read one of the choices; the first is the default."""
    value = extras.get(name, choices[0])
    if value not in choices:
        raise WebexInputError(name, value, f"choose one of {', '.join(choices)}")
    return cast("str", value)


def _seconds(extras: Mapping[str, Any], name: str, default: float) -> float:
    value = extras.get(name, default)
    number = _number(value)
    if not 0 < number <= MAX_SECONDS:
        raise WebexInputError(name, value, f"give a number of seconds above 0, at most {MAX_SECONDS}")
    return number


def _whole_number(extras: Mapping[str, Any], name: str, default: int) -> int:
    value = extras.get(name, default)
    number = _number(value)
    if not 1 <= number <= 1000 or number != int(number):
        raise WebexInputError(name, value, "give a whole number from 1 to 1000")
    return int(number)


def _number(value: Any) -> float:
    """Return a number that came as one or as text, nan for anything else."""
    try:
        return math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan
