"""Recordings as CSV: exact, or so that a spreadsheet computes nothing of what a caller has chosen."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from airflow_provider_webex_recordings.storage.formats.table import Kind, Table, as_is, is_number, text
from airflow_provider_webex_recordings.webex.recording import Recording


def _text(value: object) -> str | None:
    # An empty cell means that there is no such field, so empty text goes to the column `other`.
    return text(value) or None


def _number(value: object) -> str | None:
    return json.dumps(value) if is_number(value) else None


# Where a cell begins that a spreadsheet may read as a formula. It may expect another separator than the comma, skip
# white space and quotes before the sign, and take full-width signs for the usual ones.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = re.compile(
    r"""
    (?: ^ | [,;|\t\r\n] ) (?= [\s"'\x00-\x1f\ufeff]* [=+\-@\uff1d\uff0b\uff0d\uff20] )
    | (?: ^ | [,;|\r\n] ) (?= [\t\r\n] )
    """,
    re.VERBOSE,
)
# In JSON these stand in text only, where an escape means the same.
_SEPARATORS = {ord(separator): f"\\u{ord(separator):04x}" for separator in ";|"}


def _harmless(value: object) -> str | None:
    # An apostrophe makes the rest text.
    return _FORMULA.sub(r"\g<0>'", _text(value) or "") or None


_NUMBER = Kind(_number, json.loads)


def _table(text_kind: Kind) -> Table:
    return Table({"text": text_kind, "time": text_kind, "number": _NUMBER, "integer": _NUMBER})


TABLE = _table(Kind(_text, as_is))
SAFE_TABLE = _table(Kind(_harmless, as_is))


def csv_table(pages: Iterable[list[Recording]], metadata: Mapping[str, str]) -> Iterator[bytes]:  # noqa: ARG001
    """Encode recordings as CSV in UTF-8, with a header and times as sent. CSV has no place for metadata.

    https://www.rfc-editor.org/rfc/rfc4180
    """
    yield _lines([TABLE.header])
    for page in pages:
        yield _lines(TABLE.row(recording) for recording in page)


def csv_for_spreadsheets(pages: Iterable[list[Recording]], metadata: Mapping[str, str]) -> Iterator[bytes]:  # noqa: ARG001
    """Encode recordings as CSV in which no cell is a formula.

    Text that a spreadsheet could read as one begins with an apostrophe, also behind a character that some spreadsheets
    take for a separator; as it was sent it is in the column `other`. Numbers stay numbers.
    """
    yield _lines([SAFE_TABLE.header])
    for page in pages:
        yield _lines(_safe_row(recording) for recording in page)


def _safe_row(recording: Recording) -> list[Any]:
    *cells, other = SAFE_TABLE.row(recording)
    return [*cells, other and other.translate(_SEPARATORS)]


def _lines(rows: Iterable[list[Any]]) -> bytes:
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows(rows)
    return lines.getvalue().encode()
