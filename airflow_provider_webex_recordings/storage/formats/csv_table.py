"""Recordings as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from airflow_provider_webex_recordings.storage.formats.table import Kind, Table, as_is, is_number, text
from airflow_provider_webex_recordings.webex.recording import Recording


def _text(value: object) -> str | None:
    # An empty cell means that there is no such field, so empty text goes to the column `other`.
    return text(value) or None


def _number(value: object) -> str | None:
    return json.dumps(value) if is_number(value) else None


_NUMBER = Kind(_number, json.loads)
_TEXT = Kind(_text, as_is)
TABLE = Table({"text": _TEXT, "time": _TEXT, "number": _NUMBER, "integer": _NUMBER})


def csv_table(pages: Iterable[list[Recording]], metadata: Mapping[str, str]) -> Iterator[bytes]:  # noqa: ARG001
    """Encode recordings as CSV in UTF-8, with a header and times as sent. CSV has no place for metadata.

    https://www.rfc-editor.org/rfc/rfc4180
    """
    yield _lines([TABLE.header])
    for page in pages:
        yield _lines(TABLE.row(recording) for recording in page)


def _lines(rows: Iterable[list[Any]]) -> bytes:
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows(rows)
    return lines.getvalue().encode()
