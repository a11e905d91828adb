"""Tasks share one access token: when it is renewed, by whom, and what happens when that fails."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG, Variable
from airflow.providers.standard.operators.python import PythonOperator
from asgiref.sync import async_to_sync

from airflow_provider_webex_recordings.connection.token_store import MemoryTokenStore, VariableTokenStore, mask
from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from airflow_provider_webex_recordings.transport.drivers import Clock
from airflow_provider_webex_recordings.webex.errors import WebexAuthenticationError, WebexServerError
from airflow_provider_webex_recordings.webex.messages import StoredToken
from airflow_provider_webex_recordings.webex.tokens import access as auth
from airflow_provider_webex_recordings.webex.tokens import endpoint as token_endpoint
from tests.helpers.airflow_runs import AIRFLOW_2, migrate_database, run_dag
from tests.helpers.listing import connection
from tests.webex_api import WebexApi, faults, make_recordings

START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=1)
RECORDINGS = sorted(make_recordings(3, START, END), key=lambda recording: recording["createTime"], reverse=True)
CLIENT = {"client_id": "a-client", "client_secret": "canary/client+secret", "refresh_token": "canary-refresh-token"}
HOUR, DAY = 3600, 24 * 3600
_numbers = itertools.count()


class VirtualTime:
    """A clock that is told when to move; waiting moves it too."""

    def __init__(self) -> None:
        self.seconds = datetime(2026, 11, 23, tzinfo=UTC).timestamp()
        self.waits: list[float] = []

    def now(self) -> float:
        return self.seconds

    def utc(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds

    @property
    def clock(self) -> Clock:
        return Clock(now=self.now, sleep=self.wait)


class DictStore:
    """What tasks share, without an Airflow around it."""

    def __init__(self) -> None:
        self.token: StoredToken | None = None

    def load(self) -> StoredToken | None:
        return self.token

    def save(self, token: StoredToken) -> None:
        self.token = token


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
def api(time: VirtualTime) -> Iterator[WebexApi]:
    with WebexApi(RECORDINGS, now=time.utc) as api:
        yield api


class Tasks:
    """Starts tasks: each has a hook of its own, all have the store in common."""

    def __init__(self, conn_id: str, time: VirtualTime) -> None:
        self.conn_id, self.time, self.store = conn_id, time, DictStore()

    def hook(self) -> WebexRecordingsHook:
        hook = WebexRecordingsHook(self.conn_id, self.time.clock)
        hook._token_store = self.store
        return hook

    def run(self, hook: WebexRecordingsHook | None = None) -> None:
        with closing(hook or self.hook()) as task:
            assert list(task.list_recordings(start=START, end=END)) == RECORDINGS


@pytest.fixture
def tasks(api: WebexApi, time: VirtualTime) -> Iterator[Tasks]:
    api.add_client(**CLIENT, access_token_seconds=HOUR)
    with connection_to(api) as conn_id:
        yield Tasks(conn_id, time)


def connection_to(api: WebexApi, **extra: Any) -> Any:
    fields = {"login": CLIENT["client_id"], "refresh_token": CLIENT["refresh_token"], **extra}
    return connection(api.url, fields.pop("password", CLIENT["client_secret"]), **fields)


def test_one_task_renews_for_all(api: WebexApi, tasks: Tasks) -> None:
    for _ in range(10):
        tasks.run()
    assert api.token_requests == 1


def test_an_asynchronous_task_shares_it_too(api: WebexApi, tasks: Tasks) -> None:
    async def listing() -> list[Any]:
        hook = WebexRecordingsHook(tasks.conn_id)
        hook._clock = Clock(now=tasks.time.now)
        hook._token_store = tasks.store
        try:
            return [recording async for recording in hook.alist_recordings(start=START, end=END)]
        finally:
            await hook.aclose()

    tasks.run()
    assert asyncio.run(listing()) == RECORDINGS
    assert api.token_requests == 1


def test_an_asynchronous_tasks_store_may_ask_the_event_loop(api: WebexApi, tasks: Tasks) -> None:
    """As the triggerer of Airflow 3.0 to 3.2 does for a Variable; on another event loop it would end."""
    loops = set()

    class AskingStore(DictStore):
        def load(self) -> StoredToken | None:
            return async_to_sync(self._ask)()

        async def _ask(self) -> StoredToken | None:
            loops.add(asyncio.get_running_loop())
            return self.token

    async def listing() -> asyncio.AbstractEventLoop:
        hook = tasks.hook()
        hook._token_store = AskingStore()
        async for _ in hook.alist_recordings(start=START, end=END):
            pass
        await hook.aclose()
        return asyncio.get_running_loop()

    assert loops == {asyncio.run(listing())}


@pytest.mark.parametrize(("lifetime", "earliest", "latest"), [(HOUR, 360, 180), (14 * DAY, 600, 300), (60, 6, 3)])
def test_each_task_renews_at_its_own_moment_shortly_before_the_end(
    api: WebexApi, tasks: Tasks, time: VirtualTime, lifetime: int, earliest: int, latest: int
) -> None:
    api.add_client(**CLIENT, access_token_seconds=lifetime)
    tasks.run()
    token, renewals = tasks.store.token, []
    assert token is not None
    for left in range(earliest + 2, latest - 3, -max(1, (earliest - latest) // 12)):
        time.seconds, tasks.store.token = token.expires_at - left, token
        before = api.token_requests
        for _ in range(8):
            tasks.run()
            time.seconds = token.expires_at - left
        renewals += [left] * (api.token_requests - before)
    assert latest - 4 <= min(renewals)
    assert max(renewals) <= earliest
    assert len(set(renewals)) >= 3, "all tasks renew at the same moment"


def test_a_running_task_adopts_what_another_has_renewed(api: WebexApi, tasks: Tasks, time: VirtualTime) -> None:
    running = tasks.hook()
    tasks.run(running)
    time.seconds += HOUR - 1
    tasks.run()
    assert api.token_requests == 2
    tasks.run(running)
    assert api.token_requests == 2


def test_tasks_that_start_together_wait_a_moment_for_the_first(api: WebexApi, tasks: Tasks, time: VirtualTime) -> None:
    tasks.run()
    time.seconds += HOUR
    tasks.run()
    assert api.token_requests == 2
    assert len(time.waits) == 1
    assert 0 <= time.waits[0] <= auth.SPREAD


def test_a_failing_token_endpoint_does_not_stop_a_task_whose_token_is_good(
    api: WebexApi, tasks: Tasks, time: VirtualTime, caplog: pytest.LogCaptureFixture
) -> None:
    running = tasks.hook()
    tasks.run(running)
    outage = api.faults.add(faults.status(503), times=None, when=faults.token_request())
    time.seconds += HOUR - 100
    with warnings_of(running) as warnings:
        tasks.run(running)
        tasks.run(running)
    assert outage.applied == 1, "an outage is not to be hammered"
    assert [line for line in warnings if "Cannot renew the access token yet, which is good for another" in line]
    time.seconds += 61
    api.faults.clear()
    tasks.run(running)
    assert api.token_requests == 3


def test_a_token_endpoint_that_fails_for_longer_is_retried_and_then_an_error(
    api: WebexApi, tasks: Tasks, time: VirtualTime
) -> None:
    tasks.run()
    time.seconds += HOUR
    api.faults.add(faults.status(500), times=None, when=faults.token_request())
    with pytest.raises(WebexServerError, match="POST /v1/access_token"):
        tasks.run()
    assert api.token_requests == 1 + 8
    api.faults.clear()
    tasks.run()


def test_refused_credentials_are_final_and_the_message_says_where_to_authorise_again(
    api: WebexApi, tasks: Tasks
) -> None:
    api.tokens.clients.clear()
    with pytest.raises(WebexAuthenticationError, match="invalid_client") as caught:
        tasks.run()
    assert caught.value.final
    for text in ("Authorise again", "Control Hub", "developer.webex.com/my-apps", "`refresh_token`"):
        assert text in str(caught.value)
    assert CLIENT["client_secret"] not in str(caught.value)


def test_a_token_without_a_stated_lifetime_is_renewed_within_the_hour(
    api: WebexApi, tasks: Tasks, time: VirtualTime
) -> None:
    api.faults.add(faults.edit_body(remove=["expires_in"]), times=None, when=faults.token_request())
    tasks.run()
    time.seconds += HOUR - 361
    tasks.run()
    assert api.token_requests == 1
    time.seconds += 300
    tasks.run()
    assert api.token_requests == 2


@pytest.mark.parametrize("expires_in", [0, -1, "soon", None, True, [], "nan"])
def test_an_odd_lifetime_is_an_hour(expires_in: Any) -> None:
    assert token_endpoint._lifetime(expires_in) == HOUR


@pytest.mark.parametrize("expires_in", [1e300, "inf", float("inf")])
def test_an_endless_lifetime_can_be_stored(expires_in: Any) -> None:
    assert token_endpoint._lifetime(expires_in) == token_endpoint.LONGEST_LIFETIME


def test_after_a_401_another_tasks_token_is_used_instead_of_minting_one(api: WebexApi, tasks: Tasks) -> None:
    """As where Webex ends earlier access tokens at each refresh."""
    api.add_client(**CLIENT, revokes_access_tokens=True)
    running = tasks.hook()
    tasks.run(running)
    tasks.store.token = None
    tasks.run()
    assert api.token_requests == 2
    tasks.run(running)
    assert api.token_requests == 2
    assert len(api.live_tokens) == 1


def test_after_a_401_without_another_token_one_is_minted(api: WebexApi, tasks: Tasks) -> None:
    running = tasks.hook()
    tasks.run(running)
    api.expire(api.live_tokens[0])
    tasks.run(running)
    tasks.run()
    assert api.token_requests == 2


def test_an_older_token_does_not_replace_a_newer_one(api: WebexApi, tasks: Tasks, time: VirtualTime) -> None:
    """Two tasks renew at once; the one that was answered first saves last."""
    newer = {}

    class SlowStore(DictStore):
        def load(self) -> StoredToken | None:
            if not newer and api.token_requests:
                newer["token"] = True
                time.seconds += 1
                tasks.run()
            return tasks.store.token

        def save(self, token: StoredToken) -> None:
            tasks.store.save(token)

    slow = tasks.hook()
    slow._token_store = SlowStore()
    tasks.run(slow)
    assert tasks.store.token is not None
    assert tasks.store.token.access_token == api.tokens.clients["a-client"].minted[-1]


def test_a_replaced_refresh_token_is_kept(api: WebexApi, tasks: Tasks, time: VirtualTime) -> None:
    client = api.add_client(**CLIENT, access_token_seconds=HOUR, rotates=True, invalidates_old=True)
    for _ in range(5):
        tasks.run()
        time.seconds += HOUR
    assert api.token_requests == 5
    assert tasks.store.token is not None
    assert tasks.store.token.refresh_token == client.refresh_tokens[-1]


def test_the_connections_refresh_token_is_not_copied(tasks: Tasks) -> None:
    tasks.run()
    assert tasks.store.token is not None
    assert tasks.store.token.refresh_token == ""


def test_the_connections_refresh_token_is_tried_where_the_stored_one_is_refused(
    api: WebexApi, tasks: Tasks, time: VirtualTime
) -> None:
    client = api.add_client(**CLIENT, access_token_seconds=HOUR, rotates=True)
    tasks.run()
    client.refresh_tokens[:] = [CLIENT["refresh_token"]]
    time.seconds += HOUR
    tasks.run()
    assert api.token_requests == 3


def test_a_refresh_token_that_another_task_has_just_used_up_is_waited_for(
    api: WebexApi, tasks: Tasks, time: VirtualTime
) -> None:
    api.add_client(**CLIENT, rotates=True, invalidates_old=True)
    tasks.run()
    shared, tasks.store.token = tasks.store.token, None

    def wait(seconds: float) -> None:
        time.wait(seconds)
        tasks.store.token = shared

    late = WebexRecordingsHook(tasks.conn_id, Clock(now=time.now, sleep=wait))
    late._token_store = tasks.store
    tasks.run(late)
    assert api.token_requests == 2
    assert len(time.waits) == 1


def test_changed_credentials_are_not_served_the_old_token(api: WebexApi, tasks: Tasks, time: VirtualTime) -> None:
    tasks.run()
    api.add_client(CLIENT["client_id"], "a new secret", "a-new-refresh-token")
    with connection_to(api, password="a-new-secret") as conn_id:
        changed = Tasks(conn_id, time)
        changed.store = tasks.store
        with pytest.raises(WebexAuthenticationError):
            changed.run()
    assert api.token_requests == 2


def test_a_refused_token_is_not_adopted_again(api: WebexApi, tasks: Tasks) -> None:
    tasks.run()
    running = tasks.hook()
    api.faults.add(faults.status(401), times=None, when=faults.any_list())
    with pytest.raises(WebexAuthenticationError, match="obtained just now"):
        tasks.run(running)
    api.faults.clear()
    assert api.token_requests == 2
    assert sum(request.is_list for request in api.requests) == 3


# --- the stores ---------------------------------------------------------------------------------------------------


class Warnings(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


class warnings_of:  # noqa: N801 - reads as a function
    """Collects a hook's warnings, whatever kind of logger Airflow gives it."""

    def __init__(self, hook: WebexRecordingsHook) -> None:
        self.hook, self.lines = hook, []

    def __enter__(self) -> list[str]:
        self.hook._log = self
        return self.lines

    def __exit__(self, *_: object) -> None:
        del self.hook._log

    def warning(self, text: str, *values: object) -> None:
        self.lines.append(text % values)

    def info(self, *_: object) -> None:
        pass


