"""Recordings as rows of a table: a column for each field the API documents, and one for everything else.

Nothing is lost and nothing refused: a field that its column cannot return exactly as it was sent (it is unknown, null,
of another type, too large, a time with an offset ...) goes to the column `other`, a JSON object, as it was sent. So the
non-null columns, overlaid with the fields in `other`, are the recording.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_webex_recordings.storage.formats.json_text import encode
from airflow_provider_webex_recordings.webex.recording import Recording

# What a column holds, in the API's order. `serviceData_locationId` is the field locationId of the field serviceData.
COLUMNS = {
    "id": "text",
    "topic": "text",
    "createTime": "time",
    "timeRecorded": "time",
    "ownerId": "text",
    "ownerType": "text",
    "ownerEmail": "text",
    "format": "text",
    "durationSeconds": "number",
    "sizeBytes": "integer",
    "serviceType": "text",
    "storageRegion": "text",
    "status": "text",
    "serviceData_locationId": "text",
    "serviceData_callSessionId": "text",
}
OTHER = "other"

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Kind:
    """How a column holds a field.

    :param cell: returns the cell for a field's value, None if the column cannot hold it
    :param value: returns the field's value for a cell
    """

    cell: Callable[[Any], Any]
    value: Callable[[Any], Any]


def as_is(value: Any) -> Any:
    """Return the value."""
    return value


def text(value: object) -> str | None:
    """Return text that every reader accepts: half of a surrogate pair, which is not a character, becomes U+FFFD."""
    return _SURROGATE.sub("\ufffd", value) if isinstance(value, str) else None


def is_number(value: object) -> bool:
    """Return whether a value is a number in JSON's sense."""
    return isinstance(value, int | float) and not isinstance(value, bool)


class Table:
    """The columns of a file, and how each holds its field.

    :param kinds: a kind for each of the names in `COLUMNS`' values
    """

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self.header = [*COLUMNS, OTHER]
        self._columns = [(*name.partition("_")[::2], kinds[kind]) for name, kind in COLUMNS.items()]

    def row(self, recording: Recording) -> list[Any]:
        """Return a recording's cells; None where there is no value."""
        fields: Mapping[str, Any] = recording
        row: list[Any] = []
        in_columns: dict[str, Any] = {}
        for field, part, kind in self._columns:
            value = fields.get(field)
            if part:
                value = value.get(part) if isinstance(value, dict) else None
            cell = kind.cell(value)
            row.append(cell)
            if cell is not None:
                target = in_columns.setdefault(field, {}) if part else in_columns
                target[part or field] = kind.value(cell)
        other = {
            field: value for field, value in fields.items() if field not in in_columns or in_columns[field] != value
        }
        row.append(encode(other).decode() if other else None)
        return row
