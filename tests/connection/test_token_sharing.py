"""Tasks share an access token through hook, Variables and processes; the rules themselves are tested in tests/webex."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import Variable
from asgiref.sync import async_to_sync

from airflow_provider_webex_recordings.connection.assembly import make_api
from airflow_provider_webex_recordings.connection.sealing import unseal
from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from airflow_provider_webex_recordings.transport.drivers import Clock
from airflow_provider_webex_recordings.webex.messages import StoredToken
from airflow_provider_webex_recordings.webex.tokens.access import RefreshableToken
from tests.helpers.airflow_runs import AIRFLOW_2, migrate_database, run_in_a_task
from tests.helpers.listing import connection
from tests.helpers.token_memory import forget_tokens
from tests.webex_api import WebexApi, make_recordings

START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=1)
RECORDINGS = sorted(make_recordings(3, START, END), key=lambda recording: recording["createTime"], reverse=True)
CLIENT = {"client_id": "a-client", "client_secret": "canary/client+secret", "refresh_token": "canary-refresh-token"}
HOUR, DAY = 3600, 24 * 3600


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
        return WebexRecordingsHook(self.conn_id, self.time.clock, self.store)

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
        hook = WebexRecordingsHook(tasks.conn_id, Clock(now=tasks.time.now), tasks.store)
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
        hook = WebexRecordingsHook(tasks.conn_id, tasks.time.clock, AskingStore())
        async for _ in hook.alist_recordings(start=START, end=END):
            pass
        await hook.aclose()
        return asyncio.get_running_loop()

    assert loops == {asyncio.run(listing())}


def test_a_replaced_refresh_token_is_kept(api: WebexApi, tasks: Tasks, time: VirtualTime) -> None:
    client = api.add_client(**CLIENT, access_token_seconds=HOUR, rotates=True, invalidates_old=True)
    for _ in range(5):
        tasks.run()
        time.seconds += HOUR
    assert api.token_requests == 5
    assert tasks.store.token is not None
    assert tasks.store.token.refresh_token == client.refresh_tokens[-1]


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
        assert store_warnings[0].startswith(f"connection '{conn_id}': ")
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


def test_the_task_starts_of_a_day_cost_a_handful_of_refreshes(api: WebexApi, time: VirtualTime) -> None:
    """The real hook, and its Variable in a real Airflow's database, through the API that tasks have.

    A thousand starts cost no more (tests/webex/tokens/test_access.py).
    """
    api.add_client(**CLIENT, access_token_seconds=6 * HOUR)

    def day() -> int:
        for start in range(50):
            time.seconds = max(time.seconds, midnight + start * DAY / 50)
            with closing(WebexRecordingsHook(conn_id, time.clock)) as task:
                assert list(task.list_recordings(start=START, end=END)) == RECORDINGS
            forget_tokens()  # as if each start were another process
        return api.token_requests

    midnight = time.seconds
    with connection_to(api) as conn_id:
        assert 4 <= run_in_a_task(day) <= 5


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

    auth = make_api(WebexRecordingsHook(conn_id).settings, monotonic).auth
    assert isinstance(auth, RefreshableToken)
    token = unseal(Variable.get(f"webex_access_token__{conn_id}"), auth.credentials)
    assert token is not None
    return token.access_token
