"""Pages that lead astray: empty ones, shifting ones, and next links of every kind."""

from __future__ import annotations

from datetime import timedelta

from airflow_provider_webex_recordings.webex.errors import WebexLinkError, WebexProtocolError
from tests.fault_rows.row import END, MANY, RECORDINGS, START, Fails, Row, Truth, always, backoff, often, once
from tests.webex_api import faults, make_recordings

_ELSEWHERE = Fails(WebexLinkError, ("next link", "the token was not sent there"), delivered=10, final=True)
_LOOP = Fails(WebexProtocolError, ("leads back", "/convergedRecordings"), delivered=10)

# What comes of a next link that is written so (tests.webex_api.link_faults.NEXT_LINKS).
NEXT_LINKS = {
    "self": _LOOP,
    "earlier": _LOOP,
    "empty": _LOOP,
    "relative-path": Truth(),
    "relative-query": Truth(),
    "relative-cursor": Truth(),
    "protocol-relative": Truth(),
    "only-cursor": Truth(),
    "max-null": Truth(),
    "valueless-parameter": Truth(),
    "doubled-scheme": Truth(),
    "fragment": Truth(),
    "https": _ELSEWHERE,
    "userinfo": _ELSEWHERE,
    "origin-as-userinfo": _ELSEWHERE,
    "other-host": _ELSEWHERE,
    "other-port": _ELSEWHERE,
    "other-protocol-relative": _ELSEWHERE,
    "file": _ELSEWHERE,
    "javascript": _ELSEWHERE,
    "not-a-url": _ELSEWHERE,
}
# Templates of our own, for what the list above does not hold.
OTHER_LINKS = {
    "upper case scheme": ("HTTP://{host}{path}?{query}", Truth()),
    "white space around it": (" {url} ", Truth()),
    "empty max": ("{origin}{path}?max=&cursor={cursor}", Truth()),
    "doubled scheme, upper case": ("HTTP,http://{host}{path}?{query}", Truth()),
    "white space in the host": ("http://{host} .other.invalid{path}?{query}", _ELSEWHERE),
    "a backslash before the host": ("http:\\\\other.invalid{path}?{query}", _ELSEWHERE),
    "a backslash in the host": ("http://other.invalid\\@{host}{path}?{query}", _ELSEWHERE),
    "a host that begins like ours": ("http://{hostname}.other.invalid:{port}{path}?{query}", _ELSEWHERE),
    "a port that is none": ("http://{hostname}:port{path}?{query}", _ELSEWHERE),
    "no port": ("http://{hostname}{path}?{query}", _ELSEWHERE),
    "doubled scheme to another host": ("http,http://other.invalid{path}?{query}", _ELSEWHERE),
    "letters beyond ASCII": ("{url}&note=\u00fc%c3%bc", Truth()),
    "brackets and quotes": ("{url}&note=[a]{{b}}'c'|^`", Truth()),
    "a plus and a slash": ("{url}&note=a+b/c%2F%2B~", Truth()),
}

_LINKS = (
    [
        Row(
            name=f"next link: {name}",
            faults=(always(faults.next_link(name)),),
            outcome=outcome,
            requests=3 if isinstance(outcome, Truth) else 1,
        )
        for name, outcome in NEXT_LINKS.items()
    ]
    + [
        Row(
            name=f"next link: {name}",
            faults=(always(faults.next_link(template)),),
            outcome=outcome,
            requests=3 if isinstance(outcome, Truth) else 1,
        )
        for name, (template, outcome) in OTHER_LINKS.items()
    ]
    + [
        Row(
            name="next link to another port, on which someone listens",
            faults=(always(lambda servers: faults.next_origin(servers.foreign.origin)),),
            outcome=_ELSEWHERE,
            requests=1,
        ),
        Row(
            name="next link to another port, from the last page but one",
            faults=(always(lambda servers: faults.next_origin(servers.foreign.origin), faults.nth_list_request(2)),),
            outcome=Fails(WebexLinkError, ("next link",), delivered=20, final=True),
            requests=2,
        ),
        Row(
            name="next link from the second page to the first",
            faults=(once(faults.next_link("earlier"), faults.nth_list_request(2)),),
            outcome=Fails(WebexProtocolError, ("leads back",), delivered=20),
            requests=2,
        ),
        Row(
            name="next link with max=null, after a 504",
            faults=(
                once(faults.status(504), faults.nth_list_request(3)),
                always(faults.next_link("max-null")),
            ),
            recordings=MANY,
            page_size=100,
            waits=backoff(1),
            requests=2 + 2,
        ),
    ]
)

