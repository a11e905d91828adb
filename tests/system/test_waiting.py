"""NewRecordingsSensor on a real Airflow: whatever happens while it waits, all three modes end alike and ask alike."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from tests.helpers.real_airflow import AIRFLOW_2, RealAirflow, patiently
from tests.webex_api import WebexApi, faults
from tests.webex_api.script import Fault

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(500),
    pytest.mark.skipif(AIRFLOW_2, reason="Airflow 2 runs one task at a time on SQLite"),
]

# Airflow fails a task that is rescheduled and starts again before a busy scheduler has noticed that it ended (3.3.2).
INTERVAL = 8.0
TIMEOUT = 26.0
#: long enough that each mode looks in vain, and short enough that the same look goes on when the network is back
AWAY = 14.0
MODES = {
    "poke": {"mode": "poke", "deferrable": False},
    "reschedule": {"mode": "reschedule", "deferrable": False},
    "deferred": {"deferrable": True},
}
WAITS_AS = {"poke": "running", "reschedule": "up_for_reschedule", "deferred": "deferred"}
SINCE = (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="seconds")
CREATED = (datetime.now(UTC) - timedelta(minutes=1)).isoformat(timespec="seconds")
ONE, ANOTHER = ({"id": name, "createTime": CREATED, "status": "available"} for name in ("a", "b"))

Story = Callable[[RealAirflow, "Place"], Iterator[None]]


def nothing_else(airflow: RealAirflow, place: Place) -> Iterator[None]:
    return iter(())


@dataclass(frozen=True)
class Scenario:
    """What happens while a sensor waits, and how many requests that costs.

    :param faults: each with the number of the list request from which on it is due, and how often
    :param meanwhile: what the test does to Airflow or the network
    """

    ends: str
    requests: tuple[int, int]
    faults: tuple[tuple[Fault, int, int | None], ...] = ()
    there: tuple[dict[str, Any], ...] = ()
    minimum: int = 1
    timeout: float = 120.0
    meanwhile: Story = nothing_else


@dataclass
class Place:
    """One scenario in one mode: its task, which is named as its connection, and its Webex."""

    scenario: Scenario
    name: str
    mode: str
    api: WebexApi = field(default_factory=WebexApi)
    dag_id: str = ""
    run_id: str = ""
    state: str = ""
    found: Any = None
    log: str = ""

    @property
    def task_id(self) -> str:
        return f"{self.name}__{self.mode}"

    @property
    def answered(self) -> int:
        return sum(request.status is not None for request in self.api.list_requests)

    @property
    def gaps(self) -> list[float]:
        return [later.at - earlier.at for earlier, later in pairwise(self.api.list_requests)]


def network_goes_and_comes_back(airflow: RealAirflow, place: Place) -> Iterator[None]:
    while not place.answered:
        yield
    place.api.stop()
    back = time.monotonic() + AWAY
    while time.monotonic() < back:
        yield
    place.api.recordings.add(ONE)
    place.api.start()


def triggerer_is_killed(airflow: RealAirflow, place: Place) -> Iterator[None]:
    """Once, for those who wait there; the others do not notice."""
    while place.answered < 2:
        yield
    if place.mode == "deferred":
        airflow.kill("triggerer")
        airflow.start("triggerer")


def task_is_cleared(airflow: RealAirflow, place: Place) -> Iterator[None]:
    # A task that is cleared while its worker is just about to end makes Airflow's scheduler wait for itself on SQLite.
    seen = 0
    while seen < 2:
        yield
        seen = seen + 1 if place.answered >= 2 and place.state == WAITS_AS[place.mode] else 0
    body = {"dry_run": False, "task_ids": [place.task_id], "dag_run_id": place.run_id, "only_failed": False}
    clear = partial(airflow.api, "POST", f"dags/{place.dag_id}/clearTaskInstances", body)
    while not patiently(clear):
        yield


def appears(number: int) -> tuple[Fault, int, int]:
    """The recording is there when the n-th request arrives."""
    return faults.insert_recording(ONE), number, 1


WAVES: list[dict[str, Scenario]] = [
    {
        "nothing_yet": Scenario("AirflowSensorTimeout", (3, 5), timeout=TIMEOUT),
        "already_there": Scenario("success", (1, 1), there=(ONE, ANOTHER)),
        "fewer_than_the_minimum": Scenario("AirflowSensorTimeout", (3, 5), there=(ONE,), minimum=2, timeout=TIMEOUT),
        "401": Scenario("AirflowFailException", (2, 2), ((faults.status(401), 2, None),)),
    },
    {
        "appears_later": Scenario("success", (3, 3), (appears(3),)),
        "429_with_retry_after": Scenario("success", (3, 3), ((faults.status(429, retry_after=2), 2, 1), appears(3))),
        "503_for_a_while": Scenario("success", (5, 5), ((faults.status(503), 2, 2), appears(5))),
        "403": Scenario("AirflowFailException", (2, 2), ((faults.status(403), 2, None),)),
    },
    {
        "network_gone_and_back": Scenario("success", (2, 2), meanwhile=network_goes_and_comes_back),
        # A worker that pokes learns some seconds later that its task was cleared, and may ask until then.
        "task_cleared": Scenario("success", (4, 5), (appears(4),), meanwhile=task_is_cleared),
    },
    # By itself: to start a triggerer takes all of a small machine for a while.
    {"triggerer_restarted": Scenario("success", (4, 4), (appears(4),), meanwhile=triggerer_is_killed)},
]
SCENARIOS = {name: scenario for wave in WAVES for name, scenario in wave.items()}


def places_of(stack: ExitStack) -> list[Place]:
    places = [Place(scenario, name, mode) for name, scenario in SCENARIOS.items() for mode in MODES]
    for place in places:
        stack.enter_context(place.api)
        for recording in place.scenario.there:
            place.api.recordings.add(recording)
        for fault, number, times in place.scenario.faults:
            place.api.faults.add(fault, times, faults.nth_list_request(number))
        place.dag_id = f"wave_{next(index for index, wave in enumerate(WAVES) if place.name in wave)}"
    return places


def dag_file(dag_id: str, places: list[Place]) -> str:
    lines = [
        "from airflow.sdk import DAG",
        "from airflow_provider_webex_recordings import NewRecordingsSensor",
        f"with DAG({dag_id!r}, schedule=None, max_active_tasks=32, default_args={{'retries': 0}}):",
    ]
    for place in places:
        arguments = {
            "task_id": place.task_id,
            "webex_conn_id": place.task_id,
            "since": SINCE,
            "min_recordings": place.scenario.minimum,
            "poke_interval": INTERVAL,
            "timeout": place.scenario.timeout,
            **MODES[place.mode],
        }
        lines.append(f"    NewRecordingsSensor(**{arguments!r})")
    return "\n".join(lines)


def connection(place: Place) -> str:
    return json.dumps({"conn_type": "webex", "host": place.api.url, "password": place.api.token})


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Place]]:
    """All scenarios in all modes, ended."""
    folder = tmp_path_factory.mktemp("waiting")
    (folder / "dags").mkdir()
    with ExitStack() as stack:
        places = places_of(stack)
        waves = {place.dag_id: [other for other in places if other.dag_id == place.dag_id] for place in places}
        for dag_id, wave in waves.items():
            (folder / "dags" / f"{dag_id}.py").write_text(dag_file(dag_id, wave))
        environment = {
            **{f"AIRFLOW_CONN_{place.task_id.upper()}": connection(place) for place in places},
            "AIRFLOW__CORE__PARALLELISM": "12",
            "AIRFLOW__SCHEDULER__TRIGGER_TIMEOUT_CHECK_INTERVAL": "1",
        }
        airflow = stack.enter_context(RealAirflow(folder / "home", dags=folder / "dags", environment=environment))
        for dag_id in waves:
            airflow.wait_for(partial(patiently, airflow.unpause, dag_id), f"{dag_id} to be unpaused")
        for dag_id, wave in waves.items():
            run(airflow, dag_id, wave)
        yield places


def run(airflow: RealAirflow, dag_id: str, wave: list[Place]) -> None:
    """Run some scenarios side by side, to their end."""
    airflow.wait_for(partial(patiently, airflow.trigger, dag_id), f"{dag_id} to start")
    (started,) = airflow.runs(dag_id)
    for place in wave:
        place.run_id = started["dag_run_id"]
    stories = [place.scenario.meanwhile(airflow, place) for place in wave]

    def have_ended() -> bool:
        time.sleep(0.8)  # each answer costs SQLite and a small machine some of the time that they need for the tasks
        states = {task["task_id"]: task["state"] for task in airflow.tasks(dag_id, wave[0].run_id)}
        for place, story in zip(wave, stories, strict=True):
            place.state = states.get(place.task_id) or ""
            next(story, None)
        return all(place.state in ("success", "failed") for place in wave)

    airflow.wait_for(have_ended, f"the scenarios of {dag_id}", timeout=200)
    for place in wave:
        told = airflow.api("GET", f"dags/{dag_id}/dagRuns/{place.run_id}/taskInstances/{place.task_id}")
        log = partial(whole_log, airflow, place, told["try_number"])
        place.log = airflow.wait_for(log, f"the log of {place.task_id}", timeout=20)
        if place.state == "success":
            place.found = airflow.xcom(dag_id, place.run_id, place.task_id)


def whole_log(airflow: RealAirflow, place: Place, try_number: int) -> str:
    """A task's log; how it failed appears there a little after its last state."""
    log = "\n".join(airflow.log(place.dag_id, place.run_id, place.task_id, try_number))
    return log if place.state == "success" or "Error" in log or "Exception" in log or "Timeout" in log else ""


