"""Sending one request with `httpx`, in the triggerer."""

from __future__ import annotations

import asyncio
import time
from http.cookiejar import DefaultCookiePolicy
from types import MappingProxyType
from urllib.parse import urlsplit

import httpx

from airflow_provider_webex_recordings.transport.certificates import trusting
from airflow_provider_webex_recordings.transport.failures import failure
from airflow_provider_webex_recordings.webex.messages import Failure, FailureKind, Request, Response

_KINDS = MappingProxyType(
    {
        httpx.ProxyError: FailureKind.PROXY,
        httpx.TimeoutException: FailureKind.TIMEOUT,
        TimeoutError: FailureKind.TIMEOUT,
        httpx.ConnectError: FailureKind.CONNECT,
    }
)


class HttpxExchange:
    """A pooled `httpx.AsyncClient`; parameters and behaviour as of `RequestsExchange`."""

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
        self._total_timeout, self._proxied = total_timeout, proxy is not None
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(read_timeout, connect=connect_timeout),
            proxy=proxy,
            verify=trusting(verify),
            headers=headers,
            trust_env=False,
            follow_redirects=False,
        )
        self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    async def __call__(self, request: Request) -> Response | Failure:
        """Send a request and read its whole answer; redirects are the caller's to follow."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._total_timeout):
                answer = await self._client.request(
                    request.method,
                    request.url,
                    headers=dict(request.headers),
                    content=request.body,
                    # A plain-http proxy needs the whole URL as its target.
                    extensions={} if self._proxied else {"target": _target(request.url)},
                )
        except TimeoutError:
            error = TimeoutError(f"the answer was not complete after {self._total_timeout:g} s")
            return failure(error, _KINDS, proxied=self._proxied, started=started)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return failure(error, _KINDS, proxied=self._proxied, started=started)
        # Not `multi_items`, which guesses the encoding; the other exchange's library reads headers as Latin-1.
        headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in answer.headers.raw)
        return Response(answer.status_code, headers, answer.content, time.time(), time.monotonic() - started)

    async def close(self) -> None:
        """Close the pooled connections."""
        await self._client.aclose()


def _target(url: str) -> bytes:
    """Return path and query as given: `httpx` would rewrite the percent-encoding of a link that is the server's own."""
    parts = urlsplit(url)
    return f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}".encode()
