"""The button Test of the connection form: each way in which a connection can be wrong has an answer of its own."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from airflow.models.connection import Connection
from airflow.providers.common.compat.sdk import Variable

from airflow_provider_webex_recordings.connection.trial import LONGEST, try_connection
from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from airflow_provider_webex_recordings.webex.errors import WebexTransportError
from tests.helpers.listing import DRIVERS, connection, run_listing
from tests.helpers.network import Between
from tests.helpers.tls import Certificate
from tests.webex_api import WebexApi, faults, make_recordings
from tests.webex_api.script import Fault
from tests.webex_api.tokens import ADMIN_SCOPE, ALL_SCOPES, COMPLIANCE_SCOPE, PEOPLE_SCOPE, USER_SCOPE

if TYPE_CHECKING:
    from tests.webex_api.script import Predicate

DAY = {"start": datetime(2026, 11, 1, tzinfo=UTC), "end": datetime(2026, 11, 2, tzinfo=UTC)}
CANARY = "canary-of-a-secret"
CLIENT = {"client_id": "a-client", "client_secret": f"{CANARY}-1", "refresh_token": f"{CANARY}-2"}
REFRESHABLE = {"login": CLIENT["client_id"], "password": CLIENT["client_secret"], "refresh_token": f"{CANARY}-2"}
PROXY_AUTHENTICATION_REQUIRED = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
WEB_PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 17\r\n\r\n<p>Sign in</p> \r\n"


@dataclass(frozen=True)
class Servers:
    """What a connection may lead to: Webex, by TLS as well, other servers, and proxies."""

    api: WebexApi
    certificate: Certificate
    tls: Between
    web_page: Between
    proxy: Between
    locked_proxy: Between
    closed_port: int


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate.make(tmp_path_factory.mktemp("certificate"), "webexapis.com")


@pytest.fixture
def servers(certificate: Certificate) -> Iterator[Servers]:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        closed_port = closed.getsockname()[1]
    with (
        WebexApi() as api,
        Between(api.port, certificate=certificate) as tls,
        Between(answer=WEB_PAGE) as web_page,
        Between(tls.port, proxy=True) as proxy,
        Between(answer=PROXY_AUTHENTICATION_REQUIRED) as locked_proxy,
    ):
        yield Servers(api, certificate, tls, web_page, proxy, locked_proxy, closed_port)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A connection, what Webex does, whether the test is green, and what its answer says."""

    good: bool = False
    says: tuple[str, ...]
    fields: Callable[[Servers], Mapping[str, Any]] = lambda servers: {}
    scopes: tuple[str, ...] = ALL_SCOPES
    fault: Fault | None = None
    when: Predicate = field(default_factory=faults.any_request)
    client: Mapping[str, Any] = field(default_factory=dict)


def at(path: Callable[[Servers], str], **more: Any) -> Callable[[Servers], Mapping[str, Any]]:
    return lambda servers: {"host": path(servers), **more}


