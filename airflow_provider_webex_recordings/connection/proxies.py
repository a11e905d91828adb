"""Which proxy a request goes through."""

from __future__ import annotations

import os

from requests.utils import get_environ_proxies, select_proxy

from airflow_provider_webex_recordings.connection.urls import proxy_url


class Proxies:
    """Chooses for each URL: none for plain http, which never leaves this machine; the connection's, else the machine's.

    :param configured: the connection's proxy, None where it has none
    """

    def __init__(self, configured: str | None) -> None:
        self._configured = configured
        self._chosen: dict[str, str | None] = {}

    def __call__(self, url: str) -> str | None:
        """Return the proxy's URL, None for none.

        :raises WebexInputError: for a proxy of the environment that is not usable; names the variable
        """
        scheme, _, rest = url.partition("://")
        if scheme != "https":
            return None
        host = rest.partition("/")[0]
        if host not in self._chosen:
            self._chosen[host] = self._configured or _machines(f"https://{host}/")
        return self._chosen[host]


def _machines(url: str) -> str | None:
    found = select_proxy(url, get_environ_proxies(url, no_proxy=None))
    if not found:
        return None
    # The proxy variables of a machine often name no scheme.
    return proxy_url(_variable(found), found if "://" in found else f"http://{found}")


def _variable(value: str) -> str:
    names = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    return next((name for name in names if os.environ.get(name) == value), "HTTPS_PROXY")
