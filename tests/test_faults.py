"""Every known fault of Webex and the network, through the real hook over real sockets, by both drivers."""

from __future__ import annotations

import pickle

import pytest

from airflow_provider_webex_recordings.webex.errors import WebexApiError, WebexTransportError
from tests.fault_rows import ROWS
from tests.fault_rows.links import NEXT_LINKS
from tests.fault_rows.row import Fails, Row, Truth
from tests.listing import DRIVERS, Played, comparable, play
from tests.webex_api import faults


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_fault_costs_no_recording_and_no_secret(row: Row) -> None:
    played = {driver: play(row, driver) for driver in DRIVERS}

    for driver, listing in played.items():
        explain(driver, row, listing)
    assert comparable(played["sync"].error) == comparable(played["async"].error)
    if row.waits is not None:
        assert played["sync"].waits == played["async"].waits, "the drivers wait by different numbers"


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
        assert str(error).startswith(f"Webex answered {error.status} to {error.request}: ")
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
