"""Which format a file gets, and what each looks like."""

from __future__ import annotations

import builtins
import hashlib
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from airflow.providers.common.compat.sdk import ObjectStoragePath
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_webex_recordings.storage import FORMATS, output_format, write_recordings
from airflow_provider_webex_recordings.storage.formats.table import COLUMNS
from airflow_provider_webex_recordings.storage.writing import Tally
from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.recording import Recording, ServiceData
from airflow_provider_webex_recordings.webex.times import instant

PAGES: list[list[Any]] = [
    [{"id": "1", "createTime": "2026-11-01T08:00:00+09:00", "topic": "Zoë"}, {"id": "2", "new": [1]}],
    [],
    [{"id": "3", "createTime": "2026-11-01T00:00:00Z"}, {"id": "4", "createTime": "soon"}],
]


def write(path: Path, pages: list[list[Any]], **metadata: str) -> dict[str, Any]:
    """Write in the format whose name stands behind the first dot."""
    return write_recordings(ObjectStoragePath(f"file://{path}"), pages, FORMATS[path.name.partition(".")[2]], metadata)


@pytest.mark.parametrize(
    ("path", "name", "chosen"),
    [
        ("s3://c@b/a/day.jsonl", None, "jsonl"),
        ("s3://c@b/a/day.ndjson", None, "jsonl"),
        ("s3://c@b/a/day.jsonl.gz", None, "jsonl.gz"),
        ("s3://c@b/a/day.ndjson.gz", "", "jsonl.gz"),
        ("s3://c@b/a/2026.11.01.json", None, "json"),
        ("/data/DAY.CSV", None, "csv"),
        ("day.parquet", None, "parquet"),
        ("s3://c@b/a.csv/day", None, "jsonl"),
        ("s3://c@b/a.csv/", None, "jsonl"),
        ("s3://b.example", "csv", "csv"),
        ("day.jsonl", "parquet", "parquet"),
        ("day.csv", "csv-safe", "csv-safe"),
        ("day.csv", "CSV-Safe", "csv-safe"),
        ("day.xlsx", "JSONL.gz", "jsonl.gz"),
        ("day", "ndjson", "jsonl"),
    ],
)
def test_the_argument_decides_else_the_suffix_else_json_lines(path: str, name: str | None, chosen: str) -> None:
    assert output_format(path, name) is FORMATS[chosen]


@pytest.mark.parametrize(
    ("path", "name"), [("day.jsonl", "xlsx"), ("day.xlsx", None), ("day.json.gz", None), ("date=2026-11-01.v2", None)]
)
def test_what_is_not_known_is_refused_and_told_what_is(path: str, name: str | None) -> None:
    with pytest.raises(WebexInputError) as raised:
        output_format(path, name)

    assert raised.value.field == "output_format"
    for known in ("jsonl", "jsonl.gz", "json", "csv", "csv-safe", "parquet"):
        assert known in str(raised.value)
    assert ".csv-safe" not in str(raised.value)


def test_every_documented_field_has_a_column() -> None:
    fields = [*get_type_hints(Recording)]
    fields.remove("serviceData")
    assert [*COLUMNS] == [*fields, *(f"serviceData_{part}" for part in get_type_hints(ServiceData))]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "jsonl",
            '{"id":"1","createTime":"2026-11-01T08:00:00+09:00","topic":"Zoë"}\n{"id":"2","new":[1]}\n'
            '{"id":"3","createTime":"2026-11-01T00:00:00Z"}\n{"id":"4","createTime":"soon"}\n',
        ),
        (
            "json",
            '[\n{"id":"1","createTime":"2026-11-01T08:00:00+09:00","topic":"Zoë"},\n{"id":"2","new":[1]},\n'
            '{"id":"3","createTime":"2026-11-01T00:00:00Z"},\n{"id":"4","createTime":"soon"}\n]\n',
        ),
        (
            "csv",
            "id,topic,createTime,timeRecorded,ownerId,ownerType,ownerEmail,format,durationSeconds,sizeBytes,serviceType,"
            "storageRegion,status,serviceData_locationId,serviceData_callSessionId,other\r\n"
            "1,Zoë,2026-11-01T08:00:00+09:00,,,,,,,,,,,,,\r\n"
            '2,,,,,,,,,,,,,,,"{""new"":[1]}"\r\n'
            "3,,2026-11-01T00:00:00Z,,,,,,,,,,,,,\r\n"
            "4,,soon,,,,,,,,,,,,,\r\n",
        ),
    ],
)
def test_what_a_file_looks_like(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path / f"day.{name}", PAGES)

    assert (tmp_path / f"day.{name}").read_bytes() == text.encode()