_SPELLINGS = (
    [
        Row(name=f"Link header: {name}", faults=(always(faults.link_header(name)),), requests=3)
        for name in faults.LINK_SPELLINGS
    ]
    + [
        Row(
            name="Link header that names no next page",
            faults=(always(faults.link_header('<{url}>; rel="prev"', '<{url}>; title="next"', "<{url}>")),),
            outcome=Truth(change=lambda recordings: recordings[:10]),
            requests=1,
        ),
    ]
    + [
        row
        for header in ("garbage", "<{url}", '{url}; rel="next"', '<{url}; rel="next"', "<{url}>; rel:next", "rel=next")
        for row in (
            Row(
                name=f"Link header that cannot be read, once: {header}",
                faults=(once(faults.link_header(header), faults.nth_list_request(2)),),
                waits=backoff(1),
                requests=4,
            ),
            Row(
                name=f"Link header that cannot be read, forever: {header}",
                faults=(always(faults.link_header(header), faults.nth_list_request(2)),),
                settings={"max_attempts": 2},
                outcome=Fails(WebexProtocolError, ("Link header that cannot be read",), delivered=10),
                waits=backoff(1),
                requests=3,
            ),
        )
    ]
)

_EMPTY_PAGES = [
    Row(name="an empty page with a next link", faults=(once(faults.empty_page()),), requests=4),
    Row(
        name="an empty page with a next link, in mid-listing",
        faults=(once(faults.empty_page(), faults.nth_list_request(2)),),
        requests=4,
    ),
    Row(
        name="fifty empty pages with next links, and an empty last one",
        recordings=[],
        faults=(often(50, faults.empty_page()),),
        requests=51,
    ),
    Row(name="fifty empty pages with next links in a row", faults=(often(50, faults.empty_page()),), requests=53),
    Row(
        name="empty pages with next links without end",
        faults=(always(faults.empty_page(), faults.nth_list_request(2)),),
        outcome=Fails(WebexProtocolError, ("in a row", "/convergedRecordings"), delivered=10),
        requests=52,
    ),
    Row(name="a trailing empty page", faults=(always(faults.trailing_empty_page()),), requests=4),
]

_OLDEST = make_recordings(1, START + timedelta(seconds=1), END, seed=9)[0]
_OLDER = make_recordings(1, START - timedelta(days=1), START, seed=9)[0]

_SHIFTS = (
    [
        Row(
            name=f"a recording inserted before each page, {cursor} cursor",
            faults=(always(faults.insert_recording(), faults.nth_list_request(2)),),
            api={"cursor": cursor},
        )
        for cursor in ("keyset", "offset")
    ]
    + [
        Row(
            name=f"a recording inserted where the listing has not been yet, {cursor} cursor",
            faults=(once(faults.insert_recording(_OLDEST), faults.nth_list_request(2)),),
            api={"cursor": cursor},
            outcome=Truth(at_the_end=True),
            requests=3,
        )
        for cursor in ("keyset", "offset")
    ]
    + [
        Row(
            name="a recording inserted outside the window",
            faults=(once(faults.insert_recording(_OLDER), faults.nth_list_request(2)),),
            api={"cursor": "offset"},
            requests=3,
        ),
        Row(
            name="a recording removed before its page, keyset cursor",
            faults=(once(faults.remove_recording(RECORDINGS[15]["id"]), faults.nth_list_request(2)),),
            outcome=Truth(at_the_end=True),
            requests=3,
        ),
        Row(
            name="insertions and empty pages and a 429 together, offset cursor",
            faults=(
                once(faults.insert_recording(), faults.nth_list_request(2)),
                once(faults.empty_page(), faults.nth_list_request(3)),
                once(faults.status(429, retry_after=2), faults.nth_list_request(4)),
                once(faults.insert_recording(), faults.nth_list_request(5)),
            ),
            api={"cursor": "offset"},
            waits=((2, 3),),
        ),
    ]
)

ROWS = _LINKS + _SPELLINGS + _EMPTY_PAGES + _SHIFTS
