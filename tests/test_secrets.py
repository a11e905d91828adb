"""Secrets stay where they belong, whatever goes wrong. Airflow's masking is left out of account on purpose."""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_provider_webex_recordings.connection.assembly import http_options, make_api, make_token_store
from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from airflow_provider_webex_recordings.operators.webex_recordings import ListRecordingsOperator
from airflow_provider_webex_recordings.transport.drivers import Driver
from airflow_provider_webex_recordings.transport.requests_exchange import RequestsExchange
from airflow_provider_webex_recordings.webex.listing import flows
from airflow_provider_webex_recordings.webex.windows import TimeWindow
from tests.fault_rows.row import END, RECORDINGS, START, Row, Servers, always, often, once
from tests.helpers.airflow_runs import Run, run_dag
from tests.helpers.credentials import CANARY, CLIENT, PROXY_HEADER, PROXY_PASSWORD, TOKEN
from tests.helpers.leaks import leaks, leaky, misplaced, shown_by
from tests.helpers.listing import DRIVERS, Played, connection, minted, play, playing
from tests.helpers.logs import all_logs
from tests.webex_api import WebexApi, faults

_TOKEN_ENDPOINT = faults.token_request()


def proxy(servers: Servers, port: int | None = None) -> str:
    """The stand-in as a proxy; it answers whichever host it is asked for."""
    return f"http://user:{PROXY_PASSWORD}@127.0.0.1:{port or servers.api.port}"


def foreign_proxy(servers: Servers) -> str:
    return servers.foreign.origin.replace("//", f"//user:{PROXY_PASSWORD}@")


# Servers that repeat what they were sent, or something of it, where it would be shown.
ECHOES = [
    *[
        Row(name=f"{code} that repeats the request", faults=(always(faults.echo_secrets(code)),), refreshable=renewed)
        for code in (400, 401, 403, 418, 429, 500, 503)
        for renewed in (False, True)
    ],
    *[
        Row(
            name=f"token endpoint: {code} that repeats the request",
            faults=(always(faults.echo_secrets(code), _TOKEN_ENDPOINT),),
            refreshable=True,
        )
        for code in (400, 401, 403, 429, 500, 503)
    ],
    Row(
        name="token endpoint: an hour's patience that repeats the request",
        faults=(
            always(faults.status(429, retry_after=3600, message=f"{CLIENT['password']} must wait"), _TOKEN_ENDPOINT),
        ),
        refreshable=True,
    ),
    Row(
        name="the token in mid-listing, after it was replaced",
        faults=(
            once(faults.expire_token(), faults.nth_list_request(2)),
            often(9, faults.echo_secrets(500), faults.nth_list_request(3)),
        ),
        refreshable=True,
    ),
    Row(name="a long message", faults=(always(faults.status(400, message="x" * 490 + TOKEN)),)),
    Row(name="descriptions", faults=(always(faults.status(400, body={"errors": [{"description": TOKEN}]})),)),
    Row(name="encoded", faults=(always(faults.status(400, message=f"%22{TOKEN}%22 {TOKEN.upper()}".lower())),)),
]
# Headers that repeat the token: what the HTTP libraries log of them for debugging is theirs.
ECHOING_HEADERS = [
    Row(name="content type", faults=(always(faults.body("?", content_type=f"text/{TOKEN}")),)),
    Row(name="tracking id", faults=(always(faults.status(400, headers={"trackingid": TOKEN})),)),
    Row(name="redirect", faults=(always(faults.redirect(f"https://{TOKEN}@other.invalid/{TOKEN}?{TOKEN}#{TOKEN}")),)),
    Row(name="next link", faults=(always(faults.next_link(f"https://{TOKEN}@other.invalid/{TOKEN}?{TOKEN}")),)),
    Row(name="Retry-After", faults=(always(faults.status(429, retry_after=TOKEN)),)),
]
PROXIES = [
    Row(name="a proxy, which plain http never goes through", settings={"proxy": foreign_proxy}),
    Row(name="the same, renewing a token", settings={"proxy": foreign_proxy}, refreshable=True),
    Row(
        name="a proxy that is away",
        settings={"proxy": lambda servers: proxy(servers, 1)},
        host=lambda servers: "https://webexapis.com/v1",
    ),
    Row(
        name="a proxy that refuses the tunnel",
        settings={"proxy": proxy},
        host=lambda servers: "https://webexapis.com/v1",
        faults=(always(faults.status(407), faults.any_request()),),
    ),
]


