"""What a flow and its driver say to each other.

A flow is a generator. It yields one of `Request`, `Wait`, `TokenWait`, `Page`, `LoadToken`, `SaveToken` or `Note`; the
driver answers a `Request` with a `Response` or a `Failure`, a `LoadToken` with a `StoredToken` or None, all else with
None. A parallel flow yields `Begin` and `Collect` too, which are answered with None and with a list of `Arrival`.
"""

from __future__ import annotations

from collections.abc import Generator, Hashable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple, TypeAlias, TypeVar

from airflow_provider_webex_recordings.webex.recording import Recording


class Purpose(Enum):
    """What a request is for."""

    #: a page of a list; it may be sent beside others of its kind
    LISTING = "listing"
    #: an access token, without which nothing else is sent
    TOKEN = "token"
    #: who the token belongs to
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Request:
    """Please send this. Headers and body hold secrets, so they are not in the repr."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    purpose: Purpose = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer: every header line by itself, names in lower case, and the body decoded from any gzip.

    `at` is when it arrived, in Unix time; `seconds` is how long it took.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    at: float = 0.0
    seconds: float = 0.0

    def header(self, name: str) -> str | None:
        """Return the first value of a header."""
        return next(iter(self.header_values(name)), None)

    @property
    def tracking_id(self) -> str:
        """Webex's name for this answer, empty if it has none."""
        return self.header("trackingid") or ""

    def header_values(self, name: str) -> list[str]:
        """Return the values of every line of a header."""
        return [value for key, value in self.headers if key == name]


class FailureKind(Enum):
    """Why no whole answer arrived."""

    CONNECT = "could not connect"
    PROXY = "the proxy failed"
    TLS = "the TLS handshake failed"
    TIMEOUT = "timed out"
    BROKEN = "the connection broke"
    MALFORMED = "the answer could not be read"


@dataclass(frozen=True, slots=True)
class Failure:
    """No whole answer arrived."""

    kind: FailureKind
    reason: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Wait:
    """Please wait before the next attempt of a request.

    :param seconds: how long
    :param reason: what happened, as a sentence without its full stop
    :param attempt: number of the attempt that comes after the wait, from 2
    :param max_attempts: how many there are at most
    """

    seconds: float
    reason: str
    attempt: int
    max_attempts: int


@dataclass(frozen=True, slots=True)
class TokenWait:
    """Please wait for the sake of an access token that another task may be renewing.

    Webex is not failing: no attempt is lost, and nothing is a reason to send fewer requests at a time.

    :param seconds: how long
    :param reason: what is waited for, as a sentence without its full stop
    """

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """Here are recordings."""

    recordings: list[Recording]


@dataclass(frozen=True, slots=True)
class StoredToken:
    """An access token as tasks share it.

    `refresh_token` is the one that Webex issued to replace the connection's, empty if it did not: what is in
    the connection is not copied. `credentials` identifies the credentials that
    the token belongs to, without revealing them.
    """

    access_token: str = field(repr=False)
    expires_at: float
    lifetime: float
    refresh_token: str = field(default="", repr=False)
    credentials: str = ""


@dataclass(frozen=True, slots=True)
class LoadToken:
    """Please read the shared token."""


@dataclass(frozen=True, slots=True)
class SaveToken:
    """Please share this token, and mask it in logs."""

    token: StoredToken


@dataclass(frozen=True, slots=True)
class Note:
    """Please tell whoever reads the log."""

    text: str


@dataclass(frozen=True, slots=True)
class Begin:
    """Please send this beside what is under way, and do not wait for its answer.

    :param request: what to send
    :param key: identifies its answer
    """

    request: Request
    key: Hashable


@dataclass(frozen=True, slots=True)
class Collect:
    """Please hand over the answers that have arrived to what was begun.

    :param at_least: wait until there are so many; 0: do not wait
    """

    at_least: int


class Arrival(NamedTuple):
    """An answer to what was begun: the key given with it, the answer, and when that arrived, in Unix time."""

    key: Any
    answer: Response | Failure
    at: float


Message: TypeAlias = Request | Wait | TokenWait | Page | LoadToken | SaveToken | Note
Answer: TypeAlias = Response | Failure | StoredToken | None

T = TypeVar("T")
Flow: TypeAlias = Generator[Message, Any, T]
ParallelFlow: TypeAlias = Generator[Message | Begin | Collect, Any, T]
