"""Sending one request with `aiohttp`, in the triggerer, where a thousand triggers share one event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from weakref import WeakSet, WeakValueDictionary

import aiohttp
from aiohttp.connector import Connection
from aiohttp.http_exceptions import ContentLengthError, HttpProcessingError, TransferEncodingError
from requests.utils import get_auth_from_url
from urllib3.util import make_headers
from yarl import URL

from airflow_provider_webex_recordings.transport.bodies import Body, MalformedAnswerError
from airflow_provider_webex_recordings.transport.certificates import ssl_context
from airflow_provider_webex_recordings.transport.failures import failure
from airflow_provider_webex_recordings.webex.messages import Failure, FailureKind, Request, Response

_KINDS = MappingProxyType(
    {
        aiohttp.ClientHttpProxyError: FailureKind.PROXY,
        TimeoutError: FailureKind.TIMEOUT,
        # What breaks off a TLS handshake, which is part of connecting to aiohttp.
        ConnectionResetError: FailureKind.BROKEN,
        aiohttp.ClientConnectorError: FailureKind.CONNECT,
        aiohttp.ServerDisconnectedError: FailureKind.BROKEN,
        ContentLengthError: FailureKind.BROKEN,
        TransferEncodingError: FailureKind.MALFORMED,
        aiohttp.ClientPayloadError: FailureKind.BROKEN,
        HttpProcessingError: FailureKind.MALFORMED,
        aiohttp.ClientResponseError: FailureKind.MALFORMED,
        MalformedAnswerError: FailureKind.MALFORMED,
        ValueError: FailureKind.MALFORMED,
    }
)
_KINDS_BEHIND_PROXY = MappingProxyType({aiohttp.ConnectionTimeoutError: FailureKind.PROXY, **_KINDS})
# The usual limit of open files is 1,024; the triggerer needs some of them for other things.
_AT_ONCE = 256
# The limit of `requests`; aiohttp's own 8 KB are too few for a next link that repeats a long query.
_LONGEST_LINE = 65_536


@lru_cache(maxsize=8)
def _split_proxy(url: str | None) -> tuple[URL | None, dict[str, str]]:
    """Return a proxy's URL, and the header with its password, which aiohttp would log as part of the URL."""
    if url is None:
        return None, {}
    user, password = get_auth_from_url(url)
    return URL(url).with_user(None), make_headers(proxy_basic_auth=f"{user}:{password}") if user else {}


class _Connector(aiohttp.TCPConnector):
    async def connect(self, *arguments: Any, **named: Any) -> Connection:
        """Return a connection on which nothing has arrived that nobody asked for."""
        while (connection := await super().connect(*arguments, **named)).protocol.should_close:  # type: ignore[union-attr]
            connection.close()
        return connection


class _Pool:
    """The connections of one event loop, for all exchanges in it, whatever proxy and certificates they use."""

    def __init__(self) -> None:
        self.users: WeakSet[AiohttpExchange] = WeakSet()
        # Not the connector's `limit`: waiting for that counts towards the time-out.
        self.places = asyncio.Semaphore(_AT_ONCE)
        self.session = aiohttp.ClientSession(
            connector=_Connector(limit=0),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            max_line_size=_LONGEST_LINE,
            max_field_size=_LONGEST_LINE,
        )
        # When and how often a request is repeated, the flow decides; aiohttp has no public switch:
        # https://github.com/aio-libs/aiohttp/issues/10790
        self.session._retry_connection = False


_POOLS: WeakValueDictionary[asyncio.AbstractEventLoop, _Pool] = WeakValueDictionary()


class AiohttpExchange:
    """Sends requests over the event loop's connections; parameters and behaviour as of `RequestsExchange`."""

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
        # Not aiohttp's `total`, which it rounds up to a whole second.
        self._timeout = aiohttp.ClientTimeout(connect=connect_timeout, sock_read=read_timeout)
        self._read_timeout, self._total_timeout = read_timeout, total_timeout
        self._proxy = proxy
        self._certificates = ssl_context(verify)
        self._headers = headers
        self._pool: _Pool | None = None

    async def __call__(self, request: Request) -> Response | Failure:
        """Send a request and read its whole answer; redirects are the caller's to follow."""
        pool = self._join()
        async with pool.places:
            return await self._send(pool.session, request)

    def _join(self) -> _Pool:
        loop = asyncio.get_running_loop()
        pool = _POOLS.get(loop)
        if pool is None or pool.session.closed:
            pool = _POOLS[loop] = _Pool()
        pool.users.add(self)
        self._pool = pool
        return pool

    async def _send(self, session: aiohttp.ClientSession, request: Request) -> Response | Failure:
        started, head = time.monotonic(), None
        limit = asyncio.timeout(self._total_timeout)
        try:
            async with limit, session.request(request.method, **self._arguments(request)) as answer:
                head = answer
                body = await self._read(answer)
        except (aiohttp.ClientError, HttpProcessingError, MalformedAnswerError, OSError, ValueError) as error:
            # What the head of a refusal says counts, whatever becomes of its body.
            if head is None or head.status < 300:
                proxied = self._proxy(request.url) is not None
                kinds = _KINDS_BEHIND_PROXY if proxied else _KINDS
                return failure(error, kinds, proxied=proxied, started=started, late=limit.expired())
            body = b""
        headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in head.raw_headers)
        return Response(head.status, headers, body, time.time(), time.monotonic() - started)

    def _arguments(self, request: Request) -> dict[str, Any]:
        # As given: a link that is the server's own may be encoded in its own way.
        url = URL(request.url, encoded=True)
        proxy, password = _split_proxy(self._proxy(request.url))
        # The proxy reads a tunnel's CONNECT, and the request itself where there is no tunnel.
        read_by_proxy = {} if url.scheme == "https" else password
        return {
            "url": url,
            "headers": {**self._headers, **request.headers, **read_by_proxy},
            "data": request.body,
            "proxy": proxy,
            "proxy_headers": {**self._headers, **password},
            "ssl": self._certificates,
            "timeout": self._timeout,
            "allow_redirects": False,
        }

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        body = Body(answer.status, answer.headers.getall("Content-Encoding", ()))
        while not body.is_full:
            # aiohttp's own time-out ends with the connection, which its C parser closes at a malformed chunk without
            # notifying the reader.
            async with asyncio.timeout(self._read_timeout):
                chunk = await answer.content.readany()
            if not chunk:
                break
            body.add(chunk)
        return body.whole()

    async def close(self) -> None:
        """Close the connections, unless other exchanges of this event loop use them."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.users.discard(self)
            if not pool.users:
                await pool.session.close()
