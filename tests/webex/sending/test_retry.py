"""How long is waited, and when it is given up: numbers in, numbers out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_webex_recordings.webex.sending.retry import RetryPolicy, retry_after
from tests.helpers.answers import answer

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
YEAR = 366 * 24 * 3600.0


def http_date(seconds: float) -> str:
    return format_datetime(NOON + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5", 5.0),
        (" 5 ", 5.0),
        ("1.5", 1.5),
        ("0", None),
        ("00", None),
        ("-1", None),
        ("+5", None),
        ("1e3", None),
        ("5 seconds", None),
        ("5, 60", None),
        ("0x10", None),
        ("\u0665", None),
        ("inf", None),
        ("", None),
        (None, None),
        ("9" * 400, YEAR),
        (http_date(90), 90.0),
        (http_date(0), None),
        (http_date(-1), None),
        ("Monday, 23-Nov-26 12:01:00 GMT", 60.0),
        ("Mon Nov 23 12:01:00 2026", 60.0),
        ("Mon, 23 Nov 2026 13:01:00 +0100", 60.0),
        ("Mon, 23 Nov 2026 25:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", YEAR),
        ("Sat, 01 Jan 0001 00:00:00 +2359", None),
        ("tomorrow", None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_ignored_in_any_other(text: str | None, seconds: float | None) -> None:
    headers = {} if text is None else {"retry_after": text}

    assert retry_after(answer(429, date=http_date(0), **headers)) == seconds


def test_a_date_is_counted_from_the_servers_clock_not_from_ours() -> None:
    an_hour_off = (NOON + timedelta(hours=1)).timestamp()

    assert retry_after(answer(429, retry_after=http_date(90), date=http_date(0), at=an_hour_off)) == 90.0


@pytest.mark.parametrize("date", [{}, {"date": "today"}])
def test_without_the_servers_clock_a_date_is_counted_from_ours(date: dict[str, str]) -> None:
    assert retry_after(answer(429, retry_after=http_date(90), at=NOON.timestamp(), **date)) == 90.0


def test_back_off_doubles_up_to_a_minute() -> None:
    policy = RetryPolicy(max_attempts=100, max_seconds=1e9)

    waits = [policy.next_wait(attempt, 0.0, None) for attempt in range(1, 12)]

    for wait, base in zip(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60], strict=True):
        assert wait is not None
        assert base <= wait <= min(60, base + 1)


policies = st.builds(
    RetryPolicy,
    max_attempts=st.integers(1, 20),
    max_seconds=st.floats(0.1, 5000),
    max_wait=st.floats(0.1, 500),
)
seconds = st.floats(0, 6000)


@given(policies, st.integers(1, 25), seconds, st.none() | st.floats(0.001, 600))
def test_no_wait_breaks_a_bound_of_the_policy(
    policy: RetryPolicy, attempt: int, elapsed: float, asked: float | None
) -> None:
    wait = policy.next_wait(attempt, elapsed, asked)

    if wait is None:
        # One bound must be in the way of even the shortest wait; the longest jitter is a tenth, or a second.
        longest = min(60.0, policy.max_wait) if asked is None else asked + max(1.0, asked / 10)
        out_of_time = elapsed + longest >= policy.max_seconds
        assert attempt >= policy.max_attempts or out_of_time or (asked is not None and asked > policy.max_wait)
        return
    assert attempt < policy.max_attempts
    assert elapsed + wait < policy.max_seconds
    if asked is None:
        assert 0 < wait <= min(60.0, policy.max_wait)
    else:
        assert asked <= policy.max_wait
        assert asked <= wait <= asked + max(1.0, asked / 10), "never sooner than Webex asked"


def test_a_listing_that_starts_at_once_in_many_tasks_does_not_retry_at_once_in_all() -> None:
    policy = RetryPolicy()

    assert len({policy.next_wait(1, 0.0, 30.0) for _ in range(20)}) > 10
    assert len({policy.next_wait(1, 0.0, None) for _ in range(20)}) > 10
