"""Names that are made for files: readable, safe everywhere, and no two tasks' or windows' the same."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from airflow_provider_webex_recordings.storage import FORMATS, file_name
from airflow_provider_webex_recordings.webex.windows import TimeWindow

DAY = TimeWindow(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC))
WINDOW = "20261101T000000.000Z-20261102T000000.000Z"

# What Airflow allows in an id, in a mixture in which ids that are nearly the same are frequent.
IDS = (
    st.text(st.sampled_from("ab.A0_-üé日"), min_size=1, max_size=5)
    | st.from_regex(r"[\w.-]{1,250}", fullmatch=True)
    | st.builds(lambda one, count: one * count, st.sampled_from(["a", "ä", "a.", "0"]), st.integers(1, 250))
)
MOMENTS = st.datetimes(timezones=st.just(UTC), max_value=datetime(9999, 1, 1))
WINDOWS = st.just(DAY) | st.builds(
    lambda start, length: TimeWindow(start, start + length), MOMENTS, st.timedeltas(timedelta(0), timedelta(days=40))
)
MAP_INDEXES = st.none() | st.integers(0, 2) | st.integers(0, 2**31 - 1)
PARTS = st.tuples(st.tuples(IDS, IDS) | st.tuples(IDS, IDS, IDS), MAP_INDEXES, WINDOWS)


@given(PARTS, PARTS)
@example((("a.b", "c"), None, DAY), (("a", "b.c"), None, DAY))
@example((("a", "t.0"), None, DAY), (("a", "t"), 0, DAY))
@example((("a", "t.0"), 1, DAY), (("a", "t"), 0, DAY))
@example((("dag_é", "list"), None, DAY), (("dag_ü", "list"), None, DAY))
@example((("dag", "list"), None, DAY), (("Dag", "list"), None, DAY))
@example((("a", "b"), None, DAY), (("a", "b", "b"), None, DAY))
@example((("x" * 200, "y" * 200), None, DAY), (("x" * 200, "y" * 201), None, DAY))
def test_other_parts_give_another_name_even_where_capitals_count_as_small_letters(one: Any, other: Any) -> None:
    names = {file_name(*parts, "jsonl").casefold() for parts in (one, other)}
    assert len(names) == len({one, other})


@given(PARTS, st.sampled_from([one.suffix for one in FORMATS.values()]))
def test_a_name_is_short_and_safe_and_ends_with_its_suffix(parts: Any, suffix: str) -> None:
    name = file_name(*parts, suffix)

    assert len(name.encode()) <= 200
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name)
    assert name.endswith(f".{suffix}")
    assert parts[2].compact() in name


@pytest.mark.parametrize(
    ("ids", "map_index", "name"),
    [
        (["recordings", "list"], None, f"recordings.list.{WINDOW}.jsonl"),
        (["recordings", "list"], -1, f"recordings.list.{WINDOW}.jsonl"),
        (["recordings", "list"], 12, f"recordings.list.12.{WINDOW}.jsonl"),
        (["daily-archive_2", "group.sub.list"], 0, f"daily-archive_2.group.sub.list.0.{WINDOW}.jsonl"),
        (["a.b", "c"], None, f"a.b.c.{WINDOW}.D.jsonl"),
        (["Recordings", "list"], None, f"Recordings.list.{WINDOW}.D.jsonl"),
        (["a", "list.3"], None, f"a.list.3.{WINDOW}.D.jsonl"),
        (["büro", "süd"], 3, f"b_ro.s_d.3.{WINDOW}.D.jsonl"),
        (["..", "日本"], None, f"__.{WINDOW}.D.jsonl"),
        (["x" * 250, "y" * 250], None, f"{'x' * 60}.{'y' * 60}.{WINDOW}.D.jsonl"),
    ],
)
def test_ordinary_ids_stand_as_they_are_and_others_get_a_digest(
    ids: list[str], map_index: int | None, name: str
) -> None:
    expected = re.escape(name).replace("D", "[0-9a-f]{12}", 1) if ".D." in name else re.escape(name)
    assert re.fullmatch(expected, file_name(ids, map_index, DAY, "jsonl"))


def test_a_name_is_the_same_tomorrow_and_in_the_manual() -> None:
    window = TimeWindow(datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
    manual = (Path(__file__).parent.parent.parent / "docs" / "files.md").read_text()
    for ids, map_index in (
        (["recordings", "list"], None),
        (["recordings", "list"], 3),
        (["Archive", "büro_süd"], None),
    ):
        assert f"| `{file_name(ids, map_index, window, 'jsonl')}` |" in manual
