"""Sending one request with `requests`, on a worker."""

from __future__ import annotations

import time
from collections.abc import Callable
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from types import MappingProxyType

import requests
import urllib3.exceptions
from requests.structures import CaseInsensitiveDict

from airflow_provider_webex_recordings.transport.answering import DEADLINE
from airflow_provider_webex_recordings.transport.bodies import Body, MalformedAnswerError
from airflow_provider_webex_recordings.transport.failures import failure
from airflow_provider_webex_recordings.transport.requests_adapter import Adapter, NoCookies
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
        # A chunk's size that is not a number; http.client then calls the body incomplete as well.
        ValueError: FailureKind.MALFORMED,
        RemoteDisconnected: FailureKind.BROKEN,
        IncompleteRead: FailureKind.BROKEN,
        HTTPException: FailureKind.MALFORMED,
        MalformedAnswerError: FailureKind.MALFORMED,
    }
)
# ValueError: `requests` reads the Location of a redirect even if it does not follow it.
_ERRORS = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    HTTPException,
    MalformedAnswerError,
    OSError,
    ValueError,
)
_CHUNK = 1 << 16


class RequestsExchange:
    """A pooled `requests.Session` that sends one request at a time and never raises because of the network.

    :param connect_timeout: seconds to establish a connection
    :param read_timeout: seconds without a byte
    :param total_timeout: seconds for the whole request; a body that never ends is cut off here
    :param proxy: returns the URL of the proxy for a URL, None for none
    :param verify: path of a CA bundle, or True for the certificates that `requests` ships
    :param headers: sent with every request
    """

    def __init__(
        self,
        *,
        connect_timeout: float,
        read_timeout: float,
        total_timeout: float,
        proxy: Callable[[str], str | None],
        verify: str | bool,
        headers: dict[str, str],
    ) -> None:
        self._timeout, self._total_timeout = (connect_timeout, read_timeout), total_timeout
        self._proxy = proxy
        self._headers = headers
        self.session = requests.Session()
        # The environment was read once; a .netrc must never replace the Authorization header.
        self.session.trust_env = False
        self.session.verify = verify
        self.session.cookies = NoCookies()
        for prefix in ("https://", "http://"):
            self.session.mount(prefix, Adapter(pool_maxsize=32))

    def __call__(self, request: Request) -> Response | Failure:
        """Send a request and read its whole answer; redirects are the caller's to follow."""
        started, head = time.monotonic(), None
        proxy = self._proxy(request.url)
        ending = DEADLINE.set(started + self._total_timeout)
        try:
            answer = self.session.send(
                self._prepare(request),
                stream=True,
                allow_redirects=False,
                timeout=self._timeout,
                proxies={"http": proxy, "https": proxy} if proxy else {},
                verify=self.session.verify,
            )
            with answer:
                head = answer
                body = self._read(answer, started + self._total_timeout)
        except _ERRORS as error:
            # What the head of a refusal says counts, whatever becomes of its body.
            if head is None or head.status_code < 300:
                late = time.monotonic() - started >= self._total_timeout
                return failure(error, _KINDS, proxied=proxy is not None, started=started, late=late)
            body = b""
        finally:
            DEADLINE.reset(ending)
        headers = tuple((name.lower(), value) for name, value in head.raw.headers.items())
        return Response(head.status_code, headers, body, time.time(), time.monotonic() - started)

    def _prepare(self, request: Request) -> requests.PreparedRequest:
        prepared = requests.PreparedRequest()
        prepared.method = request.method
        # As given: `requests` would rewrite the percent-encoding of a link that is the server's own.
        prepared.url = request.url
        prepared.headers = CaseInsensitiveDict({**self._headers, **request.headers})
        prepared.prepare_body(request.body, None)
        prepared.prepare_cookies(self.session.cookies)
        return prepared

    def _read(self, answer: requests.Response, deadline: float) -> bytes:
        body = Body(answer.status_code, answer.raw.headers.getlist("content-encoding"))
        # read1 returns what one recv gave; read would wait for a whole block of a body that drips.
        while not body.is_full and (chunk := answer.raw.read1(_CHUNK, decode_content=False)):
            body.add(chunk)
            if time.monotonic() > deadline:
                raise TimeoutError
        return body.whole()

    def close(self) -> None:
        """Close the pooled connections."""
        self.session.close()