@pytest.fixture
def store_warnings() -> Iterator[list[str]]:
    logger = logging.getLogger("airflow_provider_webex_recordings.connection.token_store")
    handler = Warnings()
    logger.addHandler(handler)
    yield handler.lines
    logger.removeHandler(handler)


def in_a_task(body: Callable[[], Any]) -> Any:
    """Run a function as a task of a real Airflow, and return what it returns."""
    result: dict[str, Any] = {}

    def run() -> None:
        try:
            result["value"] = body()
        except BaseException as error:
            result["error"] = error
            raise

    with DAG(f"task_{next(_numbers)}", schedule=None, start_date=START) as dag:
        PythonOperator(task_id="task", python_callable=run)
    run_dag(dag, START)
    if "error" in result:
        raise result["error"]
    return result["value"]


def a_token(**changes: Any) -> StoredToken:
    values = {
        "access_token": f"canary/access+token {next(_numbers)}",
        "expires_at": 2e9,
        "lifetime": 3600.0,
        "credentials": "c",
    }
    return StoredToken(**{**values, **changes})


def test_a_variable_carries_the_token_from_task_to_task(store_warnings: list[str]) -> None:
    token = a_token(refresh_token="canary-replaced-refresh-token")
    key = VariableTokenStore("w1", "c").key

    def body() -> tuple[Any, Any, str]:
        before = VariableTokenStore("w1", "c").load()
        VariableTokenStore("w1", "c").save(token)
        MemoryTokenStore._tokens.clear()
        return before, VariableTokenStore("w1", "c").load(), Variable.get(key)

    before, after, text = in_a_task(body)
    assert (before, after) == (None, token)
    assert json.loads(text)["access_token"] == token.access_token
    assert store_warnings == []


