"""NewRecordingsSensor: what it asks, what counts, what it returns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowFailException, AirflowSensorTimeout, AirflowSkipException
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_provider_webex_recordings.sensors.webex_recordings import NewRecordingsSensor
from tests.helpers.airflow_runs import Run, run_dag
from tests.helpers.credentials import TOKEN
from tests.helpers.listing import connection
from tests.helpers.waiting import HOUR, LONG, MINUTE, NOW, deferral, deferred_event, recording, resume, sensor_for
from tests.webex_api import WebexApi, faults, make_recordings

DAY = timedelta(days=1)
START = datetime(2026, 11, 1, tzinfo=UTC)
MODES = ("poke", "deferred")


@pytest.fixture
def webex() -> Iterator[WebexApi]:
    with WebexApi(token=TOKEN) as api:
        yield api


@pytest.fixture
def conn_id(webex: WebexApi) -> Iterator[str]:
    with connection(webex.url, webex.token) as conn_id:
        yield conn_id


def run_day(day: datetime, **arguments: Any) -> Run:
    """Run a daily DAG with one sensor for the interval that begins at a day."""
    schedule = CronDataIntervalTimetable("0 0 * * *", timezone="UTC")
    with DAG("waiting", schedule=schedule, start_date=START - DAY, default_args={"retries": 0}) as dag:
        NewRecordingsSensor(task_id="wait", **{"poke_interval": 1, "timeout": 20, "deferrable": False, **arguments})
    return run_dag(dag, day + DAY)


def asked(webex: WebexApi) -> list[dict[str, str]]:
    return [dict(request.query) for request in webex.list_requests]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no recording at all": ({"min_recordings": 0}, "min_recordings=0: give a whole number above zero"),
    "less than none": ({"min_recordings": -1}, "min_recordings=-1"),
    "half a recording": ({"min_recordings": 1.5}, "min_recordings=1.5"),
    "a number as text": ({"min_recordings": "3"}, "min_recordings='3'"),
    "yes": ({"min_recordings": True}, "min_recordings=True"),
    "naive since": ({"since": datetime(2026, 11, 1)}, "since=.*has no time zone"),
    "naive text": ({"since": "2026-11-01T00:00:00"}, "since=.*has no time zone"),
    "no time": ({"since": "yesterday"}, "since='yesterday': is not an ISO 8601 time"),
    "empty filter": ({"topic": ""}, "topic='': is empty"),
    "owner on the own list": ({"owner_email": "a@example.com"}, "owner_email=.*role='admin'"),
    "unknown role": ({"role": "boss"}, "role='boss'"),
    "nothing says since when": ({"since": None}, "window=None: this run has no data interval"),
    "negative lookback": ({"since": None, "window": DAY, "lookback": -DAY}, "lookback=.*not negative"),
}


@pytest.mark.parametrize("deferrable", [False, True])
@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_work_is_refused_before_the_first_request(
    webex: WebexApi, conn_id: str, name: str, deferrable: bool
) -> None:
    arguments, told = REFUSED[name]

    with pytest.raises(AirflowFailException, match=told):
        sensor_for(conn_id, deferrable=deferrable, **arguments).execute({"dag_run": SimpleNamespace(run_after=NOW)})

    assert webex.requests == []


@pytest.mark.parametrize("deferrable", [False, True], ids=MODES)
def test_a_run_that_finds_recordings_says_which_and_since_when(webex: WebexApi, conn_id: str, deferrable: bool) -> None:
    """On a real Airflow, over its XCom; the window is the one that the operator would list, up to now."""
    made = make_recordings(3, START, START + DAY)
    webex.faults.add(faults.insert_recording(made[1]), when=faults.nth_list_request(2))
    webex.faults.add(faults.insert_recording(made[0]), when=faults.nth_list_request(2))
    webex.faults.add(faults.insert_recording(made[2]), when=faults.nth_list_request(3))
    before = datetime.now(UTC)

    run = run_day(START, webex_conn_id=conn_id, min_recordings=2, deferrable=deferrable)

    assert run.state == "success"
    found = run.results["wait"]
    end = datetime.fromisoformat(found["window"].pop("end"))
    assert before < end < datetime.now(UTC)
    assert found == {
        "window": {"start": "2026-11-01T00:00:00.000Z"},
        "count": 2,
        "ids": [made[0]["id"], made[1]["id"]],
        "newest_create_time": made[0]["createTime"],
    }
    assert len(webex.list_requests) == 3


@pytest.mark.parametrize("deferrable", [False, True], ids=MODES)
def test_since_and_filters_are_templated(webex: WebexApi, conn_id: str, deferrable: bool) -> None:
    wanted = {**recording("wanted", START), "ownerEmail": "user3@example.com", "topic": "call & co"}
    webex.faults.add(faults.insert_recording(wanted), when=faults.nth_list_request(2))

    run = run_day(
        START,
        webex_conn_id="{{ '" + conn_id + "' }}",
        since="{{ data_interval_end - macros.timedelta(days=1, hours=2) }}",
        role="admin",
        owner_email="{{ 'user' ~ 3 }}@example.com",
        topic="call & co",
        timezone="Europe/Berlin",
        deferrable=deferrable,
    )

    assert run.results["wait"]["ids"] == ["wanted"]
    assert len(webex.list_requests) == 2
    for request in webex.list_requests:
        query = dict(request.query)
        assert request.path == "/v1/admin/convergedRecordings"
        assert query["from"] == "2026-10-31T22:00:00.000Z"
        assert (query["ownerEmail"], query["topic"]) == ("user3@example.com", "call & co")
        assert request.header("timezone") == "Europe/Berlin"


def test_without_since_the_window_starts_where_the_operators_does(webex: WebexApi, conn_id: str) -> None:
    webex.recordings.add(recording("one"))
    context = {"dag_run": SimpleNamespace(run_after=NOW)}
    sensor = sensor_for(conn_id, since=None, window=HOUR, settle=2 * MINUTE, lookback=5 * MINUTE)

    found = sensor.execute(context)

    assert datetime.fromisoformat(found["window"]["start"]) == NOW - HOUR - 7 * MINUTE
    assert datetime.fromisoformat(asked(webex)[0]["from"]) == NOW - HOUR - 7 * MINUTE


PAGE_SIZES = {1: ["1"], 3: ["3"], 100: ["100"], 150: ["100"] * 2}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("wanted", PAGE_SIZES)
def test_it_asks_for_no_more_than_it_waits_for(webex: WebexApi, conn_id: str, wanted: int, mode: str) -> None:
    sensor = sensor_for(conn_id, min_recordings=wanted, poke_interval=LONG)
    deferred = deferral(sensor) if mode == "deferred" else None
    webex.reset()
    for made in make_recordings(400, NOW - HOUR, NOW):
        webex.recordings.add(made)

    found = resume(sensor, deferred_event(deferred)) if deferred else sensor.execute({})

    assert [request.parameters()["max"] for request in webex.list_requests] == PAGE_SIZES[wanted]
    assert found["count"] == wanted
    assert found["ids"] == [made["id"] for made in webex.recordings.all()[: min(wanted, 100)]]


def test_what_counts_is_when_a_recording_was_created(webex: WebexApi, conn_id: str) -> None:
    """The call was made long before, or Webex shows it late; neither matters."""
    early_call = {**recording("early call"), "timeRecorded": (NOW - DAY).isoformat()}
    late_call = {**recording("too old", NOW - HOUR - MINUTE), "timeRecorded": NOW.isoformat()}
    for made in (early_call, late_call, recording("on the border", NOW - HOUR)):
        webex.recordings.add(made)

    found = sensor_for(conn_id, min_recordings=2).execute({})

    assert found["ids"] == ["early call", "on the border"]


@pytest.mark.parametrize("deferrable", [False, True], ids=MODES)
def test_as_long_as_since_lies_in_the_future_webex_is_not_asked(
    webex: WebexApi, conn_id: str, deferrable: bool
) -> None:
    webex.recordings.add(recording("one"))
    sensor = sensor_for(conn_id, since=NOW + DAY, timeout=0.1)
    if deferrable:
        deferral(sensor)
    else:
        with pytest.raises(AirflowSensorTimeout):
            sensor.execute({})
    assert webex.requests == []


@pytest.mark.parametrize("soft_fail", [False, True])
def test_too_few_until_the_timeout_is_airflows_own_time_out(webex: WebexApi, conn_id: str, soft_fail: bool) -> None:
    webex.recordings.add(recording("one"))
    sensor = sensor_for(conn_id, min_recordings=2, timeout=0.2, soft_fail=soft_fail)

    with pytest.raises(AirflowSkipException if soft_fail else AirflowSensorTimeout, match="Sensor has timed out"):
        sensor.execute({})

    assert 2 <= len(webex.list_requests) <= 12


def test_the_triggerer_is_given_what_is_left_of_the_time(webex: WebexApi, conn_id: str) -> None:
    webex.latency = 0.2
    deferred = deferral(sensor_for(conn_id, timeout=10))
    assert 9 < deferred.timeout.total_seconds() < 9.81


def test_without_any_time_left_it_does_not_defer(webex: WebexApi, conn_id: str) -> None:
    with pytest.raises(AirflowSensorTimeout):
        sensor_for(conn_id, timeout=0, deferrable=True).execute({})
    assert len(webex.list_requests) == 1


def test_an_xcom_stays_small_however_much_was_waited_for(webex: WebexApi, conn_id: str) -> None:
    for made in make_recordings(1000, NOW - HOUR, NOW):
        webex.recordings.add(made)

    found = sensor_for(conn_id, min_recordings=1000).execute({})

    assert (found["count"], len(found["ids"])) == (1000, 100)
    assert len(json.dumps(found)) < 6000


def test_the_event_that_wakes_the_task_becomes_its_xcom(webex: WebexApi, conn_id: str) -> None:
    sensor = sensor_for(conn_id, min_recordings=1, poke_interval=LONG)
    webex.faults.add(faults.insert_recording(recording("one")), when=faults.nth_list_request(2))

    event = deferred_event(deferral(sensor))

    assert resume(sensor, event) == event["found"]
    assert event["found"]["ids"] == ["one"]
    assert len(webex.list_requests) == 2, "the worker does not look once more"
