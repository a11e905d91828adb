"""Error statuses, and what Retry-After says beside them."""

from __future__ import annotations

from airflow_provider_webex_recordings.webex.errors import (
    WebexPermissionError,
    WebexRateLimitError,
    WebexRequestError,
    WebexServerError,
)
from tests.fault_rows.row import Fails, Row, Wait, always, asked, backoff, often, once
from tests.webex_api import faults
from tests.webex_api.script import Fault

YEAR = 366 * 24 * 3600.0
RATE_LIMITS = (429, 423, 503)

# How Retry-After is written -> the fault's arguments, and the wait that follows.
HONOURED: dict[str, tuple[dict[str, object], tuple[Wait, ...]]] = {
    "in seconds": ({"retry_after": 7}, asked(7)),
    "in many seconds, below the cap": ({"retry_after": 120}, asked(120)),
    "in seconds with a fraction": ({"retry_after": "2.5"}, asked(2.5)),
    "as HTTP-date": ({"retry_after_date": 9}, asked(9)),
    "as HTTP-date that is past": ({"retry_after_date": -3600}, backoff(1)),
    "zero": ({"retry_after": 0}, backoff(1)),
    "negative": ({"retry_after": -5}, backoff(1)),
    "malformed": ({"retry_after": "soon"}, backoff(1)),
    "a malformed date": ({"retry_after": "Mon, 99 Nov 2026 25:61:00 GMT"}, backoff(1)),
    "not a number": ({"retry_after": "NaN"}, backoff(1)),
    "empty": ({"retry_after": ""}, backoff(1)),
    "missing": ({}, backoff(1)),
}
# ... and the wait that the error carries, for Airflow to wait.
TOO_LONG: dict[str, tuple[dict[str, object], float]] = {
    "in seconds above the cap": ({"retry_after": 3600}, 3600.0),
    "as HTTP-date above the cap": ({"retry_after_date": 900}, 900.0),
    "huge": ({"retry_after": "9" * 30}, YEAR),
    "so huge that no float holds it": ({"retry_after": "9" * 400}, YEAR),
    "at the end of time": ({"retry_after": "Fri, 31 Dec 9999 23:59:59 GMT"}, YEAR),
}


def _status(code: int, arguments: dict[str, object]) -> Fault:
    return faults.status(code, **arguments)  # type: ignore[arg-type]


_RETRY_AFTER = [
    Row(
        name=f"{code}, Retry-After {spelling}",
        faults=(once(_status(code, arguments), faults.nth_list_request(2)),),
        waits=waits,
        requests=4,
    )
    for code in RATE_LIMITS
    for spelling, (arguments, waits) in HONOURED.items()
] + [
    Row(
        name=f"{code}, Retry-After {spelling}",
        faults=(once(_status(code, arguments), faults.nth_list_request(2)),),
        outcome=Fails(WebexRateLimitError, (str(code), "Run the task again later"), delivered=10, retry_after=seconds),
        requests=2,
    )
    for code in RATE_LIMITS
    for spelling, (arguments, seconds) in TOO_LONG.items()
]

_FOR_EVER = [
    Row(
        name=f"{code} for ever",
        faults=(always(faults.status(code)),),
        outcome=Fails(WebexRateLimitError, (str(code), "attempt 8")),
        waits=backoff(1, 2, 3, 4, 5, 6, 7),
        requests=8,
    )
    for code in RATE_LIMITS
] + [
    Row(
        name="429 for ever, each with a Retry-After: the total time ends it",
        faults=(always(faults.status(429, retry_after=100)),),
        outcome=Fails(WebexRateLimitError, ("attempt 6",), retry_after=100.0),
        waits=asked(100, 100, 100, 100, 100),
        requests=6,
    ),
    Row(
        name="429 for ever, with the limits of the connection",
        faults=(always(faults.status(429)),),
        outcome=Fails(WebexRateLimitError, ("attempt 3",)),
        settings={"max_attempts": 3},
        waits=backoff(1, 2),
        requests=3,
    ),
    Row(
        name="503 for ever, with the total time of the connection",
        faults=(always(faults.status(503)),),
        outcome=Fails(WebexRateLimitError, ("attempt 3",)),
        settings={"max_retry_seconds": 7},
        waits=backoff(1, 2),
        requests=3,
    ),
    Row(
        name="a Retry-After above the connection's cap",
        faults=(once(faults.status(429, retry_after=11)),),
        outcome=Fails(WebexRateLimitError, ("429",), retry_after=11.0),
        settings={"max_retry_wait": 10},
        requests=1,
    ),
    Row(
        name="back-off stays below the connection's cap",
        faults=(often(4, faults.status(503)),),
        settings={"max_retry_wait": 3},
        waits=((1, 2), (2, 3), (3, 3), (3, 3)),
        requests=7,
    ),
    Row(
        name="429 on every page, once each",
        faults=tuple(once(faults.status(429, retry_after=n), faults.nth_list_request(2 * n - 1)) for n in (1, 2, 3)),
        waits=asked(1, 2, 3),
        requests=6,
    ),
]

