"""From an HTTP library's exception to a `Failure`, the same for every library."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Iterator, Mapping

from airflow_provider_webex_recordings.transport.bodies import MalformedAnswerError
from airflow_provider_webex_recordings.webex.messages import Failure, FailureKind

# Whose exceptions have texts of the operating system, of OpenSSL or of Python itself.
_MACHINE = frozenset({"builtins", "socket", "ssl"})


def failure(
    error: BaseException,
    kinds: Mapping[type[BaseException], FailureKind],
    *,
    proxied: bool,
    started: float,
    late: bool = False,
) -> Failure:
    """Return what an exception means.

    :param kinds: the library's exceptions that mean something other than a broken connection, the most specific first
    :param proxied: whether a proxy is used; then it is the proxy that cannot be reached
    :param started: when the request was sent, by ``time.monotonic``
    :param late: whether the time of the whole request is over, which then is the cause
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
    seconds = time.monotonic() - started
    if late:
        return Failure(FailureKind.TIMEOUT, f"the answer was not complete after {seconds:.1f} s", seconds)
    return Failure(kind, _reason(kind, chain[-1]), seconds)


def _reason(kind: FailureKind, root: BaseException) -> str:
    """Return what happened. Only the machine's own words are repeated: a parser's quote what it read, maybe a token."""
    if isinstance(root, MalformedAnswerError):
        return str(root)
    if kind is FailureKind.MALFORMED:
        return "it does not follow HTTP/1.1"
    name = type(root).__name__
    if not isinstance(root, OSError) or type(root).__module__ not in _MACHINE:
        return name
    # The text may contain a proxy's URL with its password.
    text = re.sub(r"//[^/@\s]*@", "//***@", str(root))
    return f"{name}: {text}".removesuffix(": ")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and its causes, down to the cancelling that carries out a time-out."""
    seen: set[int] = set()
    while isinstance(error, Exception) and id(error) not in seen:
        seen.add(id(error))
        yield error
        # urllib3 holds a proxied connection's certificate error only as an argument.
        held = next((argument for argument in error.args if isinstance(argument, Exception)), None)
        error = error.__cause__ or error.__context__ or held
