"""Every known fault of Webex and the network, through the real hook over real sockets, by both drivers."""

from __future__ import annotations

import pickle
import socket
from datetime import datetime, timedelta
from typing import Any

import pytest

from airflow_provider_webex_recordings.webex.errors import (
    WebexApiError,
    WebexInputError,
    WebexRequestError,
    WebexTransportError,
)
from tests.fault_rows import ROWS
from tests.fault_rows.links import NEXT_LINKS
from tests.fault_rows.row import END, RECORDINGS, START, Fails, Row, Truth
from tests.helpers.credentials import TOKEN
from tests.helpers.leaks import leaks
from tests.helpers.listing import DRIVERS, Played, Waits, comparable, connection, play, playing, run_listing
from tests.helpers.logs import all_logs, warnings_in
from tests.webex_api import WebexApi, faults


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_fault_costs_no_recording_and_no_secret(row: Row) -> None:
    played = {}
    for driver in DRIVERS:
        with all_logs() as told:
            played[driver] = play(row, driver)
        explain(driver, row, played[driver])
        assert list(leaks(played[driver], told)) == [], driver
    assert comparable(played["sync"].error) == comparable(played["async"].error)
    if row.waits is not None:
        # The worker waits until a moment: the difference of two moments has fewer digits than the wait itself.
        assert played["sync"].waits == pytest.approx(played["async"].waits), "the drivers wait by different numbers"


def explain(driver: str, row: Row, played: Played) -> None:
    """Check one listing against its row."""
    assert played.faults_applied, f"{driver}: a fault of the row never took place"
    if isinstance(row.outcome, Truth):
        assert_truth(driver, played)
    else:
        assert_error(driver, row.outcome, played)
    assert_waits(driver, row, played)
    assert played.seen_elsewhere == [], f"{driver}: another server was asked"
    assert row.requests in (None, len(played.list_requests)), driver
    assert row.token_requests == played.token_requests, driver


def assert_truth(driver: str, played: Played) -> None:
    assert played.error is None, f"{driver}: {played.error!r}"
    assert [recording.get("id") for recording in played.recordings] == [truth.get("id") for truth in played.truth]
    assert played.recordings == played.truth


def assert_error(driver: str, outcome: Fails, played: Played) -> None:
    error = played.error
    assert type(error) is outcome.error, f"{driver}: {error!r}"
    assert played.recordings == played.truth[: outcome.delivered], f"{driver}: what came before the error is lost"
    for text in outcome.says:
        assert text in str(error), f"{driver}: {error}"
    assert (error.final, error.retry_after) == (outcome.final, outcome.retry_after), driver
    assert error.advice in str(error), f"{driver}: the error names no next step"
    if not isinstance(error, WebexTransportError):
        assert "ROUTER_" in error.tracking_id, f"{driver}: the error names no tracking id"
        assert f"(trackingId {error.tracking_id})" in str(error)
    if isinstance(error, WebexApiError):
        assert error.text.startswith(f"Webex answered {error.status} to {error.request}: ")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


def assert_waits(driver: str, row: Row, played: Played) -> None:
    if row.waits is None:
        return
    assert len(played.waits) == len(row.waits), f"{driver} waited {played.waits}"
    for wait, (shortest, longest) in zip(played.waits, row.waits, strict=True):
        assert shortest <= wait <= longest, f"{driver} waited {played.waits}"


def test_the_names_of_the_rows_tell_them_apart() -> None:
    names = [row.name for row in ROWS]

    assert len(set(names)) == len(names)


def test_each_form_of_a_next_link_has_a_row() -> None:
    assert NEXT_LINKS.keys() == faults.NEXT_LINKS.keys()


def test_webex_comes_back_while_the_hook_waits() -> None:
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]

    for driver in DRIVERS:
        api = WebexApi(RECORDINGS, token=TOKEN, port=port)
        waits = StartingAfter(2, api)
        with connection(api.url, TOKEN) as conn_id:
            listing = run_listing(driver, conn_id, waits=waits, start=START, end=END)
        api.stop()

        assert listing.error is None, driver
        assert listing.recordings == api.recordings.all(), driver
        assert len(waits) == 2, driver


class StartingAfter(Waits):
    """Waits during the last of which a server comes back."""

    def __init__(self, number: int, api: WebexApi) -> None:
        super().__init__()
        self.number, self.api = number, api

    def append(self, seconds: float) -> None:
        super().append(seconds)
        if len(self) == self.number:
            self.api.start()


NAIVE = datetime(2026, 11, 1)

