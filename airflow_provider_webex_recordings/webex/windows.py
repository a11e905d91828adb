"""Half-open windows of time, as the List Recordings call takes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from airflow_provider_webex_recordings.webex.errors import WebexInputError

#: https://developer.webex.com/docs/api/v1/converged-recordings/list-recordings-for-admin-or-compliance-officer
LONGEST = timedelta(days=30)

#: a moment as a user gives it: an aware datetime, or ISO 8601 text with an offset
Moment: TypeAlias = datetime | str | None


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """The recordings created at or after `start` and before `end`.

    Borders are kept in UTC and in whole milliseconds, which is what is sent. So windows that share a border in Airflow
    share it at Webex too.

    :param start: aware datetime, inclusive (the API's ``from``)
    :param end: aware datetime, exclusive (the API's ``to``)
    :raises WebexInputError: if a border is naive or not a datetime, or the start is after the end
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", _utc_milliseconds("start", self.start))
        object.__setattr__(self, "end", _utc_milliseconds("end", self.end))
        if self.start > self.end:
            raise WebexInputError("start", iso(self.start), f"is after end={iso(self.end)}; swap or correct them")

    @property
    def is_empty(self) -> bool:
        """Whether no recording can lie in the window."""
        return self.start == self.end

    def __contains__(self, other: TimeWindow) -> bool:
        return self.start <= other.start and other.end <= self.end

    def pieces(self, longest: timedelta = LONGEST) -> Iterator[TimeWindow]:
        """Split the window into pieces that meet exactly, newest first, as the API lists."""
        end = self.end
        while end > self.start:
            start = max(self.start, end - longest)
            yield TimeWindow(start, end)
            end = start

    def to_dict(self) -> dict[str, str]:
        """Return the borders as ISO 8601 text."""
        return {"start": iso(self.start), "end": iso(self.end)}

    def compact(self) -> str:
        """Return the borders in a form suitable for a file name."""
        return "-".join(re.sub("[-:]", "", iso(border)) for border in (self.start, self.end))

    def __str__(self) -> str:
        return f"[{iso(self.start)}, {iso(self.end)})"


def moment(name: str, value: Moment) -> datetime:
    """Return an argument's time in UTC, in whole milliseconds.

    :param name: the argument's name, for the error
    :raises WebexInputError: if it is missing, not a time, or naive
    """
    if not value:
        raise WebexInputError(name, value, "is missing; set both start and end, or neither")
    try:
        parsed = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise WebexInputError(name, value, "is not an ISO 8601 time, such as 2026-11-22T00:00:00+00:00") from None
    return _utc_milliseconds(name, parsed)


def iso(moment: datetime) -> str:
    """Return a time in the form the API is known to accept: UTC, milliseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _utc_milliseconds(field: str, moment: object) -> datetime:
    if not isinstance(moment, datetime):
        raise WebexInputError(field, moment, "is not a datetime")
    if moment.utcoffset() is None:
        raise WebexInputError(
            field, moment.isoformat(), "has no time zone; give an aware datetime, such as datetime(..., tzinfo=UTC)"
        )
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise WebexInputError(field, moment.isoformat(), "is outside the years that UTC can express") from None
    # A datetime of the standard library: Airflow's are pendulum's, whose differences do not divide by timedeltas.
    at = moment.timetuple()[:6]
    return datetime(*at, moment.microsecond // 1000 * 1000, tzinfo=UTC)
