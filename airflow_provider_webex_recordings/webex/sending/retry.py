"""What is retried, how long to wait, and when to give up. The decisions are made here; the driver waits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, cast

from tenacity import RetryCallState, stop_after_attempt, stop_before_delay
from tenacity.wait import wait_exponential_jitter, wait_fixed, wait_random

from airflow_provider_webex_recordings.webex import limits
from airflow_provider_webex_recordings.webex.messages import Response

# A date in the far future, such as the year 9999, must still fit into a timedelta.
_LONGEST_RETRY_AFTER = 366 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The bounds of retrying one request.

    :param max_attempts: how often a request is sent at most, including the first time
    :param max_seconds: how long a request may take in total, including waits; no wait starts that would end later
    :param max_wait: the longest single wait in seconds; a longer Retry-After ends in an error that carries it
    """

    max_attempts: int = limits.RETRY_ATTEMPTS
    max_seconds: float = limits.RETRY_SECONDS
    max_wait: float = limits.RETRY_WAIT

    def next_wait(self, attempt: int, elapsed: float, retry_after: float | None) -> float | None:
        """Return the seconds to wait after the given attempt, which failed, or None to give up.

        :param attempt: how often the request was sent, from 1
        :param elapsed: seconds since it was first sent
        :param retry_after: what Webex asked for, None if it did not
        """
        if retry_after is not None and retry_after > self.max_wait:
            return None
        state = RetryCallState(cast("Any", None), None, (), {})
        state.attempt_number, state.start_time, state.outcome_timestamp = attempt, 0.0, elapsed
        if retry_after is None:
            wait = wait_exponential_jitter(initial=1, max=min(60.0, self.max_wait), jitter=1)(state)
        else:
            jitter = wait_random(0, max(1.0, retry_after / 10))
            wait = (wait_fixed(retry_after) + jitter)(state)
        state.upcoming_sleep = wait
        give_up = stop_after_attempt(self.max_attempts) | stop_before_delay(self.max_seconds)
        return None if give_up(state) else wait


def retry_after(response: Response) -> float | None:
    """Return the seconds that Retry-After asks for, or None if it is missing, in the past, zero or unreadable.

    Both forms of https://www.rfc-editor.org/rfc/rfc9110#field.retry-after are read; a date is
    counted from the answer's own Date, so an inaccurate clock here does not matter.
    """
    text = (response.header("retry-after") or "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        seconds = float(text)
    else:
        moment = _http_date(text)
        base = _http_date(response.header("date") or "") or response.at
        seconds = (moment or 0.0) - base
    return min(seconds, _LONGEST_RETRY_AFTER) if seconds > 0 else None


def _http_date(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
