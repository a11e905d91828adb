"""Files read back by DuckDB, whose readers share no code with what wrote them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

NUMBERS = {"durationSeconds", "sizeBytes"}


def read_json(path: Path) -> list[dict[str, Any]]:
    """Read one array or lines, also in gzip."""
    kind = "array" if path.suffix == ".json" else "newline_delimited"
    rows = query("SELECT json FROM read_json_objects(?, format = ?)", str(path), kind)
    return [json.loads(row["json"]) for row in rows]


def read_csv(path: Path) -> list[dict[str, Any]]:
    """Read cells as text, as DuckDB's own guesses of types depend on the data."""
    rows = query("SELECT * FROM read_csv(?, all_varchar = true, header = true, delim = ',', quote = '\"')", str(path))
    return [
        recording({name: json.loads(cell) if name in NUMBERS and cell else cell for name, cell in row.items()})
        for row in rows
    ]


def read_parquet(path: Path) -> list[dict[str, Any]]:
    return [
        recording({name: utc_text(cell) if isinstance(cell, datetime) else cell for name, cell in row.items()})
        for row in query("SELECT * FROM read_parquet(?)", str(path))
    ]


def recording(row: dict[str, Any]) -> dict[str, Any]:
    """Return the recording that a row tells, by the rule in `docs/files.md`: its columns, and over them `other`."""
    columns = {name: cell for name, cell in row.items() if cell is not None}
    other = json.loads(columns.pop("other", "{}"))
    told: dict[str, Any] = {}
    for name, cell in columns.items():
        field, _, part = name.partition("_")
        if part:
            told.setdefault(field, {})[part] = cell
        else:
            told[field] = cell
    return {**told, **other}


def utc_text(moment: datetime) -> str:
    """The shortest of three ways to write a moment: seconds, milliseconds, microseconds."""
    text = moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00")
    if text.endswith(".000000"):
        text = text[:-7]
    elif text.endswith("000"):
        text = text[:-3]
    return f"{text}Z"


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def query(sql: str, *arguments: Any) -> list[dict[str, Any]]:
    """Return the rows of an answer, by the names of their columns."""
    answer = _connection().execute(sql, arguments)
    assert answer.description is not None
    names = [column[0] for column in answer.description]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