def test_the_table_of_requests(places: list[Place], capsys: pytest.CaptureFixture[str]) -> None:
    """Shown, because the numbers are of interest; what they may be is each scenario's."""
    requests = {(place.name, place.mode): str(len(place.api.list_requests)) for place in places}
    lines = [
        ["scenario", *MODES],
        ["---"] * 4,
        *([name, *(requests[name, mode] for mode in MODES)] for name in SCENARIOS),
    ]
    with capsys.disabled():
        sys.stdout.write("\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n")
    assert len(requests) == 33


@pytest.mark.parametrize("name", SCENARIOS)
def test_all_modes_end_alike_and_ask_alike(name: str, places: list[Place]) -> None:
    scenario, alike = SCENARIOS[name], [place for place in places if place.name == name]
    least, most = scenario.requests
    found = []
    for place in alike:
        if scenario.ends == "success":
            assert place.state == "success", place.log
            assert place.found["window"].pop("end") > SINCE
            found.append(place.found)
        else:
            assert place.state == "failed", place.log
            assert scenario.ends in place.log
        assert least <= len(place.api.list_requests) <= most, place.mode
    assert found in ([], [found[0]] * 3 if found else [])
    if found:
        assert (found[0]["count"], found[0]["ids"], found[0]["newest_create_time"]) == (1, ["a"], CREATED)


def test_each_mode_has_met_what_was_put_in_its_way(places: list[Place]) -> None:
    for place in places:
        if place.name == "network_gone_and_back":
            assert "could not connect" in place.log, place.mode
        if place.name == "triggerer_restarted" and place.mode == "deferred":
            assert place.log.count(" starting") == 2, "the trigger ran twice"


@pytest.mark.parametrize("name", ["nothing_yet", "fewer_than_the_minimum", "appears_later", "triggerer_restarted"])
def test_no_mode_looks_faster_than_its_interval(name: str, places: list[Place]) -> None:
    """Not after a restart of the triggerer either."""
    for place in places:
        if place.name == name:
            # The moment at which a request arrives says when it was sent but for some tenths of a second.
            assert min(place.gaps) > INTERVAL - 0.7, place.mode


def test_a_deferred_task_holds_no_workers_slot_while_it_waits(places: list[Place]) -> None:
    for place in places:
        pauses = place.log.count("Pausing task as DEFERRED")
        waits_there = place.mode == "deferred" and place.name != "already_there"
        assert pauses == (1 if waits_there else 0), place.task_id