@pytest.mark.parametrize("row", [*ECHOES, *ECHOING_HEADERS, *PROXIES], ids=lambda row: row.name)
@pytest.mark.parametrize("driver", DRIVERS)
def test_what_is_repeated_shows_in_no_log_and_no_error(driver: str, row: Row) -> None:
    """The rows of the table of faults are searched where they are played (tests/hooks/test_faults.py)."""
    with all_logs() as told:
        played = play(row, driver)
    if row in ECHOING_HEADERS:
        told = [line for line in told if not re.match(r"\w+ urllib3\b", line)]

    assert list(leaks(played, told)) == []


def test_the_search_would_find_them() -> None:
    played = play(Row(name="token", refreshable=True), "sync")

    assert len(played.minted) == 2
    assert leaky(f"Bearer {played.minted[0]}", played)
    assert leaky(repr(ValueError(TOKEN)), played)
    assert any(leaky(shown, played) for shown in shown_by(chained(TOKEN)))
    assert list(misplaced(Played(seen=[*play(Row(name="misplaced", filters={"topic": TOKEN}), "sync").seen])))


def chained(secret: str) -> Exception:
    """An error that is harmless itself, after one that is not."""
    error = KeyError("harmless")
    error.__context__ = ValueError(secret)
    return error


@pytest.mark.parametrize("refreshable", [False, True])
def test_no_secret_is_in_a_repr(refreshable: bool) -> None:
    row = Row(
        name="reprs",
        refreshable=refreshable,
        settings={"proxy": proxy},
        faults=(once(faults.expire_token(), faults.nth_list_request(2)),) if refreshable else (),
    )
    with playing(row) as (servers, conn_id):
        hook, messages = WebexRecordingsHook(conn_id), []
        api, exchange = make_api(hook.settings, time.time), RequestsExchange(**http_options(hook.settings))
        store = make_token_store(hook.settings, conn_id, api.auth)
        driver = Driver(exchange, store, messages.append)
        flow = flows.list_recordings(api, hook.query(), TimeWindow(START, END), 10)
        assert len([recording for page in driver.pages(flow) for recording in page.recordings]) == 25
        asyncio.run(hook.load_settings())
        parts = [hook, hook.settings, api, api.auth, exchange, store, hook.get_conn()]
        hook.close()
        exchange.close()
        secrets = [*minted(servers.api), CANARY, PROXY_HEADER]

    for shown in (*parts, *messages):
        for text in (repr(shown), str(shown), f"{shown}"):
            assert not any(secret in text for secret in secrets), text
    assert {type(message).__name__ for message in messages} >= {"Request", "Page"}


@pytest.mark.parametrize("fails", [False, True])
def test_no_secret_reaches_airflows_database(fails: bool, tmp_path: Path) -> None:
    """XComs, rendered templates, variables and all else: the whole file is searched.

    For secrets that no other test has, because Airflow stores the source of each DAG, which is a file of tests.
    """
    client = {name: f"{value}-{token_hex(8)}" for name, value in CLIENT.items()}
    with WebexApi(RECORDINGS) as api:
        api.add_client(client["login"], client["password"], client["refresh_token"], rotates=True)
        if fails:
            api.faults.add(faults.echo_secrets(400), times=None, when=faults.any_list())
        with connection(api.url, **client) as conn_id:
            runs = [run_task(f"secrets_{fails}_xcom", webex_conn_id=conn_id, topic="Call")]
            runs += [run_task(f"secrets_{fails}_file", webex_conn_id=conn_id, output_path=f"file://{tmp_path}/")]
        secrets = [client["password"], client["refresh_token"], *minted(api)]

    assert [run.state for run in runs] == ["failed" if fails else "success"] * 2
    assert len(secrets) > 3
    stored = b"".join(path.read_bytes() for path in Path(os.environ["AIRFLOW_HOME"]).rglob("*.db*"))
    assert f"secrets_{fails}_file".encode() in stored, "this is the database"
    assert b"webex_access_token" in stored, "the shared token is in there, encrypted"
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert fails or written
    for secret in secrets:
        assert secret.encode() not in stored
        assert secret.encode() not in written
        assert secret not in json.dumps([run.results for run in runs])


def run_task(dag_id: str, **arguments: Any) -> Run:
    """Run a DAG of one task, for the day after `START`."""
    day = timedelta(days=1)
    schedule = CronDataIntervalTimetable("0 0 * * *", timezone="UTC")
    with DAG(dag_id, schedule=schedule, start_date=START - day) as dag:
        ListRecordingsOperator(task_id="list", **arguments)
    return run_dag(dag, START + day)
