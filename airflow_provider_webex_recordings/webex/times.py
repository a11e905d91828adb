"""The times of recordings: their text to a moment and back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeGuard


def instant(value: object) -> datetime | None:
    """Return the moment that a time as the API sends it stands for, in UTC; None where it stands for none."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        # Without an offset it could be a moment anywhere in the world.
        return None if moment.utcoffset() is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


_DIGITS = str.maketrans("123456789", "000000000")


def sort_as_moments(texts: list[Any]) -> TypeGuard[list[str]]:
    """Tell whether times, so far as they are times, sort as their texts do: all are in UTC, and written alike."""
    if set(map(type, texts)) != {str} or len(set(map(len, texts))) > 1:
        return False
    shape: str = texts[0].translate(_DIGITS)
    return shape.endswith("Z") and "".join(texts).translate(_DIGITS) == shape * len(texts)


def utc_text(moment: datetime) -> str:
    """Write a moment as the API does: UTC, `Z`, and as many digits after the second as it has, by threes."""
    digits = "milliseconds" if moment.microsecond and moment.microsecond % 1000 == 0 else "auto"
    return moment.isoformat(timespec=digits).replace("+00:00", "Z")
