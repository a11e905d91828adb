"""Which URLs a connection may name: those that a secret may be sent to, and proxies."""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import SplitResult, urlsplit

from airflow_provider_webex_recordings.connection.fields import COMMERCIAL, FEDRAMP
from airflow_provider_webex_recordings.webex.errors import WebexInputError

_DEFAULT_PORTS = {"https": 443, "http": 80}
# Both have their API below the same path.
_WEBEX_HOSTS = {urlsplit(url).netloc for url in (COMMERCIAL, FEDRAMP)}
_API_PATH = urlsplit(COMMERCIAL).path.strip("/")

_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_HOST_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")


def api_base_url(host: str | None, port: int | None, schema: str | None) -> str:
    """Return the API's base URL: a bare host name, or one of Webex's own, is made whole; any other URL stays as it is.

    Of a connection URI, Airflow reads the port and the path into fields of their own, which the form hides.

    :raises WebexInputError: where the result is not a URL that a token may be sent to
    """
    host, schema = (host or "").strip().rstrip("/") or COMMERCIAL, (schema or "").strip().strip("/")
    scheme, _, rest = host.rpartition("://")
    server, _, path = rest.partition("/")
    is_whole = bool(scheme)
    if schema in _DEFAULT_PORTS and not scheme:
        scheme = schema
    elif schema and not path:
        path = schema
    elif schema:
        raise WebexInputError("schema", "***", "is not used; enter the whole base URL in host")
    if not path and (not is_whole or server in _WEBEX_HOSTS):
        path = _API_PATH
    scheme = scheme or "https"
    port_text = "" if port in (None, _DEFAULT_PORTS.get(scheme)) else f":{port}"
    return safe_url("host", f"{scheme}://{server}{port_text}/{path}")


def safe_url(name: str, value: Any) -> str:
    """Return a URL that a secret may be sent to: https, or plain http within this machine.

    :raises WebexInputError: for anything else
    """
    parts = _split(value)
    if parts is None or parts.query or parts.fragment or "@" in parts.netloc:
        advice = f"must be a URL such as {COMMERCIAL}, without user, query and fragment"
        # A token that was pasted into the wrong field must not be repeated.
        harmless = isinstance(value, str) and re.fullmatch(r"[a-z0-9.:/-]{1,60}", value)
        raise WebexInputError(name, value if harmless else "***", advice)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        raise WebexInputError(
            name,
            f"{parts.scheme}://{parts.netloc}",
            "must begin with https://, or the token would travel in clear text",
        )
    return str(value).rstrip("/")


def proxy_url(name: str, value: Any) -> str:
    """Return the URL of an HTTP proxy.

    :raises WebexInputError: for anything else; never with the value, which may hold a password
    """
    parts = _split(value)
    if parts is None or parts.scheme not in _DEFAULT_PORTS:
        raise WebexInputError(name, "***", "must be a URL such as http://user:password@proxy.example.com:3128")
    return str(value)


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
