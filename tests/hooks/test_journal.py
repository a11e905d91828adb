"""What a person reads in the log while a listing runs."""

from __future__ import annotations

import logging

import pytest

from airflow_provider_webex_recordings.hooks.journal import Journal
from airflow_provider_webex_recordings.webex.messages import (
    Message,
    Note,
    Page,
    Purpose,
    Request,
    SaveToken,
    StoredToken,
    TokenWait,
    Wait,
)

LOG = logging.getLogger("tests.journal")


class Watch:
    """A clock that goes on when it is told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def a_page(count: int) -> list[Message]:
    return [
        Request("http://127.0.0.1/v1/convergedRecordings", purpose=Purpose.LISTING),
        Page([{"id": str(number)} for number in range(count)]),
    ]


def test_a_long_listing_tells_its_progress_twice_a_minute_and_its_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "tests.journal")
    watch = Watch()
    with Journal(LOG, "the list", monotonic=watch) as journal:
        for _ in range(10):
            watch.now += 7
            for message in a_page(100):
                journal.note(message)

    assert caplog.messages == [
        "the list: 500 recordings, 5 pages, 5 requests, 0 retries, 35.0 s so far",
        "the list: 1000 recordings, 10 pages, 10 requests, 0 retries, 70.0 s so far",
        "the list: listed 1000 recordings, 10 pages, 10 requests, 0 retries, 70.0 s",
    ]


def test_a_wait_is_told_when_it_starts_with_its_reason_and_its_number(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "tests.journal")
    journal = Journal(LOG, "the list", monotonic=Watch())

    journal.note(Wait(12.34, "Webex answered 429 to GET /v1: slow down (trackingId X)", 2, 8))

    assert caplog.messages == [
        "Webex answered 429 to GET /v1: slow down (trackingId X). Waiting 12.3 s before attempt 2 of 8"
    ]


def test_what_happens_to_the_access_token_is_told_and_is_no_retry(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "tests.journal")
    journal = Journal(LOG, "the list", monotonic=Watch())

    journal.note(TokenWait(1.23, "Another task may have renewed the access token"))
    journal.note(SaveToken(StoredToken("canary", 2.0, 1.0)))
    journal.note(Note("The access token cannot be renewed yet"))

    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "Another task may have renewed the access token. Waiting 1.2 s"),
        ("INFO", "Webex renewed the access token"),
        ("WARNING", "The access token cannot be renewed yet"),
    ]
    assert journal.retries == 0


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError, "the list: failed after 0 recordings, 0 pages, 0 requests, 0 retries, 0.0 s"),
        (GeneratorExit, "the list: stopped early, after 0 recordings, 0 pages, 0 requests, 0 retries, 0.0 s"),
    ],
)
def test_a_listing_that_does_not_reach_its_end_says_so(
    caplog: pytest.LogCaptureFixture, error: type[BaseException], told: str
) -> None:
    caplog.set_level("INFO", "tests.journal")
    with pytest.raises(error), Journal(LOG, "the list", monotonic=Watch()):
        raise error

    assert caplog.messages == [told]
