"""The times of recordings: from text to datetime and back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeGuard


def instant(value: object) -> datetime | None:
    """Return a time as the API sends it as a datetime in UTC, None if it cannot be read as one."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        # Without an offset the time is ambiguous.
        return None if moment.utcoffset() is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


_DIGITS = str.maketrans("123456789", "000000000")


def sort_as_moments(texts: list[Any]) -> TypeGuard[list[str]]:
    """Return whether times sort as their texts do: all are in UTC, and written in the same form."""
    if set(map(type, texts)) != {str} or len(set(map(len, texts))) > 1:
        return False
    shape: str = texts[0].translate(_DIGITS)
    return shape.endswith("Z") and "".join(texts).translate(_DIGITS) == shape * len(texts)


def utc_text(moment: datetime) -> str:
    """Return a datetime as the API writes it: UTC, `Z`, and no, three or six digits after the second, as needed."""
    digits = "milliseconds" if moment.microsecond and moment.microsecond % 1000 == 0 else "auto"
    return moment.isoformat(timespec=digits).replace("+00:00", "Z")
