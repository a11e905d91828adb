"""The recordings that are listed: twenty days of an office, nine tenths of each between 8 and 18 o'clock.

Every day holds the same number, so that a window of whole days holds a round one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.webex_api import make_recordings
from tests.webex_api.recordings import to_text

START = datetime(2026, 10, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PER_DAY = 5_000
DAYS = 20
# A cumulated share of the day's recordings, and the hour by which it was made.
OFFICE_HOURS = ((0.0, 0), (0.04, 8), (0.94, 18), (1.0, 24))


@dataclass(frozen=True, slots=True)
class Window:
    """A window, and how many recordings were created in it."""

    start: datetime
    end: datetime
    count: int


# For what a client does only once: a page of one afternoon.
WARM_UP = Window(START + timedelta(hours=14), START + timedelta(hours=14, minutes=10), 75)


def window_of(count: int) -> Window:
    """Return the newest window of whole days with so many recordings.

    :raises ValueError: where the days do not hold just so many
    """
    days, rest = divmod(count, PER_DAY)
    if rest or not 0 < days <= DAYS:
        raise ValueError(f"{count} is no multiple of {PER_DAY} up to {PER_DAY * DAYS}")
    end = START + DAYS * DAY
    return Window(end - days * DAY, end, count)


def recordings() -> list[dict[str, Any]]:
    """Return all recordings, the newest first, as the API lists them."""
    count = PER_DAY * DAYS
    made = make_recordings(count, START, START + DAYS * DAY)
    for number, recording in enumerate(reversed(made)):
        day, of_day = divmod(number, PER_DAY)
        recording["createTime"] = to_text(START + day * DAY + timedelta(hours=_hour(of_day / PER_DAY)))
    return made


def _hour(share: float) -> float:
    for (low, opens), (high, closes) in pairwise(OFFICE_HOURS):
        if share < high:
            return opens + (share - low) / (high - low) * (closes - opens)
    return OFFICE_HOURS[-1][1]