_SERVER_ERRORS = [
    Row(
        name=f"{code} once",
        faults=(once(faults.status(code), faults.nth_list_request(2)),),
        waits=backoff(1),
        requests=4,
    )
    for code in (500, 502, 520, 408, 425)
] + [
    Row(
        name=f"{code} for ever",
        faults=(always(faults.status(code), faults.nth_list_request(2)),),
        outcome=Fails(WebexServerError, (str(code), "attempt 4", "Run the task again later"), delivered=10),
        settings={"max_attempts": 4},
        waits=backoff(1, 2, 3),
        requests=5,
    )
    for code in (500, 502, 504, 520, 408, 425)
]

_FINAL = (
    [
        Row(
            name=f"{code} is final",
            faults=(once(faults.status(code), faults.nth_list_request(2)),),
            outcome=Fails(WebexRequestError, (str(code),), delivered=10, final=True),
            requests=2,
        )
        for code in (405, 406, 407, 415, 418, 428, 451)
    ]
    + [
        row
        for code in (400, 404, 409, 410)
        for row in (
            Row(
                name=f"{code} is final of a request of our own",
                faults=(once(faults.status(code)),),
                outcome=Fails(WebexRequestError, (str(code),), final=True),
                requests=1,
            ),
            Row(
                name=f"{code} of a next link: the window is listed again",
                faults=(once(faults.status(code), faults.nth_list_request(2)),),
                requests=5,
            ),
        )
    ]
    + [
        Row(
            name="403 in mid-listing",
            faults=(once(faults.status(403), faults.nth_list_request(3)),),
            outcome=Fails(WebexPermissionError, ("403", "scope"), delivered=20, final=True),
            requests=3,
        ),
        Row(
            name="a token without the scope",
            scopes=("spark:people_read",),
            outcome=Fails(WebexPermissionError, ("403", "spark:recordings_read"), final=True),
            requests=1,
        ),
        Row(
            name="an own-list token on the organisation's list",
            scopes=("spark:recordings_read",),
            filters={"role": "admin"},
            outcome=Fails(WebexPermissionError, ("403", "spark-admin:recordings_read"), final=True),
            requests=1,
        ),
        Row(
            name="a 4xx of a proxy, in HTML",
            faults=(once(faults.html(405)),),
            outcome=Fails(WebexRequestError, ("405", "(no message)"), final=True),
            requests=1,
        ),
        Row(
            name="an error without a body",
            faults=(once(faults.empty_body(410)),),
            outcome=Fails(WebexRequestError, ("410",), final=True),
            requests=1,
        ),
        Row(
            name="an error whose message and list of errors have other shapes",
            faults=(
                once(faults.status(409, body={"message": ["a"], "errors": {"description": "b"}, "trackingId": 5})),
            ),
            outcome=Fails(WebexRequestError, ("409", "a; b"), final=True),
            requests=1,
        ),
        Row(
            name="an error that tells more in its descriptions",
            faults=(
                once(
                    faults.status(
                        400,
                        body={
                            "message": "Invalid input",
                            "errors": [{"description": "ownerEmail is malformed"}, {"errorCode": 7}, "?"],
                        },
                    )
                ),
            ),
            outcome=Fails(
                WebexRequestError, ("Invalid input; ownerEmail is malformed", "Check the filters"), final=True
            ),
            requests=1,
        ),
    ]
)

ROWS = _RETRY_AFTER + _FOR_EVER + _SERVER_ERRORS + _FINAL + [Row(name="no fault", requests=3)]