OWNER = "Recording Archivist (archivist@example.com)"
CASES = {
    "the own list": Case(good=True, says=(f"{OWNER} can list the recordings of the token's owner at http://",)),
    "the organisation's list": Case(
        good=True,
        fields=lambda servers: {"role": "admin"},
        says=(f"{OWNER} can list the recordings of the organisation",),
    ),
    "as a compliance officer": Case(
        good=True,
        fields=lambda servers: {"role": "admin"},
        scopes=(COMPLIANCE_SCOPE,),
        says=("The token can list the recordings of the organisation", "(its owner is not shown: it lacks the scope"),
    ),
    "an owner who cannot be asked for": Case(
        good=True,
        fault=faults.status(500),
        when=faults.path("/v1/people/me"),
        says=("The token can list", "(its owner could not be determined)"),
    ),
    "a client ID": Case(good=True, fields=lambda servers: REFRESHABLE, says=(f"{OWNER} can list",)),
    "a client ID whose refresh token is replaced": Case(
        good=True, fields=lambda servers: REFRESHABLE, client={"rotates": True}, says=("Warning", "authorise again")
    ),
    "by TLS, with its CA bundle": Case(
        good=True,
        fields=lambda servers: {
            "host": f"https://127.0.0.1:{servers.tls.port}/v1",
            "ca_bundle": str(servers.certificate.path),
        },
        says=("can list",),
    ),
    "by a proxy": Case(
        good=True,
        fields=lambda servers: {
            "host": "",
            "proxy": f"http://me:{CANARY}@127.0.0.1:{servers.proxy.port}",
            "ca_bundle": str(servers.certificate.path),
        },
        says=("can list the recordings of the token's owner at https://webexapis.com/v1",),
    ),
    "a wrong token": Case(
        fields=lambda servers: {"password": f"{CANARY}-wrong"},
        says=("401", "personal token lives 12 hours", "trackingId"),
    ),
    "no scope for the own list": Case(
        scopes=(ADMIN_SCOPE, PEOPLE_SCOPE), says=("403", f"Asked as {OWNER}", "(role user) needs spark:recordings_read")
    ),
    "no scope for the organisation's list": Case(
        fields=lambda servers: {"role": "admin"},
        scopes=(USER_SCOPE,),
        says=("403", "(role admin) needs spark-admin:recordings_read", "compliance officer"),
    ),
    "a wrong refresh token": Case(
        fields=lambda servers: {**REFRESHABLE, "refresh_token": f"{CANARY}-wrong"},
        says=("invalid_grant", "Authorise again", "developer.webex.com/my-apps"),
    ),
    "a wrong client secret": Case(
        fields=lambda servers: {**REFRESHABLE, "password": f"{CANARY}-wrong"},
        says=("invalid_client", "Authorise again"),
    ),
    "a wrong token endpoint": Case(
        fields=lambda servers: {**REFRESHABLE, "token_url": f"{servers.api.url}/token"},
        says=("404 to POST /v1/token", "`token_url`"),
    ),
    "a token endpoint of another environment": Case(
        fields=lambda servers: REFRESHABLE,
        fault=faults.status(401),
        when=faults.any_list(),
        says=("obtained just now", "same Webex environment"),
    ),
    "a closed port": Case(
        fields=at(lambda servers: f"http://127.0.0.1:{servers.closed_port}"),
        says=("could not connect", "ConnectionRefusedError", "Check the API base URL (host)", "firewall"),
    ),
    "an unknown host": Case(
        fields=at(lambda servers: "https://no-such-host.invalid"),
        says=("could not connect", "Check the API base URL (host)", "DNS"),
    ),
    "a certificate that nobody vouches for": Case(
        fields=at(lambda servers: f"https://127.0.0.1:{servers.tls.port}"),
        says=("TLS", "certificate verify failed", "`ca_bundle`"),
    ),
    "a port without TLS": Case(
        fields=at(lambda servers: f"https://127.0.0.1:{servers.api.port}"),
        says=("WRONG_VERSION_NUMBER", "Is this the Webex API?", "its scheme and its port"),
    ),
    "a server that closes the connection": Case(
        fault=faults.close(), says=("the connection broke", "proxy or a login page")
    ),
    "a CA bundle that is not there": Case(
        fields=lambda servers: {"ca_bundle": "/no/such/file.pem"},
        says=("ca_bundle='/no/such/file.pem'", "No such file"),
    ),
    "a CA bundle without a certificate": Case(
        fields=lambda servers: {"ca_bundle": __file__}, says=("ca_bundle=", "not a readable PEM file")
    ),
    "a proxy that is not there": Case(
        fields=lambda servers: {"host": "", "proxy": f"http://me:{CANARY}@127.0.0.1:{servers.closed_port}"},
        says=("the proxy failed", "ConnectionRefusedError", "Check the connection's `proxy`"),
    ),
    "a proxy that wants a password": Case(
        fields=lambda servers: {"host": "", "proxy": f"http://127.0.0.1:{servers.locked_proxy.port}"},
        says=("the proxy failed", "407", "with user and password"),
    ),
    "a wrong path": Case(
        fields=at(lambda servers: f"{servers.api.origin}/v2"), says=("404", "Check the API base URL (host)")
    ),
    "a web page": Case(
        fields=at(lambda servers: f"http://127.0.0.1:{servers.web_page.port}"),
        says=("text/html", "Is this the Webex API?", "proxy or a login page"),
    ),
    "a redirect elsewhere": Case(
        fault=faults.redirect("https://login.example.com/"),
        says=("login.example.com", "the token was not sent there", "set it as the API base URL"),
    ),
    "JSON that is not this API's": Case(fault=faults.no_items(), says=("`items`", "Is this the Webex API?")),
    "too many requests": Case(fault=faults.status(429, retry_after=3600), says=("429", "later")),
    "a failing server": Case(fault=faults.status(502), says=("502", "later")),
    "a server that repeats what it was sent": Case(fault=faults.echo_secrets(400), says=("400",)),
    "an unknown extra": Case(fields=lambda servers: {"rol": "admin"}, says=("extra='rol'", "role")),
    "no token": Case(fields=lambda servers: {"password": ""}, says=("password", "is missing")),
    "a plain URL": Case(fields=at(lambda servers: "http://webexapis.com/v1"), says=("https://", "clear text")),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_answer_tells_what_is_wrong_and_what_to_do(case: Case, servers: Servers) -> None:
    api = servers.api
    token = api.tokens.issue(case.scopes, value=f"{CANARY}-of-an-access-token")
    api.add_client(**CLIENT, **case.client)
    if case.fault is not None:
        api.faults.add(case.fault, times=None, when=case.when)
    fields = {"host": api.url, "password": token, **case.fields(servers)}
    started = time.monotonic()
    with connection(fields.pop("host"), fields.pop("password"), **fields) as conn_id:
        good, message = WebexRecordingsHook(conn_id).test_connection()
    assert time.monotonic() - started < 5
    for text in case.says:
        assert text in message
    assert good is case.good
    assert not [secret for secret in (CANARY, *api.live_tokens) if secret in message]


def test_a_test_ends_in_time(servers: Servers) -> None:
    assert 3 * LONGEST["total_timeout"] < 20, "three requests, each sent once"
    servers.api.faults.add(faults.stall(), times=None)
    with connection(servers.api.url, servers.api.token) as conn_id, pytest.raises(WebexTransportError) as caught:
        settings = WebexRecordingsHook(conn_id).settings
        try_connection(settings, time.time, longest=dict.fromkeys(LONGEST, 0.2))
    assert "timed out" in str(caught.value)
    assert len(servers.api.requests) == 1


def test_a_test_stores_nothing(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    touched: list[object] = []
    monkeypatch.setattr(Variable, "get", lambda *given: touched.append(given))
    monkeypatch.setattr(Variable, "set", lambda *given: touched.append(given))
    servers.api.add_client(**CLIENT)
    with connection(servers.api.url, **REFRESHABLE) as conn_id:
        assert WebexRecordingsHook(conn_id).test_connection()[0]
        assert touched == []
    with connection(servers.api.url, **REFRESHABLE, token_store="memory") as conn_id:
        assert WebexRecordingsHook(conn_id).test_connection()[0]
        list(WebexRecordingsHook(conn_id).list_recordings(**DAY))
    assert servers.api.token_requests == 3, "a task uses the token of a test"


def test_airflow_runs_the_test_of_a_connection(servers: Servers) -> None:
    """As the form does: under an id that no task will ever use, through a connection URI in the environment."""
    given = Connection(conn_id="just-tried", conn_type="webex", host=servers.api.url, password=servers.api.token)
    given.set_extra('{"role": "admin", "page_size": 7, "refresh_token": null, "proxy": ""}')
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AIRFLOW_CONN_JUST-TRIED", given.get_uri())
        good, message = given.test_connection()
    assert good, message
    assert message.startswith(f"{OWNER} can list the recordings of the organisation at {servers.api.url}")


@pytest.mark.parametrize("driver", DRIVERS)
def test_proxy_and_ca_bundle_reach_both_drivers(driver: str, servers: Servers) -> None:
    recordings = make_recordings(3, "2026-11-01", "2026-11-02")
    for recording in recordings:
        servers.api.recordings.add(recording)
    proxy = f"http://me:secret@127.0.0.1:{servers.proxy.port}"
    with connection("", servers.api.token, proxy=proxy, ca_bundle=str(servers.certificate.path)) as conn_id:
        listing = run_listing(driver, conn_id, **DAY)
    assert listing.error is None
    assert len(listing.recordings) == 3
    (head,) = servers.proxy.heads
    assert head.startswith("CONNECT webexapis.com:443 HTTP/1.")
    assert "proxy-authorization: Basic bWU6c2VjcmV0" in head.replace("Proxy-A", "proxy-a")
    assert servers.api.token not in head


@pytest.mark.parametrize("driver", DRIVERS)
def test_role_page_size_and_retries_reach_both_drivers(driver: str, servers: Servers) -> None:
    servers.api.faults.add(faults.status(503, retry_after=7), times=None)
    # One part at a time: the clock stands still, and parts wait together until a moment.
    settings: dict[str, Any] = {"role": "admin", "page_size": "7", "parallel": 1}
    settings |= {"max_attempts": "3", "max_retry_wait": 10, "max_retry_seconds": 100}
    with connection(servers.api.url, servers.api.token, **settings) as conn_id:
        listing = run_listing(driver, conn_id, **DAY)
    assert len(listing.waits) == 2
    assert all(7 <= wait <= 8 for wait in listing.waits)
    assert [request.parameters()["max"] for request in servers.api.requests] == ["7"] * 3
    assert {request.path for request in servers.api.requests} == {"/v1/admin/convergedRecordings"}


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize(
    ("settings", "fault"),
    [({"read_timeout": 0.2}, faults.stall()), ({"total_timeout": "0.2"}, faults.drip(size=1, every=0.1))],
    ids=["read", "total"],
)
def test_time_outs_reach_both_drivers(driver: str, settings: dict[str, Any], fault: Fault, servers: Servers) -> None:
    servers.api.faults.add(fault, times=None)
    with connection(servers.api.url, servers.api.token, max_attempts=1, **settings) as conn_id:
        listing = run_listing(driver, conn_id, **DAY)
    assert "timed out" in str(listing.error)


@pytest.mark.parametrize("setting", ["max_retry_wait", "max_retry_seconds"])
@pytest.mark.parametrize("driver", DRIVERS)
def test_a_wait_beyond_the_bounds_ends_in_an_error(driver: str, setting: str, servers: Servers) -> None:
    servers.api.faults.add(faults.status(429, retry_after=7), times=None)
    with connection(servers.api.url, servers.api.token, **{setting: 6}) as conn_id:
        listing = run_listing(driver, conn_id, **DAY)
    assert listing.waits == []
    assert listing.error is not None
    assert listing.error.retry_after == 7
