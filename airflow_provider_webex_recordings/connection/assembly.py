"""From a connection's settings to the parts that a hook works with."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from airflow_provider_webex_recordings.connection.proxies import Proxies
from airflow_provider_webex_recordings.connection.settings import WebexSettings
from airflow_provider_webex_recordings.connection.token_store import MemoryTokenStore, VariableTokenStore
from airflow_provider_webex_recordings.transport.certificates import ssl_context
from airflow_provider_webex_recordings.transport.drivers import TokenStore
from airflow_provider_webex_recordings.version import __version__
from airflow_provider_webex_recordings.webex.call import Api
from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.sending.retry import RetryPolicy
from airflow_provider_webex_recordings.webex.tokens.access import Auth, RefreshableToken, StaticToken
from airflow_provider_webex_recordings.webex.tokens.endpoint import TokenEndpoint


def make_api(
    settings: WebexSettings, now: Callable[[], float], policy: RetryPolicy | None = None, *, shared: bool = True
) -> Api:
    """Return what every call needs.

    :param settings: the connection's
    :param now: returns Unix time in seconds
    :param policy: instead of the connection's
    :param shared: False where no other task can renew the access token meanwhile
    """
    policy = policy or settings.policy
    auth: StaticToken | RefreshableToken
    if settings.client_id and settings.client_secret and settings.refresh_token:
        auth = RefreshableToken(
            TokenEndpoint(settings.token_url, settings.client_id, settings.client_secret),
            settings.refresh_token,
            policy,
            now,
            shared=shared and settings.token_store == "variable",
        )
    else:
        auth = StaticToken(settings.access_token or "")
    return Api(settings.base_url, auth, policy)


def make_token_store(settings: WebexSettings, conn_id: str, auth: Auth) -> TokenStore:
    """Return the store that the connection asks for. A plain access token is never stored."""
    credentials = auth.credentials if isinstance(auth, RefreshableToken) else ""
    store = VariableTokenStore if settings.token_store == "variable" else MemoryTokenStore
    return store(conn_id, credentials)


def http_options(settings: WebexSettings) -> dict[str, Any]:
    """Return the arguments of both exchanges: time-outs, proxies, certificates and common headers.

    :raises WebexInputError: where a proxy variable or a CA bundle of this machine is not usable
    """
    proxies = Proxies(settings.proxy)
    for url in (settings.base_url, settings.token_url):
        proxies(url)
    return {
        "connect_timeout": settings.connect_timeout,
        "read_timeout": settings.read_timeout,
        "total_timeout": settings.total_timeout,
        "proxy": proxies,
        "verify": _certificates(settings),
        "headers": {
            "User-Agent": f"airflow-provider-webex-recordings/{__version__}",
            "Accept-Encoding": "gzip, deflate",
        },
    }


def _certificates(settings: WebexSettings) -> str | bool:
    """Return the path of the CA bundle, or True for the usual certificates."""
    if settings.ca_bundle is not None:
        return _checked("ca_bundle", settings.ca_bundle)
    is_encrypted = any(url.startswith("https:") for url in (settings.base_url, settings.token_url))
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if is_encrypted and os.environ.get(name):
            return _checked(name, os.environ[name])
    return True


def _checked(name: str, path: str) -> str:
    # Found out by the first request, it would look like a failing network, and be retried.
    try:
        ssl_context(path)
    # ValueError: a path with a null character.
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        advice = f"is not a readable PEM file on this machine ({reason}); workers and triggerers need it"
        raise WebexInputError(name, path, advice) from None
    return path
