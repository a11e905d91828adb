"""The parameters of the two list endpoints, read as Webex's documents describe them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tests.webex_api.errors import ApiError
from tests.webex_api.recordings import MICROSECOND, OWNER_TYPES, REGIONS, SERVICE_TYPES, to_microseconds

if TYPE_CHECKING:
    from datetime import datetime

LISTED_VALUES = {
    "status": ("available", "deleted"),
    "serviceType": SERVICE_TYPES,
    "format": ("MP3",),
    "ownerType": OWNER_TYPES,
    "storageRegion": REGIONS,
}
ADMIN_STATUSES = ("available", "deleted", "purged")
FREE_TEXT = ("locationId", "topic")
OWNER_FILTERS = ("ownerId", "ownerEmail")
WEEK = timedelta(days=7) // MICROSECOND
LONGEST_SPAN = timedelta(days=30) // MICROSECOND


@dataclass(frozen=True)
class ListQuery:
    size: int
    start: int
    end: int
    filters: dict[str, str]


def parse_query(params: dict[str, str], *, admin: bool, now: datetime, window: list[int] | None = None) -> ListQuery:
    """Check and read the parameters; `window` is that of the first page where this is a later one."""
    start, end = window or _window(params, now)
    return ListQuery(_size(params.get("max", "10")), start, end, _filters(params, admin=admin))


def parse_zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ApiError(400, f"timezone: '{name}' is not a time zone of the IANA database.") from None


def _size(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 100):
        raise ApiError(400, "max: must be a number equal to or greater than 1 and equal to or less than 100.")
    return int(text)


def _window(params: dict[str, str], now: datetime) -> tuple[int, int]:
    start, end = _instant(params, "from"), _instant(params, "to")
    if end is None:
        end = to_microseconds(now) if start is None else start + WEEK
    if start is None:
        start = end - WEEK
    if start > end:
        raise ApiError(400, "from: cannot be after 'to'.")
    if end - start > LONGEST_SPAN:
        raise ApiError(400, "The time between 'from' and 'to' must be within 30 days.")
    return start, end


def _instant(params: dict[str, str], name: str) -> int | None:
    if name not in params:
        return None
    try:
        return to_microseconds(params[name])
    except (ValueError, OverflowError):
        raise ApiError(400, f"{name}: '{params[name]}' is not a date and time in ISO 8601 format.") from None


def _filters(params: dict[str, str], *, admin: bool) -> dict[str, str]:
    filters = {"status": params.get("status", "available")}
    for name, listed in LISTED_VALUES.items():
        if name in params:
            allowed = ADMIN_STATUSES if admin and name == "status" else listed
            if params[name] not in allowed:
                raise ApiError(400, f"{name}: '{params[name]}' is not one of {', '.join(allowed)}.")
            filters[name] = params[name]
    for name in OWNER_FILTERS:
        if name in params:
            if not admin:
                raise ApiError(400, f"{name}: is not supported when listing your own recordings.")
            filters[name] = params[name]
    filters.update({name: params[name] for name in FREE_TEXT if name in params})
    return filters
