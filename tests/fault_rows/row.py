"""A row of the table of faults: what is scripted, and what comes of it, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_webex_recordings.webex.errors import WebexError
from tests.webex_api import ForeignServer, WebexApi, faults, make_recordings
from tests.webex_api.recordings import Recording
from tests.webex_api.script import Fault

if TYPE_CHECKING:
    from tests.webex_api.script import Predicate

START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=7)
#: the server's clock stands still, so that an HTTP-date is the same number of seconds away each time
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

PAGE_SIZE = 10
RECORDINGS = make_recordings(25, START, END, offsets=True, milliseconds=True)
#: a day's recordings of a large organisation: three pages of a hundred
MANY = make_recordings(230, START, END, seed=1)
THOUSAND = make_recordings(1000, START, END, seed=2)


@dataclass(frozen=True)
class Servers:
    """The two servers of a row: Webex, and one that no secret may reach."""

    api: WebexApi
    foreign: ForeignServer


@dataclass(frozen=True)
class Scripted:
    """A fault, when and how often; one that names a server is made when the server stands."""

    fault: Fault | Callable[[Servers], Fault]
    times: int | None = 1
    when: Predicate = field(default_factory=faults.any_list)

    def add_to(self, servers: Servers) -> None:
        fault = self.fault if isinstance(self.fault, Fault) else self.fault(servers)
        servers.api.faults.add(fault, times=self.times, when=self.when)


def once(fault: Any, when: Predicate | None = None) -> Scripted:
    return Scripted(fault, 1, when or faults.any_list())


def often(times: int, fault: Any, when: Predicate | None = None) -> Scripted:
    return Scripted(fault, times, when or faults.any_list())


def always(fault: Any, when: Predicate | None = None) -> Scripted:
    return Scripted(fault, None, when or faults.any_list())


Change = Callable[[list[Recording]], list[Recording]]


def unchanged(recordings: list[Recording]) -> list[Recording]:
    return recordings


@dataclass(frozen=True)
class Truth:
    """The listing ends, and equals what the store held: in the API's order, each once, field by field.

    `at_the_end`: what it holds after the listing; otherwise what it held before.
    `change`: what a fault has made of the recordings on their way.
    """

    at_the_end: bool = False
    change: Change = unchanged


@dataclass(frozen=True)
class Fails:
    """The listing ends in this error, whose text says all of `says`, after the first `delivered` recordings."""

    error: type[WebexError]
    says: tuple[str, ...] = ()
    delivered: int = 0
    final: bool = False
    retry_after: float | None = None


Wait = tuple[float, float]


def backoff(*attempts: int) -> tuple[Wait, ...]:
    """The waits after these attempts where Webex names none: 1, 2, 4 ... 60 s and up to a second of jitter."""
    return tuple((min(60.0, 2.0 ** (n - 1)), min(60.0, 2.0 ** (n - 1) + 1)) for n in attempts)


def asked(*seconds: float) -> tuple[Wait, ...]:
    """The waits that Webex named, never shorter, with jitter of a tenth or a second."""
    return tuple((wait, wait + max(1.0, wait / 10)) for wait in seconds)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One story of the table.

    `waits`: the ranges of all waits, in order; None where the network decides.
    `requests`: how many list requests Webex saw; None where it does not matter.
    `token_requests`: how many requests its token endpoint saw.
    `refreshable`: whether the connection can renew its token; otherwise it holds a plain one.
    """

    name: str
    faults: tuple[Scripted, ...] = ()
    outcome: Truth | Fails = field(default_factory=Truth)
    waits: tuple[Wait, ...] | None = ()
    requests: int | None = None
    token_requests: int = 0
    recordings: list[Recording] = field(default_factory=lambda: RECORDINGS, repr=False)
    start: datetime = START
    end: datetime = END
    page_size: int | None = PAGE_SIZE
    filters: Mapping[str, Any] = field(default_factory=dict)
    api: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    host: Callable[[Servers], str] | None = None
    refreshable: bool = False
    client: Mapping[str, Any] = field(default_factory=dict)
    scopes: tuple[str, ...] | None = None
