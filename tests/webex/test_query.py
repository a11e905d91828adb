"""Filters: each is checked, and reaches the wire under the API's name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.query import FILTER_NAMES, LISTED_VALUES, WIRE_NAMES, RecordingsQuery
from airflow_provider_webex_recordings.webex.windows import TimeWindow

BASE = "https://webexapis.com/v1"
WINDOW = TimeWindow(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC))


def parameters(query: RecordingsQuery, page_size: int = 100) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(query.url(BASE, WINDOW, page_size)).query, keep_blank_values=True))


@pytest.mark.parametrize("name", WIRE_NAMES)
def test_a_filter_reaches_the_wire_under_the_apis_name(name: str) -> None:
    query = RecordingsQuery(role="admin", **{name: "ü/&=+ #%"})  # type: ignore[misc]

    assert parameters(query) == {
        "from": "2026-11-01T00:00:00.000Z",
        "to": "2026-11-02T00:00:00.000Z",
        "max": "100",
        WIRE_NAMES[name]: "ü/&=+ #%",
    }


def test_window_and_page_size_are_always_sent_and_nothing_else_is_unless_it_is_given() -> None:
    url = RecordingsQuery().url(BASE, WINDOW, 7)

    assert url == (
        "https://webexapis.com/v1/convergedRecordings"
        "?from=2026-11-01T00%3A00%3A00.000Z&to=2026-11-02T00%3A00%3A00.000Z&max=7"
    )
    assert RecordingsQuery(role="admin").url(BASE, WINDOW, 7).startswith(f"{BASE}/admin/convergedRecordings?")


def test_the_time_zone_is_a_header() -> None:
    assert RecordingsQuery().headers() == {"Accept": "application/json"}
    assert RecordingsQuery(timezone="Asia/Kolkata").headers() == {
        "Accept": "application/json",
        "timezone": "Asia/Kolkata",
    }
    assert "timezone" not in parameters(RecordingsQuery(timezone="Asia/Kolkata"))


texts = st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)


@given(st.fixed_dictionaries(dict.fromkeys(WIRE_NAMES, texts)))
def test_any_text_arrives_as_it_is_and_a_query_survives_a_trigger(filters: dict[str, Any]) -> None:
    query = RecordingsQuery(role="admin", **filters)

    given_filters = {WIRE_NAMES[name]: value for name, value in filters.items() if value is not None}
    assert parameters(query).items() >= given_filters.items()
    assert RecordingsQuery(**query.to_dict()) == query  # type: ignore[arg-type]


@pytest.mark.parametrize("name", LISTED_VALUES)
def test_a_documented_value_is_no_surprise_and_another_is_sent_with_a_sentence_about_it(name: str) -> None:
    for value in LISTED_VALUES[name]:
        assert RecordingsQuery(role="admin", **{name: value}).unlisted_values() == []  # type: ignore[arg-type]

    query = RecordingsQuery(**{name: "brand new"})  # type: ignore[arg-type]
    (sentence,) = query.unlisted_values()
    assert f"{name}='brand new'" in sentence
    assert parameters(query)[WIRE_NAMES[name]] == "brand new"


def test_a_name_that_is_no_filter_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"there is no filter topik; there are status, .*topic"):
        RecordingsQuery(topik="complaint")  # type: ignore[call-arg]


def test_the_default_role_is_for_filters_without_one() -> None:
    assert RecordingsQuery.of({"topic": "a"}, default_role="admin") == RecordingsQuery(role="admin", topic="a")
    assert RecordingsQuery.of({"role": None}, default_role="admin").role == "admin"
    assert RecordingsQuery.of({"role": "user"}, default_role="admin").role == "user"


@pytest.mark.parametrize("bad", ["", " ", "\t\n", 5, b"calling", ["calling"], True])
@pytest.mark.parametrize("name", FILTER_NAMES)
def test_what_is_empty_or_not_a_string_is_refused_by_name(name: str, bad: object) -> None:
    with pytest.raises(WebexInputError) as caught:
        RecordingsQuery(**{"role": "admin", name: bad})  # type: ignore[arg-type]

    assert caught.value.field == name
