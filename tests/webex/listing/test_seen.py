"""Knowing what was seen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_webex_recordings.webex.errors import WebexProtocolError
from airflow_provider_webex_recordings.webex.listing.seen import MAX_BARREN_PAGES, LoopGuard, SeenIds, unseen
from tests.helpers.answers import URL, answer


@given(st.lists(st.text(max_size=2)) | st.lists(st.integers(0, 9)))
def test_seen_ids_are_those_of_a_set(keys: list[Any]) -> None:
    seen, plain = SeenIds(), set()
    for key in keys:
        assert seen.add(key) is (key not in plain)
        plain.add(key)
    assert len(seen) == len(plain)


@given(st.lists(st.lists(st.sampled_from(["a", "b", "c", "", 0, 1, 2**61 - 1]), max_size=5)))
def test_seen_ids_are_told_page_by_page_as_one_by_one(pages: list[list[Any]]) -> None:
    seen, one_by_one = SeenIds(), SeenIds()
    for page in pages:
        assert seen.add_all(page) == {place for place, key in enumerate(page) if not one_by_one.add(key)}
    assert len(seen) == len(one_by_one)


@given(st.lists(st.dictionaries(st.just("id"), st.sampled_from(["a", "b", "", 1, None, [], {}]))))
def test_a_recording_is_news_once_and_without_a_usable_id_always(recordings: list[Any]) -> None:
    expected, ids = [], set()
    for recording in recordings:
        key = recording.get("id")
        if not isinstance(key, str | int) or key not in ids:
            expected.append(recording)
        if isinstance(key, str | int):
            ids.add(key)

    assert unseen(recordings, SeenIds()) == expected


def test_a_page_larger_than_the_table_fits() -> None:
    keys = [f"recording {number}" for number in range(10_000)]
    seen = SeenIds()

    assert seen.add_all(keys) == set()
    assert seen.add_all(keys) == set(range(10_000))


def test_a_hundred_thousand_ids_are_told_apart() -> None:
    seen = SeenIds()

    assert all(seen.add(f"recording {number}") for number in range(100_000))
    assert not any(seen.add(f"recording {number}") for number in range(100_000))
    assert len(seen) == 100_000


def test_pages_without_news_are_a_loop_only_where_very_many_follow_each_other() -> None:
    guard, page = LoopGuard("/convergedRecordings", URL, SeenIds()), answer(trackingid="T1")
    for number in range(5 * MAX_BARREN_PAGES):
        is_news = number % MAX_BARREN_PAGES == 0
        guard.check(10 * is_news, 10 * is_news, f"{URL}?cursor={number}", page)

    with pytest.raises(WebexProtocolError, match="51 pages in a row held nothing new") as raised:
        for number in range(MAX_BARREN_PAGES):
            guard.check(10, 0, f"{URL}?cursor=again-{number}", page)
    assert raised.value.tracking_id == "T1"


def test_ids_of_any_type_are_told_apart_by_type_and_value() -> None:
    ids: list[Any] = [1, 2**61, 1.0, True, -1, -2, 2**62 - 1, "1", "int 1", None, [], {}, 0, False, 0.0, -0.0]
    recordings: list[Any] = [{"id": each} for each in ids]
    seen = SeenIds()

    assert unseen(recordings, seen) == recordings
    again = unseen(recordings, seen)
    assert [recording["id"] for recording in again] == [None, [], {}]


@pytest.mark.timeout(5)
def test_chosen_numbers_take_no_longer_than_others() -> None:
    """A number's hash can be chosen by whoever sends it."""
    recordings: list[Any] = [{"id": each << 40} for each in range(20_000)]

    assert len(unseen(recordings, SeenIds())) == 20_000
