"""504 where pages are too large: halved, without a recording lost or listed twice."""

from __future__ import annotations

from airflow_provider_webex_recordings.webex.errors import WebexServerError
from tests.fault_rows.row import MANY, THOUSAND, Fails, Row, always, backoff, once
from tests.webex_api import faults

ROWS = [
    Row(
        name="504 once: half the page size from there on",
        faults=(once(faults.status(504)),),
        waits=backoff(1),
        requests=1 + 5,
    ),
    Row(
        name="504 whenever max is over 50",
        faults=(always(faults.status(504), faults.max_over(50)),),
        recordings=MANY,
        page_size=100,
        waits=backoff(1),
        requests=1 + 5,
    ),
    Row(
        name="504 whenever max is over 50, links with only a cursor",
        faults=(always(faults.status(504), faults.max_over(50)),),
        recordings=MANY,
        page_size=100,
        api={"next_style": "cursor"},
        waits=backoff(1),
        requests=1 + 5,
    ),
    Row(
        name="504 whenever max is over 50, from the third page on",
        faults=(always(faults.status(504), faults.both(faults.max_over(50), faults.nth_list_request(3))),),
        recordings=MANY,
        page_size=100,
        waits=backoff(1),
        requests=2 + 1 + 1,
    ),
    Row(
        name="504 whenever max is over 50, from the third page on, links with only a cursor: listed again, given once",
        faults=(always(faults.status(504), faults.both(faults.max_over(50), faults.nth_list_request(3))),),
        recordings=MANY,
        page_size=100,
        api={"next_style": "cursor"},
        waits=backoff(1),
        requests=2 + 2 + 5,
    ),
    Row(
        name="504 whenever max is over 50, from the third page on, offsets instead of keys",
        faults=(always(faults.status(504), faults.both(faults.max_over(50), faults.nth_list_request(3))),),
        recordings=MANY,
        page_size=100,
        api={"cursor": "offset", "next_style": "cursor"},
        waits=backoff(1),
        requests=2 + 2 + 5,
    ),
    Row(
        name="504 whenever max is over 9: halved again and again",
        faults=(always(faults.status(504), faults.max_over(9)),),
        page_size=100,
        waits=backoff(1, 2, 3, 4),
        requests=4 + 5,
    ),
    Row(
        name="504 once in mid-listing, links with only a cursor: the same page again",
        faults=(once(faults.status(504), faults.nth_list_request(2)),),
        api={"next_style": "cursor"},
        waits=backoff(1),
        requests=4,
    ),
    Row(
        name="504 for ever from the second page on, links with only a cursor",
        faults=(always(faults.status(504), faults.nth_list_request(2)),),
        api={"next_style": "cursor"},
        outcome=Fails(WebexServerError, ("504", "attempt 8"), delivered=10),
        waits=backoff(1, 1, 2, 3, 4, 5, 6, 7),
        requests=1 + 2 + 8,
    ),
    Row(
        name="504 whenever max is over 12, after 900 recordings, links with only a cursor: 75 pages of what is known",
        faults=(always(faults.status(504), faults.both(faults.max_over(12), faults.nth_list_request(10))),),
        recordings=THOUSAND,
        page_size=100,
        api={"next_style": "cursor"},
        waits=backoff(1, 1, 2),
        requests=9 + 2 + 2 + 84,
    ),
    Row(
        name="504 once at max=1, below which there is nothing",
        faults=(once(faults.status(504)),),
        page_size=1,
        waits=backoff(1),
        requests=1 + 25,
    ),
    Row(
        name="504 for ever at max=1",
        faults=(always(faults.status(504)),),
        page_size=1,
        settings={"max_attempts": 3},
        outcome=Fails(WebexServerError, ("504",)),
        waits=backoff(1, 2),
        requests=3,
    ),
]
