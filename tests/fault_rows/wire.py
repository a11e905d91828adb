"""Broken connections: what happens below HTTP, and on the way."""

from __future__ import annotations

from airflow_provider_webex_recordings.webex.errors import WebexLinkError, WebexProtocolError, WebexTransportError
from tests.fault_rows.row import Fails, Row, Scripted, always, backoff, often, once
from tests.webex_api import faults
from tests.webex_api.script import Fault

SHORT = {"read_timeout": 0.15, "max_attempts": 2}

# Each breaks the second page, once; it is asked for again.
ONCE = {
    "reset before the headers": faults.reset(),
    "closed before the headers": faults.close(),
    "reset in mid-body": faults.reset_in_body(),
    "reset after the headers": faults.reset_in_body(after=0),
    "closed in mid-body": faults.close_in_body(),
    "closed after the headers": faults.close_in_body(after=0),
    "closed before the last byte": faults.close_in_body(after=-1),
    "no HTTP at all": faults.raw("SSH-2.0-OpenSSH_9.6\r\n\r\n"),
    "a chunk that breaks off": faults.raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n99\r\n{"),
    "corrupt gzip": faults.corrupt_gzip(),
}
FOR_EVER = {
    "reset before the headers": faults.reset(),
    "closed before the headers": faults.close(),
    "reset in mid-body": faults.reset_in_body(),
    "closed in mid-body": faults.close_in_body(),
}
# These look different on the wire and mean the same.
HARMLESS = {
    "gzip": faults.gzip(),
    "deflate": faults.deflate(),
    "deflate without its wrapping": faults.deflate(raw=True),
    "chunked": faults.chunked(100),
    "slow drip": faults.drip(400, 0.005),
    "slow drip of the headers": faults.drip_headers(32, 0.002),
    "a short stall": faults.stall(0.05),
    "a short stall in mid-body": faults.stall_body(0.05),
    "a body padded to a megabyte": faults.large_body(1_000_000),
    "a byte order mark": faults.bom(),
}


def _on_second_page(fault: Fault) -> tuple[Scripted, ...]:
    return (once(fault, faults.nth_list_request(2)),)


_BROKEN = (
    [
        Row(name=f"{name}, once", faults=_on_second_page(fault), waits=backoff(1), requests=4)
        for name, fault in ONCE.items()
    ]
    + [
        Row(
            name=f"{name}, for ever",
            faults=(always(fault, faults.nth_list_request(2)),),
            outcome=Fails(WebexTransportError, ("the connection broke", "attempt 3"), delivered=10),
            settings={"max_attempts": 3},
            waits=backoff(1, 2),
            requests=4,
        )
        for name, fault in FOR_EVER.items()
    ]
    + [
        Row(
            name="connection refused, for ever",
            host=lambda servers: "http://127.0.0.1:1/v1",
            outcome=Fails(WebexTransportError, ("could not connect", "attempt 8", "Check the API base URL (host)")),
            waits=backoff(1, 2, 3, 4, 5, 6, 7),
            requests=0,
        ),
        Row(
            name="no TLS where it should be",
            host=lambda servers: servers.api.url.replace("http:", "https:"),
            settings={"max_attempts": 2},
            outcome=Fails(WebexTransportError, ("the connection broke",)),
            waits=backoff(1),
            requests=0,
        ),
        Row(
            name="everything at once, one after the other",
            faults=(
                once(faults.reset()),
                once(faults.status(503)),
                once(faults.truncated_json()),
                once(faults.html()),
                once(faults.close_in_body()),
                once(faults.status(429, retry_after=1)),
            ),
            waits=(*backoff(1, 2, 3, 4, 5), (1, 2)),
            requests=6 + 3,
        ),
        Row(
            name="closed after an answer that promised to keep the connection",
            faults=(always(faults.close_afterwards()),),
            waits=None,
        ),
    ]
)

_TIME_OUTS = [
    Row(
        name="stalled before the headers, once",
        faults=_on_second_page(faults.stall()),
        settings=SHORT,
        waits=backoff(1),
        requests=4,
    ),
    Row(
        name="stalled in mid-body, once",
        faults=_on_second_page(faults.stall_body()),
        settings=SHORT,
        waits=backoff(1),
        requests=4,
    ),
    Row(
        name="a chunk whose size is no number, once",
        faults=_on_second_page(faults.malformed_chunk()),
        settings=SHORT,
        waits=backoff(1),
        requests=4,
    ),
    Row(
        name="stalled for ever",
        faults=(always(faults.stall()),),
        settings=SHORT,
        outcome=Fails(WebexTransportError, ("timed out", "attempt 2", "read_timeout")),
        waits=backoff(1),
        requests=2,
    ),
    Row(
        name="stalled in mid-body for ever",
        faults=(always(faults.stall_body()),),
        settings=SHORT,
        outcome=Fails(WebexTransportError, ("timed out", "attempt 2", "total_timeout")),
        waits=backoff(1),
        requests=2,
    ),
    Row(
        name="a drip that never pauses for the read time-out, once: the total time ends it",
        faults=_on_second_page(faults.drip(20, 0.02)),
        settings={"total_timeout": 0.2},
        waits=backoff(1),
        requests=4,
    ),
    Row(
        name="a drip for ever: the total time ends it",
        faults=(always(faults.drip(20, 0.02)),),
        settings={"total_timeout": 0.2, "max_attempts": 2},
        outcome=Fails(WebexTransportError, ("timed out", "total_timeout", "not complete after 0.2 s")),
        waits=backoff(1),
        requests=2,
    ),
    Row(
        name="time that passes in the network counts as retry time",
        faults=(always(faults.stall()),),
        settings={"read_timeout": 0.15, "max_retry_seconds": 2.1},
        outcome=Fails(WebexTransportError, ("timed out", "attempt 2")),
        waits=backoff(1),
        requests=2,
    ),
]

_HARMLESS = [Row(name=name, faults=(always(fault),), requests=3) for name, fault in HARMLESS.items()]

SAME_ORIGIN = {
    "301": faults.redirect("{url}&moved=1", 301),
    "302": faults.redirect("{url}&moved=1", 302),
    "303": faults.redirect("{url}&moved=1", 303),
    "307": faults.redirect("{url}&moved=1", 307),
    "308": faults.redirect("{url}&moved=1", 308),
    "302 with a path": faults.redirect("{path}?{query}&moved=1"),
    "302 with only a query": faults.redirect("?{query}&moved=1"),
    "302 with a fragment": faults.redirect("{url}&moved=1#top"),
}
ELSEWHERE = {
    "another port": "FOREIGN{path}?{query}",
    "another host": "http://localhost:1{path}?{query}",
    "another host, without a scheme": "//other.invalid{path}?{query}",
    "https on the same port": "https://127.0.0.1:1{path}",
    "a user before the host": "http://user:secret@127.0.0.1:1/",
    "a file": "file:///etc/passwd",
    "a host behind a backslash": "http://other.invalid\\@127.0.0.1/",
}

_REDIRECTS = (
    [
        Row(name=f"redirect {name} within the origin", faults=_on_second_page(fault), requests=4)
        for name, fault in SAME_ORIGIN.items()
    ]
    + [
        Row(
            name=f"redirect to {name}",
            faults=(once(lambda servers, to=to: faults.redirect(to.replace("FOREIGN", servers.foreign.origin))),),
            outcome=Fails(WebexLinkError, ("redirect", "the token was not sent there"), final=True),
            requests=1,
        )
        for name, to in ELSEWHERE.items()
    ]
    + [
        Row(
            name="redirected four times",
            faults=(often(4, faults.redirect("{url}&again=1"), faults.nth_list_request(2)),),
            requests=3 + 4,
        ),
        Row(
            name="redirected without end",
            faults=(always(faults.redirect("{url}")),),
            settings={"max_attempts": 2},
            outcome=Fails(WebexProtocolError, ("a redirect (302)",)),
            waits=backoff(1),
            requests=2 * 5,
        ),
        Row(
            name="a redirect that names no aim, once",
            faults=_on_second_page(faults.status(302)),
            waits=backoff(1),
            requests=4,
        ),
    ]
)
ROWS = _BROKEN + _TIME_OUTS + _HARMLESS + _REDIRECTS
