"""A page held against its question: a link that lost something is an error, another rule of the API's a warning."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_provider_webex_recordings.webex.errors import WebexProtocolError
from airflow_provider_webex_recordings.webex.listing.fit import Fit
from airflow_provider_webex_recordings.webex.query import RecordingsQuery
from airflow_provider_webex_recordings.webex.windows import TimeWindow

START = datetime(2026, 11, 1, tzinfo=UTC)
WINDOW = TimeWindow(START, START + timedelta(days=1))
INSIDE, BEFORE = "2026-11-01T08:00:00Z", "2026-09-22T00:00:00Z"
UUID = "0f3d2f5e-8a5b-4d7f-9d57-5a3cbe1e9a10"
OLD_ID = base64.b64encode(f"ciscospark://us/LOCATION/{UUID}".encode()).decode().rstrip("=")

FITS: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({}, {"createTime": INSIDE}),
    ({}, {"createTime": "2026-11-01T00:00:00.000Z"}),
    ({}, {"createTime": "2026-10-31T23:30:00-01:00"}),
    ({}, {"createTime": BEFORE, "timeRecorded": INSIDE}),
    ({}, {"createTime": "2026-12-24T00:00:00Z", "timeRecorded": INSIDE}),
    ({}, {}),
    ({}, {"timeRecorded": BEFORE}),
    ({}, {"createTime": None, "timeRecorded": "yesterday"}),
    ({"owner_email": "Ana@Example.com"}, {"ownerEmail": "ana@example.com"}),
    ({"owner_email": "ana@example.com"}, {}),
    ({"owner_email": "ana@example.com"}, {"ownerEmail": None}),
    ({"location_id": UUID}, {"serviceData": {"locationId": UUID.upper()}}),
    ({"location_id": OLD_ID}, {"serviceData": {"locationId": UUID}}),
    ({"location_id": UUID}, {"serviceData": ["odd"]}),
    ({"owner_id": UUID}, {"ownerId": OLD_ID}),
    ({"topic": "complaint"}, {"topic": "Beschwerde"}),
    ({"status": "deleted"}, {"status": "DELETED"}),
]
MISFITS: dict[str, tuple[dict[str, str], dict[str, Any], str]] = {
    "of another month": ({}, {"createTime": BEFORE}, "createTime=2026-09-22T00:00:00Z"),
    "at the end": ({}, {"createTime": "2026-11-02T00:00:00.000Z"}, "2026-11-02T00:00:00.000Z"),
    "neither time": ({}, {"createTime": BEFORE, "timeRecorded": BEFORE}, "timeRecorded=2026-09-22"),
    "another owner": ({"owner_email": "ana@example.com"}, {"ownerEmail": "bob@example.com"}, "'bob@example.com'"),
    "another location": ({"location_id": UUID}, {"serviceData": {"locationId": "other"}}, "'other'"),
    "another status": ({"status": "deleted"}, {"status": "available"}, "status='deleted' was asked for"),
    "a long value": ({"format": "MP3"}, {"format": "x" * 500}, "xxx...'"),
    "no id of any kind": ({"owner_id": UUID}, {"ownerId": "Y2lz\u00fc"}, "Y2lz\u00fc"),
    "half a pair": ({"owner_id": UUID}, {"ownerId": "Y2lz\ud83d"}, "Y2lz"),
    "a forged line": ({"format": "MP3"}, {"format": "a\n[info] b"}, "'a [info] b'"),
}


def fit_of(filters: dict[str, Any], warned: set[str] | None = None) -> Fit:
    return Fit(
        RecordingsQuery(role="admin", **filters),
        WINDOW,
        set() if warned is None else warned,
        lambda text: text.replace("canary", "***"),
    )


@pytest.mark.parametrize(("filters", "recording"), FITS)
def test_what_fits_is_listed_without_a_word(filters: dict[str, Any], recording: dict[str, Any]) -> None:
    fit = fit_of(filters)

    assert [fit.check([{**recording, "id": str(page)}], "") for page in range(3)] == [[], [], []]  # type: ignore[list-item]


@pytest.mark.parametrize("name", MISFITS)
def test_a_later_page_that_does_not_fit_is_an_error_that_names_what(name: str) -> None:
    filters, recording, says = MISFITS[name]
    fit = fit_of(filters)
    assert fit.check([{"createTime": INSIDE}, {"createTime": INSIDE}], "") == []

    with pytest.raises(WebexProtocolError, match="does not fit the question, and was not listed") as caught:
        fit.check([{"createTime": INSIDE}, recording], "ROUTER_1")  # type: ignore[list-item]
    assert says in str(caught.value)
    assert "trackingId ROUTER_1" in str(caught.value)
    assert not caught.value.final


@pytest.mark.parametrize("name", MISFITS)
def test_a_first_page_that_does_not_fit_is_one_warning_and_the_listing_goes_on(name: str) -> None:
    filters, recording, says = MISFITS[name]
    warned: set[str] = set()
    fit, next_window = fit_of(filters, warned), fit_of(filters, warned)

    (warning,) = fit.check([recording], "")  # type: ignore[list-item]
    assert says in warning
    assert "\n" not in warning
    assert fit.check([recording], "") == []  # type: ignore[list-item]
    assert next_window.check([recording], "") == [], "one warning for the whole listing"


def test_a_rule_that_is_other_than_thought_does_not_hide_a_link_that_lost_something_else() -> None:
    fit = fit_of({"owner_email": "alias@example.com"})
    assert len(fit.check([{"ownerEmail": "ana@example.com", "createTime": INSIDE}], "")) == 1

    assert fit.check([{"ownerEmail": "ana@example.com", "createTime": INSIDE}], "") == []
    with pytest.raises(WebexProtocolError, match="createTime"):
        fit.check([{"ownerEmail": "ana@example.com", "createTime": BEFORE}], "")


def test_an_empty_page_says_nothing_about_what_follows() -> None:
    fit = fit_of({})

    assert fit.check([], "") == []
    assert len(fit.check([{"createTime": BEFORE}], "")) == 1


def test_a_secret_that_comes_back_as_a_value_is_in_no_message() -> None:
    filters, echo = {"owner_email": "ana@example.com"}, {"ownerEmail": "canary", "createTime": INSIDE}

    assert "canary" not in "".join(fit_of(filters).check([echo], ""))  # type: ignore[list-item]
    later = fit_of(filters)
    later.check([{"createTime": INSIDE}], "")
    with pytest.raises(WebexProtocolError) as caught:
        later.check([echo], "")  # type: ignore[list-item]
    assert "canary" not in str(caught.value)