@pytest.mark.parametrize("text", ["", "{", "null", "[]", '{"access_token": 5}', '{"access_token": "canary-broken"}'])
def test_a_variable_that_holds_something_else_is_replaced(text: str, store_warnings: list[str]) -> None:
    token = a_token()

    def body() -> tuple[Any, Any]:
        store = VariableTokenStore("w2", "c")
        Variable.set(store.key, text)
        broken = store.load()
        store.save(token)
        MemoryTokenStore._tokens.clear()
        return broken, VariableTokenStore("w2", "c").load()

    assert in_a_task(body) == (None, token)
    assert len(store_warnings) == bool(text)
    assert "canary" not in "".join(store_warnings)


class OutOfReachError(Exception):
    pass


@pytest.mark.parametrize("method", ["get", "set"])
def test_with_the_store_out_of_reach_the_task_works_and_says_so_once(
    api: WebexApi, store_warnings: list[str], monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OutOfReachError("canary-of-a-message")

    monkeypatch.setattr(Variable, method, fail)
    if method == "set":
        monkeypatch.setattr(Variable, "get", lambda key, default: default)
    api.add_client(**CLIENT)
    with connection_to(api) as conn_id:
        task = WebexRecordingsHook(conn_id, Clock(sleep=lambda seconds: None))
        for _ in range(2):
            assert list(task.list_recordings(start=START, end=END)) == RECORDINGS
        assert len(store_warnings) == 1
        for text in (f"webex_access_token__{conn_id}", "OutOfReachError", "token_store to memory"):
            assert text in store_warnings[0]
        assert "canary" not in store_warnings[0]
        list(WebexRecordingsHook(conn_id).list_recordings(start=START, end=END))
    assert api.token_requests == 1, "at least this process shares its token"


@pytest.mark.skipif(AIRFLOW_2, reason="in Airflow 2 every process reaches Variables")
def test_outside_of_a_task_it_works_as_well(api: WebexApi, store_warnings: list[str]) -> None:
    api.add_client(**CLIENT)
    with connection_to(api) as conn_id:
        for _ in range(3):
            assert list(WebexRecordingsHook(conn_id).list_recordings(start=START, end=END)) == RECORDINGS
    assert api.token_requests == 1
    assert ["Outside of a task that is to be expected" in line for line in store_warnings] == [True]


def test_a_token_that_could_not_be_shared_is_preferred_while_it_is_newer(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = a_token(expires_at=1.9e9)
    monkeypatch.setattr(Variable, "get", lambda key, default: json.dumps(vars_of(shared)))
    store, own = VariableTokenStore("w3", "c"), a_token(expires_at=2e9)
    assert store.load() == shared
    store._own.save(own)
    assert store.load() == own
    shared = a_token(expires_at=2.1e9)
    assert store.load() == shared
    shared = a_token(expires_at=2.2e9, credentials="others")
    assert store.load() == own


def vars_of(token: StoredToken) -> dict[str, Any]:
    return {name: getattr(token, name) for name in StoredToken.__slots__}


def test_memory_does_not_mix_connections_or_credentials() -> None:
    token = a_token()
    MemoryTokenStore("w4", "c").save(token)
    assert MemoryTokenStore("w4", "c").load() == token
    assert MemoryTokenStore("w4", "d").load() is None
    assert MemoryTokenStore("w5", "c").load() is None


def test_airflow_hides_the_variable_and_masks_the_token() -> None:
    if AIRFLOW_2:
        from airflow.utils.log.secrets_masker import redact, should_hide_value_for_key
    else:
        from airflow.sdk._shared.secrets_masker import redact, should_hide_value_for_key

    assert should_hide_value_for_key(VariableTokenStore("webex_default", "c").key)
    token = "canary/derived+token=" + "x" * 30
    mask(token, "")
    quoted = "canary%2Fderived%2Btoken%3D" + "x" * 30
    assert redact(f"Bearer {token}, ?token={quoted}") == "Bearer ***, ?token=***"


def test_a_variables_name_fits_into_the_database() -> None:
    assert len(VariableTokenStore("x" * 250, "c").key) == 250


def test_a_token_is_not_in_a_repr() -> None:
    assert "canary" not in repr(a_token(refresh_token="canary-refresh"))


# --- many tasks ---------------------------------------------------------------------------------------------------


def test_a_thousand_task_starts_over_a_day_cost_a_handful_of_refreshes(api: WebexApi, time: VirtualTime) -> None:
    """The real hook, and its Variable in a real Airflow's database, through the API that tasks have."""
    api.add_client(**CLIENT, access_token_seconds=6 * HOUR)

    def day() -> int:
        for start in range(1000):
            time.seconds = max(time.seconds, midnight + start * DAY / 1000)
            with closing(WebexRecordingsHook(conn_id, time.clock)) as task:
                assert list(task.list_recordings(start=START, end=END)) == RECORDINGS
            MemoryTokenStore._tokens.clear()  # as if each start were another process
        return api.token_requests

    midnight = time.seconds
    with connection_to(api) as conn_id:
        assert 4 <= in_a_task(day) <= 5


@pytest.mark.parametrize(
    "webex",
    [
        pytest.param({}, id="that lets all tokens live"),
        pytest.param({"revokes_access_tokens": True}, id="that ends earlier access tokens", marks=pytest.mark.system),
        pytest.param(
            {"rotates": True, "invalidates_old": True}, id="that replaces refresh tokens", marks=pytest.mark.system
        ),
    ],
)
def test_twenty_processes_that_start_at_once_with_an_expired_token_all_finish(webex: dict[str, bool]) -> None:
    """They leave one valid token behind for those that come later, in a real Airflow's database."""
    migrate_database()
    with WebexApi(RECORDINGS) as api, connection_to(api) as conn_id:
        client = api.add_client(**CLIENT, access_token_seconds=1, **webex)
        arguments = ["20", conn_id, START.isoformat(), END.isoformat()]
        with processes_at_once(*arguments) as processes:
            assert "listed" in (line.strip() for line in processes.stdout)
            sleep(1)
            client.access_token_seconds = HOUR
            processes.communicate("go\n", timeout=60)
        assert processes.returncode == 0, f"{processes.returncode} of 20 failed"
        assert api.token_requests <= 10, "they do not spare each other"
        assert shared_token(conn_id) in api.live_tokens


def processes_at_once(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.helpers.processes_at_once", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=Path(__file__).parents[2], stdin=pipe, stdout=pipe, text=True)


def shared_token(conn_id: str) -> str:
    from airflow.models.variable import Variable

    return json.loads(Variable.get(f"webex_access_token__{conn_id}"))["access_token"]