# Arguments that cannot work -> the field that the error names, and a part of what it advises.
BAD_INPUT: dict[str, tuple[dict[str, Any], str, str]] = {
    "start after end": ({"start": END, "end": START}, "start", "is after end"),
    "naive start": ({"start": NAIVE}, "start", "no time zone"),
    "naive end": ({"end": NAIVE}, "end", "no time zone"),
    "start a text": ({"start": "2026-11-01"}, "start", "not a datetime"),
    "end None": ({"end": None}, "end", "not a datetime"),
    "start a date": ({"start": START.date()}, "start", "not a datetime"),
    "page size 0": ({"page_size": 0}, "page_size", "1 to 100"),
    "page size 101": ({"page_size": 101}, "page_size", "1 to 100"),
    "page size a text": ({"page_size": "50"}, "page_size", "1 to 100"),
    "page size true": ({"page_size": True}, "page_size", "1 to 100"),
    "page size a fraction": ({"page_size": 10.5}, "page_size", "1 to 100"),
    "unknown role": ({"role": "compliance"}, "role", "'user'"),
    "owner on the own list": ({"owner_id": "5"}, "owner_id", "role='admin'"),
    "owner's e-mail on the own list": ({"owner_email": "a@example.com"}, "owner_email", "role='admin'"),
    "empty filter": ({"topic": ""}, "topic", "leave it out"),
    "blank filter": ({"location_id": "  "}, "location_id", "leave it out"),
    "filter not a string": ({"status": 5}, "status", "must be a string"),
    "filter a list": ({"service_type": ["calling"]}, "service_type", "must be a string"),
    "filter that no URL can hold": ({"topic": "cut \ud83d"}, "topic", "surrogate"),
    "unknown time zone": ({"timezone": "Berlin"}, "timezone", "IANA"),
    "an offset as time zone": ({"timezone": "+02:00"}, "timezone", "IANA"),
    "a path as time zone": ({"timezone": "../../etc/passwd"}, "timezone", "IANA"),
    "a folder as time zone": ({"timezone": "Europe"}, "timezone", "IANA"),
    "a header in the time zone": ({"timezone": "UTC\r\nX-Evil: 1"}, "timezone", "IANA"),
}


@pytest.mark.parametrize(("arguments", "field", "advice"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_what_cannot_work_is_refused_before_the_first_request(
    arguments: dict[str, Any], field: str, advice: str
) -> None:
    with playing(Row(name="no fault")) as (servers, conn_id):
        errors = [run_listing(driver, conn_id, **{"start": START, "end": END, **arguments}).error for driver in DRIVERS]

        assert servers.api.requests == []
    for error in errors:
        assert isinstance(error, WebexInputError)
        assert (error.field, error.final) == (field, True)
        assert str(error).startswith(f"{field}=")
        assert advice in error.advice
    assert comparable(errors[0]) == comparable(errors[1])


def test_a_filter_with_an_unknown_name_is_a_mistake_in_the_dag() -> None:
    with playing(Row(name="no fault")) as (servers, conn_id):
        for driver in DRIVERS:
            with pytest.raises(TypeError, match="serviceType"):
                run_listing(driver, conn_id, start=START, end=END, serviceType="calling")

        assert servers.api.requests == []


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_value_that_webex_may_have_added_yesterday_is_sent_with_one_warning(driver: str) -> None:
    row = Row(name="unlisted", filters={"status": "archived"})

    with all_logs() as told:
        played = play(row, driver)

    assert isinstance(played.error, WebexRequestError)
    assert "400" in str(played.error)
    assert "'archived' is not one of available, deleted" in str(played.error), "Webex's own words"
    assert dict(played.list_requests[0].query)["status"] == "archived"
    (warning,) = warnings_in(told)
    assert "status='archived' is not among the values that Webex documents (available, deleted, purged)" in warning


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_reader_of_the_log_learns_of_each_wait_and_of_the_end(driver: str) -> None:
    row = next(row for row in ROWS if row.name == "429, Retry-After in seconds")

    with all_logs() as told:
        played = play(row, driver)

    (warning,) = warnings_in(told)
    assert "Webex answered 429 to GET /v1/convergedRecordings: Too many requests" in warning
    assert "(trackingId ROUTER_" in warning
    assert f"Waiting {played.waits[0]:.1f} s before attempt 2 of 8" in warning
    (end,) = [line for line in told if "INFO" in line and " listed " in line]
    assert "listed 25 recordings, 3 pages, 4 requests, 1 retries, " in end


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_window_of_three_months_is_asked_for_in_pieces_that_meet(driver: str) -> None:
    played = play(Row(name="90 days", start=END - timedelta(days=90), page_size=100), driver)

    windows = [(query["from"], query["to"]) for query in (dict(seen.query) for seen in played.list_requests)]
    assert sorted(windows, reverse=True) == [
        ("2026-10-09T00:00:00.000Z", "2026-11-08T00:00:00.000Z"),
        ("2026-09-09T00:00:00.000Z", "2026-10-09T00:00:00.000Z"),
        ("2026-08-10T00:00:00.000Z", "2026-09-09T00:00:00.000Z"),
    ]
    assert played.recordings == played.truth
