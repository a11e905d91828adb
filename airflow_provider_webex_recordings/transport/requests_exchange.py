"""Sending one request with `requests`, on a worker."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3.connectionpool import ConnectionPool

from airflow_provider_webex_recordings.transport.failures import failure
from airflow_provider_webex_recordings.webex.messages import Failure, FailureKind, Request, Response

_KINDS = MappingProxyType(
    {
        requests.exceptions.ProxyError: FailureKind.PROXY,
        urllib3.exceptions.ProxyError: FailureKind.PROXY,
        # For urllib3 this is a time-out too.
        urllib3.exceptions.NewConnectionError: FailureKind.CONNECT,
        requests.exceptions.Timeout: FailureKind.TIMEOUT,
        urllib3.exceptions.TimeoutError: FailureKind.TIMEOUT,
        TimeoutError: FailureKind.TIMEOUT,
    }
)
_CHUNK = 1 << 16


class _NoCookies(RequestsCookieJar):
    """Holds no cookies, and takes no time to look for them in requests and answers."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Take none."""

    def add_cookie_header(self, request: object) -> None:
        """Give none."""


class _Adapter(HTTPAdapter):
    """Does what its base does, but for cookies, and for looking the pool up anew for each request of a listing."""

    _last: tuple[tuple[object, ...], ConnectionPool] | None = None

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


class RequestsExchange:
    """A pooled `requests.Session` that sends one request at a time and never raises for the network's sake.

    :param connect_timeout: seconds until a connection stands
    :param read_timeout: seconds without a byte
    :param total_timeout: seconds for the whole request; a body that drips on for ever ends here
    :param proxy: URL of a proxy, None for none
    :param verify: path of a CA bundle, or True for the certificates that `requests` brings
    :param headers: sent with every request
    """

    def __init__(
        self,
        *,
        connect_timeout: float,
        read_timeout: float,
        total_timeout: float,
        proxy: str | None,
        verify: str | bool,
        headers: dict[str, str],
    ) -> None:
        self._timeout, self._total_timeout = (connect_timeout, read_timeout), total_timeout
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}
        self._headers = headers
        self.session = requests.Session()
        # The environment was looked at once; a .netrc must never replace the Authorization header.
        self.session.trust_env = False
        self.session.verify = verify
        self.session.cookies = _NoCookies()
        for prefix in ("https://", "http://"):
            self.session.mount(prefix, _Adapter(pool_maxsize=32))

    def __call__(self, request: Request) -> Response | Failure:
        """Send a request and read its whole answer; redirects are the caller's to follow."""
        started = time.monotonic()
        try:
            answer = self.session.send(
                self._prepare(request),
                stream=True,
                allow_redirects=False,
                timeout=self._timeout,
                proxies=self._proxies,
                verify=self.session.verify,
            )
            with answer:
                body = self._read(answer, started + self._total_timeout)
        # ValueError: `requests` reads the Location of a redirect even where it does not follow.
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            return failure(error, _KINDS, proxied=bool(self._proxies), started=started)
        headers = tuple((name.lower(), value) for name, value in answer.raw.headers.items())
        return Response(answer.status_code, headers, body, time.time(), time.monotonic() - started)

    def _prepare(self, request: Request) -> requests.PreparedRequest:
        prepared = requests.PreparedRequest()
        prepared.method = request.method
        # As given: `requests` would rewrite the percent-encoding of a link that is the server's own.
        prepared.url = request.url
        prepared.headers = CaseInsensitiveDict({**self._headers, **request.headers})
        prepared.prepare_body(request.body, None)
        prepared.prepare_cookies(_NoCookies())
        return prepared

    def _read(self, answer: requests.Response, deadline: float) -> bytes:
        # read1 returns what one recv gave; read would wait for a whole block of a body that drips.
        chunks = []
        while chunk := answer.raw.read1(_CHUNK, decode_content=True):
            chunks.append(chunk)
            if time.monotonic() > deadline:
                raise TimeoutError(f"the answer was not complete after {self._total_timeout:g} s")
        return b"".join(chunks)

    def close(self) -> None:
        """Close the pooled connections."""
        self.session.close()
