"""From an HTTP library's exception to a `Failure`, the same for every library."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Iterator, Mapping

from airflow_provider_webex_recordings.webex.messages import Failure, FailureKind


def failure(
    error: BaseException, kinds: Mapping[type[BaseException], FailureKind], *, proxied: bool, started: float
) -> Failure:
    """Return what an exception means.

    :param kinds: the library's exceptions that mean something other than a broken connection, the most specific first
    :param proxied: whether a proxy is used; then it is the proxy that cannot be reached
    :param started: when the request was sent, by ``time.monotonic``
    """
    chain = list(_chain(error))
    found = (kind for exception, kind in kinds.items() if any(isinstance(link, exception) for link in chain))
    kind = next(found, FailureKind.BROKEN)
    if any(isinstance(link, ssl.SSLCertVerificationError) for link in chain):
        kind = FailureKind.TLS
    elif any(isinstance(link, ssl.SSLError) for link in chain):
        kind = FailureKind.BROKEN
    elif proxied and kind is FailureKind.CONNECT:
        kind = FailureKind.PROXY
    root = chain[-1]
    # The text may contain a proxy's URL with its password, and line breaks.
    text = " ".join(re.sub(r"//[^/@\s]*@", "//***@", str(root)).split())[:300]
    return Failure(kind, f"{type(root).__name__}: {text}".removesuffix(": "), time.monotonic() - started)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and its causes, down to the cancelling that carries out a time-out."""
    seen: set[int] = set()
    while isinstance(error, Exception) and id(error) not in seen:
        seen.add(id(error))
        yield error
        # urllib3 holds a proxied connection's certificate error only as an argument.
        held = next((argument for argument in error.args if isinstance(argument, Exception)), None)
        error = error.__cause__ or error.__context__ or held
