"""Filters: each is known everywhere it must be, and reaches the wire under the API's name."""

from __future__ import annotations

import inspect
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from airflow_provider_webex_recordings.operators.webex_recordings import ListRecordingsOperator
from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.query import LISTED_VALUES, WIRE_NAMES, Filters, RecordingsQuery
from airflow_provider_webex_recordings.webex.windows import TimeWindow
from tests.webex_api.query import FREE_TEXT, OWNER_FILTERS
from tests.webex_api.query import LISTED_VALUES as SERVER_VALUES

BASE = "https://webexapis.com/v1"
WINDOW = TimeWindow(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC))
NAMES = [field.name for field in fields(RecordingsQuery)]
#: fields of a query that are no filters of the API
APART = {"role", "timezone"}


def parameters(query: RecordingsQuery, page_size: int = 100) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(query.url(BASE, WINDOW, page_size)).query, keep_blank_values=True))


def test_a_filter_has_one_name_everywhere() -> None:
    operator_arguments = inspect.signature(ListRecordingsOperator.__init__).parameters

    assert list(Filters.__annotations__) == NAMES
    assert set(WIRE_NAMES) == set(NAMES) - APART
    assert set(NAMES) <= set(ListRecordingsOperator.template_fields)
    assert set(NAMES) <= set(operator_arguments)


@pytest.mark.parametrize("name", NAMES)
def test_a_filter_is_documented_where_a_dag_author_looks(name: str) -> None:
    assert f"``{name}``" in (inspect.getdoc(WebexRecordingsHook.list_recordings) or "")
    assert f":param {name}: (templated)" in (inspect.getdoc(ListRecordingsOperator) or "")


def test_the_api_has_no_other_filters() -> None:
    assert set(WIRE_NAMES.values()) == {*SERVER_VALUES, *FREE_TEXT, *OWNER_FILTERS}


@pytest.mark.parametrize("name", sorted(set(NAMES) - APART))
def test_a_filter_reaches_the_wire_under_the_apis_name(name: str) -> None:
    query = RecordingsQuery(role="admin", **{name: "ü/&=+ #%"})  # type: ignore[arg-type]

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


@given(st.fixed_dictionaries(dict.fromkeys(sorted(set(NAMES) - APART), texts)))
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


def test_what_the_api_documents_is_listed() -> None:
    for wire, values in SERVER_VALUES.items():
        name = next(name for name, known in WIRE_NAMES.items() if known == wire)
        assert set(values) <= set(LISTED_VALUES[name])


@pytest.mark.parametrize("bad", ["", " ", "\t\n", 5, b"calling", ["calling"], True])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_empty_or_no_text_is_refused_by_name(name: str, bad: object) -> None:
    with pytest.raises(WebexInputError) as caught:
        RecordingsQuery(**{"role": "admin", name: bad})  # type: ignore[arg-type]

    assert caught.value.field == name
