"""What goes wrong while waiting: on a worker and in the triggerer it is the same error, and is treated the same."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowNotFoundException,
    AirflowSensorTimeout,
    AirflowSkipException,
    TaskDeferred,
)

from airflow_provider_webex_recordings.sensors.webex_recordings import NewRecordingsSensor
from airflow_provider_webex_recordings.task.errors import POLL_ERRORS, from_event, to_event
from airflow_provider_webex_recordings.webex import errors
from airflow_provider_webex_recordings.webex.errors import (
    WebexAuthenticationError,
    WebexError,
    WebexInputError,
    WebexLinkError,
    WebexPermissionError,
    WebexProtocolError,
    WebexRateLimitError,
    WebexRequestError,
    WebexServerError,
    WebexTransportError,
)
from tests.helpers.credentials import CLIENT, TOKEN
from tests.helpers.listing import comparable, connection
from tests.helpers.tls import Certificate, tls_server
from tests.helpers.waiting import LONG, deferral, deferred_event, recording, resume, sensor_for
from tests.webex_api import WebexApi, faults
from tests.webex_api.script import Fault


@dataclass(frozen=True)
class Trouble:
    """Something that goes wrong, and the error that it is."""

    error: type[Exception]
    fault: Fault | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    host: Callable[[ExitStack, Path], str] | None = None
    conn_id: str | None = None
    retry_after: float | None = None


def nobody_listens(stack: ExitStack, folder: Path) -> str:
    return "http://127.0.0.1:1/v1"


def unknown_certificate(stack: ExitStack, folder: Path) -> str:
    return f"https://127.0.0.1:{stack.enter_context(tls_server(Certificate.make(folder)))}/v1"


ONCE = {"max_attempts": 1}
TROUBLES = {
    "400": Trouble(WebexRequestError, faults.status(400, message="Invalid input")),
    "401": Trouble(WebexAuthenticationError, faults.status(401)),
    "401, and no new token": Trouble(WebexAuthenticationError, fields={**CLIENT, "token_store": "memory"}),
    "403": Trouble(WebexPermissionError, faults.status(403)),
    "404": Trouble(WebexRequestError, faults.status(404)),
    "429, longer than it may wait": Trouble(
        WebexRateLimitError, faults.status(429, retry_after=11), {"max_retry_wait": 10}, retry_after=11.0
    ),
    "429 for ever": Trouble(WebexRateLimitError, faults.status(429), ONCE),
    "500 for ever": Trouble(WebexServerError, faults.status(500), ONCE),
    "503 for an hour": Trouble(WebexRateLimitError, faults.status(503, retry_after=3600), retry_after=3600.0),
    "no JSON": Trouble(WebexProtocolError, faults.html(), ONCE),
    "a redirect elsewhere": Trouble(WebexLinkError, faults.redirect("https://other.invalid/v1")),
    "connection refused": Trouble(WebexTransportError, fields=ONCE, host=nobody_listens),
    "reset": Trouble(WebexTransportError, faults.reset(), ONCE),
    "silence": Trouble(WebexTransportError, faults.stall(), {**ONCE, "read_timeout": 0.2}),
    "an unknown certificate": Trouble(WebexTransportError, host=unknown_certificate),
    "a CA file that is not there": Trouble(WebexInputError, fields={"ca_bundle": "/no/such.pem"}),
    "a setting that cannot work": Trouble(WebexInputError, fields={"page_size": "many"}),
    "no such connection": Trouble(AirflowNotFoundException, conn_id="webex_of_nobody"),
}


@dataclass
class Waiting:
    """A sensor and the API that it asks, which is well until `go_wrong`."""

    api: WebexApi
    conn_id: str
    connect: Callable[..., None]

    def sensor(self, **arguments: Any) -> NewRecordingsSensor:
        return sensor_for(self.conn_id, **{"poke_interval": LONG, "timeout": 2 * LONG, **arguments})

    def go_wrong(self, trouble: Trouble, stack: ExitStack, folder: Path) -> None:
        self.api.reset()
        if trouble.fault is not None:
            self.api.faults.add(trouble.fault, times=None)
        host = trouble.host(stack, folder) if trouble.host else self.api.url
        self.connect(trouble.conn_id is None and host, **trouble.fields)


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Waiting]:
    with WebexApi(token=TOKEN) as api, connection(api.url, api.token) as conn_id:

        def connect(host: Any, **fields: Any) -> None:
            name = f"AIRFLOW_CONN_{conn_id.upper()}"
            if not host:
                monkeypatch.delenv(name)
                return
            known = {"password": api.token, "login": None, **fields}
            told = {name: known.pop(name) for name in ("login", "password")}
            monkeypatch.setenv(name, json.dumps({"conn_type": "webex", "host": host, "extra": known, **told}))

        yield Waiting(api, conn_id, connect)


def raised(call: Callable[..., Any], *arguments: Any) -> BaseException:
    try:
        call(*arguments)
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def described(error: BaseException | None) -> Any:
    """All that a user sees of an error, and of the one it comes of."""
    if error is None:
        return None
    text = comparable(error)  # type: ignore[arg-type]
    cause = error.__cause__ if isinstance(error.__cause__, WebexError) else None
    return type(error), text, getattr(error, "retry_after", None), described(cause)


@pytest.mark.parametrize("name", TROUBLES)
def test_a_trigger_tells_the_worker_what_a_poke_would_have_raised(name: str, waiting: Waiting, tmp_path: Path) -> None:
    trouble = TROUBLES[name]
    deferred = deferral(waiting.sensor())
    with ExitStack() as stack:
        waiting.go_wrong(trouble, stack, tmp_path)

        poked = raised(waiting.sensor().execute, {})
        requests = len(waiting.api.requests)
        event = deferred_event(deferred)
        resumed = raised(resume, waiting.sensor(), event)

    error = poked.__cause__ if isinstance(poked, AirflowFailException) else poked
    assert type(error) is trouble.error
    assert getattr(error, "retry_after", None) == trouble.retry_after
    assert described(resumed) == described(poked)
    assert len(waiting.api.requests) == 2 * requests, "they ask as often"
    assert "canary" not in json.dumps(event), "no secret"


# ``soft_fail`` and its like, what goes wrong -> what becomes of the task, as Airflow's documents say of a poke.
FLAGS: dict[str, tuple[dict[str, bool], str, str]] = {
    "final": ({}, "403", "AirflowFailException"),
    "passing": ({}, "500", "WebexServerError"),
    "final, soft_fail": ({"soft_fail": True}, "403", "AirflowSkipException"),
    "passing, soft_fail": ({"soft_fail": True}, "500", "WebexServerError"),
    "final, never_fail": ({"never_fail": True}, "403", "AirflowSkipException"),
    "passing, never_fail": ({"never_fail": True}, "500", "AirflowSkipException"),
    "final, silent_fail": ({"silent_fail": True}, "403", "AirflowFailException"),
    "passing, silent_fail": ({"silent_fail": True}, "500", "found"),
}


@pytest.mark.parametrize("where", ["poke", "trigger"])
@pytest.mark.parametrize("name", FLAGS)
def test_airflows_flags_treat_the_errors_of_both_alike(name: str, where: str, waiting: Waiting) -> None:
    """After an error that is passed over in silence, the next poke finds what was waited for."""
    flags, status, outcome = FLAGS[name]
    deferred = deferral(waiting.sensor())
    waiting.connect(waiting.api.url, **ONCE)
    waiting.api.recordings.add(recording("one"))
    waiting.api.faults.add(faults.status(int(status)))
    sensor = waiting.sensor(poke_interval=0.02, **flags)
    event = None if where == "poke" else deferred_event(deferred)
    become = became(lambda: sensor.execute({}) if event is None else resume(sensor, event))

    assert become == outcome


def became(call: Callable[[], dict[str, Any]]) -> str:
    try:
        assert call()["ids"] == ["one"]
    except (AirflowFailException, AirflowSkipException, WebexError) as error:
        return type(error).__name__
    return "found"


NETWORK = {"error": to_event(WebexTransportError("the network", "wait"))}


def test_after_a_silent_error_it_defers_again_for_what_is_left_of_the_time(waiting: Waiting) -> None:
    sensor = waiting.sensor(poke_interval=0.02, deferrable=True, silent_fail=True)
    with pytest.raises(TaskDeferred) as again:
        resume(sensor, NETWORK, left=40)
    assert 38 < again.value.timeout.total_seconds() < 40
    assert again.value.kwargs["deadline"] == pytest.approx(time.time() + 40, abs=2)


@pytest.mark.parametrize("goes_on", [False, True])
def test_silent_errors_do_not_make_the_time_longer(waiting: Waiting, goes_on: bool) -> None:
    waiting.connect(waiting.api.url, **ONCE)
    if goes_on:
        waiting.api.faults.add(faults.status(500), times=None)
    sensor = waiting.sensor(poke_interval=0.02, timeout=30, deferrable=True, silent_fail=True)
    started = time.monotonic()

    with pytest.raises(AirflowSensorTimeout):
        resume(sensor, NETWORK, left=0.1 if goes_on else 0)

    assert time.monotonic() - started < 10


def test_every_error_of_the_tree_survives_the_way_through_the_database() -> None:
    arguments: dict[type[Exception], tuple[Any, ...]] = {
        WebexInputError: ("topic", "", "is empty"),
        WebexTransportError: ("GET /: no", "Wait", True),
    }
    tree = [item for item in vars(errors).values() if isinstance(item, type) and issubclass(item, WebexError)]
    for kind in [*tree, AirflowNotFoundException]:
        assert issubclass(kind, POLL_ERRORS)
        api_error = ("GET /", 429, "slow", "T1", "Wait", 7.0)
        default = api_error if issubclass(kind, errors.WebexApiError) else ("something",)
        error = kind(*arguments.get(kind, default))

        again = from_event(json.loads(json.dumps(to_event(error))))

        assert (type(again), str(again), again.args) == (type(error), str(error), error.args)
        assert getattr(again, "final", None) == getattr(error, "final", None)


def test_a_value_that_no_json_holds_is_told_in_words() -> None:
    error = WebexInputError("lookback", {1, 2}, "give a timedelta")
    again = from_event(json.loads(json.dumps(to_event(error))))
    assert type(again) is WebexInputError
    assert "{1, 2}" in str(again)
