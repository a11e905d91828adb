"""What was written is what another reader reads."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from airflow.providers.common.compat.sdk import ObjectStoragePath
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_webex_recordings.storage import FORMATS, write_recordings
from airflow_provider_webex_recordings.storage.formats.table import COLUMNS
from tests.helpers import reading_tables as reading
from tests.webex_api import make_recordings

START = datetime(2026, 11, 1, tzinfo=UTC)
READERS = {
    "jsonl": reading.read_json,
    "jsonl.gz": reading.read_json,
    "json": reading.read_json,
    "csv": reading.read_csv,
    "csv-safe": reading.read_csv,
    "parquet": reading.read_parquet,
}
ODD: list[dict[str, Any]] = [
    {},
    {"id": "only an id"},
    {"id": "offsets", "createTime": "2026-11-01T08:00:00+08:00", "timeRecorded": "2026-10-31T18:30:00.5-05:30"},
    {"id": "digits", "createTime": "2026-11-01T00:00:00.000Z", "timeRecorded": "2026-11-01T00:00:00.1234567Z"},
    {"id": "more digits", "createTime": "2026-11-01T00:00:00.120Z", "timeRecorded": "2026-11-01T00:00:00.123456Z"},
    {"id": "no times", "createTime": "yesterday", "timeRecorded": "2026-11-01T00:00:00"},
    {"id": "at the ends of time", "createTime": "0001-01-01T00:00:00+14:00", "timeRecorded": "9999-12-31T23:59:59Z"},
    {"id": "nulls", "topic": None, "createTime": None, "sizeBytes": None, "serviceData": None, "new": None},
    {"id": "", "topic": "", "createTime": "", "serviceData": {"locationId": ""}, "other": ""},
    {"id": "empty", "serviceData": {}, "new": {}, "list": []},
    {"id": "half null", "serviceData": {"locationId": None, "callSessionId": "c"}},
    {"id": "more service data", "serviceData": {"locationId": "l", "callSessionId": "c", "queueId": "q"}},
    {"id": "flat service data", "serviceData": "US", "serviceData_locationId": "not the column"},
    {"id": "types", "topic": 5, "createTime": 1793491200, "durationSeconds": "23", "sizeBytes": True},
    {"id": "lists", "topic": ["a"], "durationSeconds": [1], "serviceData": {"locationId": ["l"]}},
    {"id": 17, "ownerId": {"a": {"b": [1, None, "ü"]}}},
    {"id": "numbers", "durationSeconds": 23.75, "sizeBytes": 74222.0},
    {"id": "large", "durationSeconds": 2**53 + 1, "sizeBytes": 2**63},
    {"id": "larger", "durationSeconds": 2**64, "sizeBytes": 2**70},
    {"id": "small", "durationSeconds": -1e-300, "sizeBytes": -(2**63)},
    {"id": "half a byte", "durationSeconds": 1e300, "sizeBytes": 0.5},
    {"id": 'say "hi"', "topic": 'a,b;\t"c"\r\nnext\nand\rmore, "', "ownerEmail": " spaces "},
    {"id": "formula", "topic": "=1+1", "ownerType": "NULL", "format": "\\N"},
    {"id": "山田 太郎 🎧 Ñíguez", "topic": "\u2028\ufeff\u202e e\u0301 \U0010ffff", "ключ 🔑": "värde"},
]


def write(folder: Path, name: str, recordings: list[Any], **metadata: str) -> Path:
    """Write recordings in pages of three."""
    pages = [recordings[start : start + 3] for start in range(0, len(recordings), 3)]
    path = folder / f"day.{FORMATS[name].suffix}"
    summary = write_recordings(ObjectStoragePath(f"file://{path}"), pages, FORMATS[name], metadata)
    assert summary["count"] == len(recordings)
    return path


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("milliseconds", [True, False])
def test_a_days_recordings_come_back(tmp_path: Path, name: str, milliseconds: bool) -> None:
    recordings = make_recordings(500, START, START + timedelta(days=1), offsets=True, milliseconds=milliseconds)

    assert READERS[name](write(tmp_path, name, recordings)) == recordings


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("number", range(len(ODD)))
def test_odd_recordings_come_back(tmp_path: Path, name: str, number: int) -> None:
    recordings = [{"id": "before", "topic": "x"}, ODD[number], {"id": "after", "topic": "x"}]

    assert as_text(READERS[name](write(tmp_path, name, recordings))) == as_text(recordings)


@pytest.mark.parametrize("name", FORMATS)
def test_all_odd_recordings_come_back_from_one_file(tmp_path: Path, name: str) -> None:
    assert as_text(READERS[name](write(tmp_path, name, ODD))) == as_text(ODD)


@pytest.mark.parametrize("name", FORMATS)
def test_no_recordings_are_a_file_without_rows(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name, [])

    assert READERS[name](path) == []
    if name == "csv":
        assert path.read_text() == ",".join([*COLUMNS, "other"]) + "\n"


def read_any_csv(path: Path) -> list[dict[str, Any]]:
    rows = csv.DictReader(io.StringIO(path.read_bytes().decode(), newline=""))
    return [
        reading.recording(
            {name: json.loads(cell) if name in reading.NUMBERS else cell for name, cell in row.items() if cell}
        )
        for row in rows
    ]


# The readers below take any text; DuckDB refuses some that JSON and CSV allow, such as half of a surrogate pair.
ANY_READERS = {
    "jsonl": lambda path: [json.loads(line) for line in path.read_bytes().splitlines()],
    "jsonl.gz": lambda path: [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()],
    "json": lambda path: json.loads(path.read_bytes()),
    "csv": read_any_csv,
    "csv-safe": read_any_csv,
    "parquet": reading.read_parquet,
}

TEXT = st.text(st.characters(categories=["L", "N", "P", "S", "Z", "C"]), max_size=20)
# Numbers that are equal after a trip through text: no NaN or infinity, which JSON does not have.
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=5
)
TIMES = st.datetimes(timezones=st.timezones()).map(datetime.isoformat) | st.datetimes().map(
    lambda moment: f"{moment.isoformat()}Z"
)
KNOWN = {
    **{name: TEXT | VALUES for name in COLUMNS if "_" not in name},
    "createTime": TIMES | VALUES,
    "timeRecorded": TIMES | VALUES,
    "durationSeconds": st.integers() | st.floats(allow_nan=False, allow_infinity=False) | VALUES,
    "sizeBytes": st.integers() | st.floats(allow_nan=False, allow_infinity=False) | VALUES,
    "serviceData": st.fixed_dictionaries({}, optional={"locationId": TEXT, "callSessionId": TEXT | VALUES, "x": VALUES})
    | VALUES,
}
RECORDINGS = st.lists(
    st.builds(
        lambda known, unknown: {**unknown, **known},
        st.fixed_dictionaries({}, optional=KNOWN),
        st.dictionaries(TEXT, VALUES, max_size=2),
    ),
    max_size=5,
)


@pytest.mark.parametrize("name", FORMATS)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(recordings=RECORDINGS)
def test_whatever_the_api_may_send_comes_back(tmp_path: Path, name: str, recordings: list[dict[str, Any]]) -> None:
    assert as_text(ANY_READERS[name](write(tmp_path, name, recordings))) == as_text(recordings)


def as_text(value: Any) -> str:
    """Return a value as JSON in which only equal values are equal.

    Python thinks that 1 is true; and 23.0, which Parquet's doubles make of 23, is equal to it in JSON.
    """
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{as_text(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(as_text(one) for one in value) + "]"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value)


@pytest.mark.parametrize("name", FORMATS)
def test_half_of_a_surrogate_pair_comes_back(tmp_path: Path, name: str) -> None:
    recordings = [
        {"id": "1", "topic": "Zoë \ud83c"},
        {"id": "2", "ownerEmail": "\udfa7", "\ud83c": 1},
        {"id": "3", "topic": "🎧"},
    ]

    path = write(tmp_path, name, recordings)

    assert ANY_READERS[name](path) == recordings
    if name in ("csv", "csv-safe", "parquet"):
        table = reading.query(f"SELECT topic FROM '{path}'")
        assert table[0] == {"topic": "Zoë \ufffd"}


def test_parquets_schema(tmp_path: Path) -> None:
    path = write(tmp_path, "parquet", [{"id": "1"}], window_start="2026-11-01T00:00:00.000Z", source="Zoë")

    file = pq.ParquetFile(path)
    assert {field.name: str(field.type) for field in file.schema_arrow} == {
        "id": "string",
        "topic": "string",
        "createTime": "timestamp[us, tz=UTC]",
        "timeRecorded": "timestamp[us, tz=UTC]",
        "ownerId": "string",
        "ownerType": "string",
        "ownerEmail": "string",
        "format": "string",
        "durationSeconds": "double",
        "sizeBytes": "int64",
        "serviceType": "string",
        "storageRegion": "string",
        "status": "string",
        "serviceData_locationId": "string",
        "serviceData_callSessionId": "string",
        "other": "string",
    }
    assert file.metadata.metadata[b"window_start"] == b"2026-11-01T00:00:00.000Z"
    assert file.metadata.metadata[b"source"].decode() == "Zoë"


def test_a_time_with_an_offset_is_its_moment_in_utc_and_its_text_is_kept(tmp_path: Path) -> None:
    path = write(
        tmp_path, "parquet", [{"createTime": "2026-11-01T08:00:00+08:00", "timeRecorded": "2026-11-01T00:00:00Z"}]
    )

    (row,) = reading.query(f"SELECT createTime, timeRecorded, other FROM '{path}'")
    assert row == {"createTime": START, "timeRecorded": START, "other": '{"createTime":"2026-11-01T08:00:00+08:00"}'}


def test_sql_finds_its_way_in_every_format(tmp_path: Path) -> None:
    recordings = make_recordings(100, START, START + timedelta(days=1))
    expected = [
        {"owner": name, "minutes": sum(one["durationSeconds"] for one in recordings if one["ownerEmail"] == name)}
        for name in sorted({one["ownerEmail"] for one in recordings})
    ]

    for name in FORMATS:
        path = write(tmp_path, name, recordings)
        rows = reading.query(
            f"SELECT ownerEmail AS owner, sum(durationSeconds)::INT AS minutes FROM '{path}' GROUP BY 1 ORDER BY 1"
        )
        assert rows == expected