@pytest.mark.parametrize("name", FORMATS)
def test_the_summary_tells_of_the_file_as_it_is_stored(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"day.{name}"

    summary = write(path, PAGES, source="window")

    assert summary == {
        "path": f"file://{path}",
        "format": name,
        "count": 4,
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        # The earliest moment, though as text it is the later one.
        "first_create_time": "2026-11-01T08:00:00+09:00",
        "last_create_time": "2026-11-01T00:00:00Z",
    }


def test_a_file_without_recordings_has_no_first_and_last(tmp_path: Path) -> None:
    summary = write(tmp_path / "day.jsonl", [[], []])

    assert (summary["count"], summary["bytes"]) == (0, 0)
    assert summary["first_create_time"] is summary["last_create_time"] is None


MOMENTS = st.datetimes(datetime(2026, 10, 31), datetime(2026, 11, 2)).map(lambda moment: moment.replace(tzinfo=UTC))
TIMES = st.builds(
    lambda moment, form: form(moment),
    MOMENTS,
    st.sampled_from(
        [
            lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            lambda moment: moment.strftime("%Y-%m-%d %H:%M:%SZ"),
            lambda moment: moment.strftime("%G-W%V-%uT%H:%M:%SZ"),
            lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            lambda moment: moment.astimezone(timezone(timedelta(hours=9))).isoformat(timespec="seconds"),
            lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S"),
        ]
    ),
) | st.sampled_from([None, "", "soon", "2026-13-01T00:00:00Z", "0000-00-00T00:00:00Z", 5, []])


@given(st.lists(st.lists(TIMES, max_size=4) | st.lists(TIMES.filter(lambda text: str(text)[10:11] == "T"), max_size=4)))
def test_the_summary_tells_the_earliest_and_the_latest_of_all_times(pages: list[list[Any]]) -> None:
    tally = Tally()
    for _ in tally.watch([{"createTime": text} for text in page] for page in pages):
        pass

    known = [(moment, text) for page in pages for text in page if (moment := instant(text)) is not None]
    moments = [moment for moment, _ in known]
    ends = [tally.first, tally.last]
    assert tally.count == sum(map(len, pages))
    assert {*ends} <= ({*known} or {None})
    assert [end and end[0] for end in ends] == [min(moments, default=None), max(moments, default=None)]


def test_equal_runs_write_equal_bytes(tmp_path: Path) -> None:
    """Also to another file, in another process, at another time."""
    here = [write(tmp_path / f"first.{name}", PAGES, source="window")["sha256"] for name in FORMATS]
    code = (
        "import sys; from pathlib import Path; from tests.storage.formats.test_formats import FORMATS, PAGES, write;"
        "files = [Path(sys.argv[1]) / f'second.{name}' for name in FORMATS];"
        "print(*[write(file, PAGES, source='window')['sha256'] for file in files])"
    )

    assert run_python(code, str(tmp_path)).split() == here


def run_python(code: str, *arguments: str) -> str:
    """Run code in a new process, and return the last line it prints."""
    command = [sys.executable, "-W", "ignore", "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1]


def test_without_pyarrow_parquet_names_the_extra_before_any_page_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without_pyarrow(name: str, *arguments: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ModuleNotFoundError("No module named 'pyarrow'")
        return real(name, *arguments)

    def pages() -> Any:
        pytest.fail("a page was asked for")
        yield []

    monkeypatch.setattr(builtins, "__import__", without_pyarrow)
    with pytest.raises(WebexInputError, match=r"airflow-provider-webex-recordings\[parquet\]"):
        write(tmp_path / "day.parquet", pages())

    assert list(tmp_path.iterdir()) == []


def test_only_parquet_loads_pyarrow() -> None:
    code = (
        "import sys; from airflow_provider_webex_recordings.storage import FORMATS;"
        "[b''.join(FORMATS[name].encode([[{'id': '1'}]], {})) for name in FORMATS if name != 'parquet'];"
        "print('pyarrow' in sys.modules)"
    )

    assert run_python(code) == "False"
