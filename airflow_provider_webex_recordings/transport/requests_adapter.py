"""What `requests` sends with: its own adapter, without cookies or repeated look-ups, and with URLs sent as given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import ConnectionPool, HTTPConnectionPool, HTTPSConnectionPool

from airflow_provider_webex_recordings.transport.answering import TimedResponse
from airflow_provider_webex_recordings.transport.certificates import ssl_context

# How a request's target comes from the pool to the connection past what rewrites its percent-encoding: the name that
# HTTP/2 has for it, which no header of HTTP/1.1 can have (https://www.rfc-editor.org/rfc/rfc9113#section-8.3.1).
_TARGET = ":path"


class _Pool(HTTPConnectionPool):
    """Sends targets as given, and leaves queries out of urllib3's log."""

    def urlopen(  # type: ignore[override]
        self, method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None, **options: Any
    ) -> urllib3.BaseHTTPResponse:
        """Send a request."""
        return super().urlopen(method, url.partition("?")[0], body, {_TARGET: url, **(headers or {})}, **options)


class _TLSPool(_Pool, HTTPSConnectionPool):
    """The same with TLS."""


class _Connection(HTTPConnection):
    response_class = TimedResponse

    def request(  # type: ignore[override]
        self, method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None, **options: Any
    ) -> None:
        """Send a request."""
        headers = dict(headers or {})
        super().request(method, headers.pop(_TARGET, url), body, headers, **options)


class _TLSConnection(_Connection, HTTPSConnection):
    pass


_Pool.ConnectionCls = _Connection
_TLSPool.ConnectionCls = _TLSConnection
_POOLS = {"http": _Pool, "https": _TLSPool}


class NoCookies(RequestsCookieJar):
    """Holds no cookies, and takes no time to look for them in requests and answers."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Take none."""

    def add_cookie_header(self, request: object) -> None:
        """Give none."""


class Adapter(HTTPAdapter):
    """Does what its base does, without cookies, and without looking the pool up again for each request of a listing."""

    _last: tuple[tuple[object, ...], ConnectionPool] | None = None

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **named: Any) -> urllib3.PoolManager:
        """Return the pools of connections through a proxy."""
        manager: urllib3.PoolManager = super().proxy_manager_for(proxy, **named)
        # Those of a SOCKS proxy, which only other users of the session can set, are of another kind.
        if isinstance(manager, urllib3.ProxyManager):
            manager.pool_classes_by_scheme = _POOLS
        return manager

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: bool | str | None,
        proxies: Mapping[str, str] | None = None,
        cert: tuple[str, str] | str | None = None,
    ) -> ConnectionPool:
        """Return the connections to a server."""
        parts = urlsplit(request.url)
        wanted = (parts.scheme, parts.netloc, verify, cert, dict(proxies or {}))
        last = self._last
        if last is None or last[0] != wanted:
            last = self._last = wanted, super().get_connection_with_tls_context(request, verify, proxies, cert)
        return last[1]

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: bool | str, cert: tuple[str, str] | str | None = None
    ) -> tuple[Any, Any]:
        """Return what tells the connections to a server from others: for all of them one context with certificates."""
        host, options = super().build_connection_pool_key_attributes(request, verify, cert)
        if host["scheme"] == "https" and verify and not cert:
            return host, {"cert_reqs": "CERT_REQUIRED", "ssl_context": ssl_context(verify)}
        return host, options

    def cert_verify(self, conn: Any, url: str, verify: bool | str, cert: tuple[str, str] | str | None) -> None:
        """Let each connection read the certificates, unless they share a context that has."""
        if "ssl_context" not in conn.conn_kw or (conn.proxy and conn.proxy.scheme == "https"):
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]

    def request_url(self, request: requests.PreparedRequest, proxies: Mapping[str, str] | None) -> str:
        """Return the request's target."""
        return super().request_url(request, proxies) if proxies else request.path_url

    def build_response(self, req: requests.PreparedRequest, resp: urllib3.BaseHTTPResponse) -> requests.Response:
        """Return the answer as `requests` knows it."""
        answer = requests.Response()
        answer.status_code, answer.reason, answer.url = resp.status, resp.reason or "", req.url or ""
        answer.headers = CaseInsensitiveDict(resp.headers)
        answer.encoding = get_encoding_from_headers(answer.headers)
        answer.raw, answer.request, answer.connection = resp, req, self
        return answer

    def close(self) -> None:
        """Close all connections."""
        self._last = None
        super().close()
