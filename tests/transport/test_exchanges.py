"""Two HTTP libraries, one behaviour: what goes out, what comes back, and what a failure is called."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_webex_recordings.transport.httpx_exchange import HttpxExchange
from airflow_provider_webex_recordings.transport.requests_exchange import RequestsExchange
from airflow_provider_webex_recordings.webex.messages import Failure, FailureKind, Request, Response
from tests.listing import TOKEN
from tests.transport.tls import Certificate, plain_server, tls_server
from tests.webex_api import ForeignServer, WebexApi, faults

OPTIONS: dict[str, Any] = {
    "connect_timeout": 2.0,
    "read_timeout": 2.0,
    "total_timeout": 5.0,
    "proxy": None,
    "verify": True,
    "headers": {"User-Agent": "the provider", "Accept-Encoding": "gzip, deflate"},
}
Answers = list[Response | Failure]


def with_requests(requests: list[Request], options: dict[str, Any]) -> Answers:
    exchange = RequestsExchange(**options)
    try:
        return [exchange(request) for request in requests]
    finally:
        exchange.close()


def with_httpx(requests: list[Request], options: dict[str, Any]) -> Answers:
    async def send_all() -> Answers:
        exchange = HttpxExchange(**options)
        try:
            return [await exchange(request) for request in requests]
        finally:
            await exchange.close()

    return asyncio.run(send_all())


SEND: dict[str, Callable[[list[Request], dict[str, Any]], Answers]] = {"requests": with_requests, "httpx": with_httpx}


@pytest.fixture(params=SEND)
def send(request: pytest.FixtureRequest) -> Callable[..., Answers]:
    """Send requests one after the other, with either library."""

    def send_with(*requests: Request, **options: Any) -> Answers:
        return SEND[request.param](list(requests), {**OPTIONS, **options})

    return send_with


@pytest.fixture
def api() -> Iterator[WebexApi]:
    with WebexApi(token=TOKEN) as api:
        yield api


def listing(url: str, query: str = "") -> Request:
    return Request(f"{url}/convergedRecordings{query}", headers={"Authorization": f"Bearer {TOKEN}"})


def test_an_answer_comes_back_whole(api: WebexApi, send: Callable[..., Answers]) -> None:
    api.faults.add(faults.status(418, headers={"X-Odd": "caf\xe9", "Link": "<a>"}, body=b"\x00\xff"), times=None)

    (answer,) = send(listing(api.url))

    assert isinstance(answer, Response)
    assert (answer.status, answer.body) == (418, b"\x00\xff")
    assert answer.header("x-odd") == "caf\xe9", "headers are read byte by byte"
    assert answer.header("trackingid")
    assert answer.at > 1_700_000_000
    assert 0 < answer.seconds < 5


def test_several_lines_of_a_header_stay_several(api: WebexApi, send: Callable[..., Answers]) -> None:
    head = "HTTP/1.1 200 OK\r\nLINK: <a>\r\nLink: <b>\r\nlink: <c>, <d>\r\nContent-Length: 2\r\n\r\n{}"
    api.faults.add(faults.raw(head))

    (answer,) = send(listing(api.url))

    assert isinstance(answer, Response)
    assert answer.header_values("link") == ["<a>", "<b>", "<c>, <d>"]


def test_only_our_own_headers_are_sent(api: WebexApi, send: Callable[..., Answers]) -> None:
    send(listing(api.url))

    (seen,) = api.requests
    sent = {name.lower(): value for name, value in seen.headers}
    assert sent.pop("host") == f"127.0.0.1:{api.port}"
    assert sent.pop("accept", "*/*") == "*/*"
    assert sent.pop("connection", "keep-alive") == "keep-alive"
    assert sent == {
        "authorization": f"Bearer {TOKEN}",
        "user-agent": "the provider",
        "accept-encoding": "gzip, deflate",
    }


def test_a_form_is_posted_as_it_is(api: WebexApi, send: Callable[..., Answers]) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    send(Request(f"{api.url}/access_token", "POST", headers, b"a=b&c=%20"))

    (seen,) = api.requests
    assert (seen.method, seen.body, seen.header("content-type")) == ("POST", b"a=b&c=%20", headers["Content-Type"])
    assert seen.header("content-length") == "9"


@pytest.mark.parametrize(
    "query",
    ["?a=b%2Fc+d%20e", "?max=10&before&=&x=%C3%BC", "?a=1;2,3:4@5!6$7'8(9)*~", "?", "?a=%25&&b", "//../x/./y?a=/?:"],
)
def test_a_url_is_sent_as_given(api: WebexApi, send: Callable[..., Answers], query: str) -> None:
    send(listing(api.url, query))

    (seen,) = api.requests
    assert seen.url == f"/v1/convergedRecordings{query}".removesuffix("?")


def test_no_cookie_is_kept(api: WebexApi, send: Callable[..., Answers]) -> None:
    api.faults.add(faults.status(200, headers={"Set-Cookie": "session=1; Path=/"}, body={"items": []}))

    send(listing(api.url), listing(api.url))

    assert [seen.header("cookie") for seen in api.requests] == [None, None]


def test_a_netrc_file_does_not_replace_the_token(
    api: WebexApi, send: Callable[..., Answers], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))

    send(listing(api.url))

    assert api.requests[0].header("authorization") == f"Bearer {TOKEN}"


def test_the_environments_proxy_is_the_hooks_to_choose(
    api: WebexApi, send: Callable[..., Answers], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    (answer,) = send(listing(api.url))

    assert isinstance(answer, Response)


def test_a_redirect_is_the_flows_to_follow(api: WebexApi, send: Callable[..., Answers]) -> None:
    with ForeignServer() as foreign:
        api.faults.add(faults.redirect(foreign.url))

        (answer,) = send(listing(api.url))

        assert isinstance(answer, Response)
        assert (answer.status, answer.header("location")) == (302, foreign.url)
        assert foreign.requests == []


def test_connections_are_reused(api: WebexApi, send: Callable[..., Answers]) -> None:
    send(*[listing(api.url)] * 5)

    assert len(api.requests) == 5
    assert api.connections == 1


def test_after_a_broken_answer_the_next_one_is_whole(api: WebexApi, send: Callable[..., Answers]) -> None:
    api.faults.add(faults.stall_body(after=3))
    api.faults.add(faults.close_in_body())
    api.faults.add(faults.drip(3, 0.1))

    answers = send(*[listing(api.url)] * 4, read_timeout=0.15, total_timeout=0.25)

    assert [type(answer) for answer in answers] == [Failure, Failure, Failure, Response]
    assert answers[3].body == b'{"items":[]}'


def failed(answers: Answers) -> Failure:
    (failure,) = answers
    assert isinstance(failure, Failure), failure
    return failure


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://127.0.0.1:1/v1", FailureKind.CONNECT),
        ("https://127.0.0.1:1/v1", FailureKind.CONNECT),
    ],
)
def test_nobody_there(send: Callable[..., Answers], url: str, kind: FailureKind) -> None:
    failure = failed(send(listing(url)))

    assert failure.kind is kind
    assert "refused" in failure.reason or "Connect call failed" in failure.reason


def test_a_name_that_nobody_knows(send: Callable[..., Answers]) -> None:
    assert failed(send(listing("https://webex.invalid/v1"))).kind is FailureKind.CONNECT


@contextmanager
def deaf_port() -> Iterator[int]:
    """A port whose queue of connections is full, so that nobody is let in and nobody refused."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        port = server.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
        yield port
        for client in waiting:
            client.close()


def test_a_connection_that_does_not_come_about_in_time(send: Callable[..., Answers]) -> None:
    with deaf_port() as port:
        failure = failed(send(listing(f"http://127.0.0.1:{port}/v1"), connect_timeout=0.2))

    assert failure.kind is FailureKind.TIMEOUT
    assert 0.1 < failure.seconds < 2


def test_silence(api: WebexApi, send: Callable[..., Answers]) -> None:
    api.faults.add(faults.stall())

    failure = failed(send(listing(api.url), read_timeout=0.2))

    assert failure.kind is FailureKind.TIMEOUT
    assert failure.reason.startswith("TimeoutError")
    assert 0.1 < failure.seconds < 2


def test_a_drip_ends_with_the_total_time(api: WebexApi, send: Callable[..., Answers]) -> None:
    api.faults.add(faults.drip(1, 0.05))

    failure = failed(send(listing(api.url), total_timeout=0.3))

    assert (failure.kind, failure.reason) == (
        FailureKind.TIMEOUT,
        "TimeoutError: the answer was not complete after 0.3 s",
    )


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate.make(tmp_path_factory.mktemp("tls"))


def test_a_certificate_that_nobody_knows_is_a_tls_failure(
    send: Callable[..., Answers], certificate: Certificate
) -> None:
    with tls_server(certificate) as port:
        failure = failed(send(listing(f"https://127.0.0.1:{port}/v1")))

    assert failure.kind is FailureKind.TLS
    assert "CERTIFICATE_VERIFY_FAILED" in failure.reason


def test_a_certificate_of_the_connections_ca_bundle_is_trusted(
    send: Callable[..., Answers], certificate: Certificate
) -> None:
    with tls_server(certificate) as port:
        (answer,) = send(listing(f"https://127.0.0.1:{port}/v1"), verify=str(certificate.path))

    assert isinstance(answer, Response)
    assert answer.body == b'{"items":[]}'


def test_a_certificate_for_another_name_is_a_tls_failure(
    send: Callable[..., Answers], certificate: Certificate
) -> None:
    with tls_server(certificate) as port:
        failure = failed(send(listing(f"https://localhost:{port}/v1"), verify=str(certificate.path)))

    assert failure.kind is FailureKind.TLS


def test_no_tls_where_it_should_be_may_pass(api: WebexApi, send: Callable[..., Answers]) -> None:
    assert failed(send(listing(api.url.replace("http:", "https:")))).kind is FailureKind.BROKEN


PASSWORD = "canary-proxy-password"


def test_a_proxy_is_asked_in_the_place_of_the_host(api: WebexApi, send: Callable[..., Answers]) -> None:
    # The stand-in, asked as a proxy, answers for any host.
    (answer,) = send(
        Request("http://127.0.0.1:1/v1/convergedRecordings?a=%2f", headers={"Authorization": f"Bearer {TOKEN}"}),
        proxy=f"http://user:{PASSWORD}@127.0.0.1:{api.port}",
    )

    assert isinstance(answer, Response)
    (seen,) = api.requests
    assert seen.header("host") == "127.0.0.1:1"
    assert seen.header("proxy-authorization") == "Basic dXNlcjpjYW5hcnktcHJveHktcGFzc3dvcmQ="


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there_is_the_proxys_failure(send: Callable[..., Answers], scheme: str) -> None:
    failure = failed(send(listing(f"{scheme}://127.0.0.1:1/v1"), proxy=f"http://user:{PASSWORD}@127.0.0.1:1"))

    assert failure.kind is FailureKind.PROXY
    assert PASSWORD not in failure.reason


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_a_proxy_that_refuses_a_tunnel_is_the_proxys_failure(send: Callable[..., Answers], answer: bytes) -> None:
    with plain_server(answer) as port:
        failure = failed(send(listing("https://webexapis.com/v1"), proxy=f"http://user:{PASSWORD}@127.0.0.1:{port}"))

    assert failure.kind is FailureKind.PROXY
    assert PASSWORD not in failure.reason
    assert TOKEN not in failure.reason


def test_a_proxy_never_sees_the_token_of_an_https_request(send: Callable[..., Answers]) -> None:
    heard: list[bytes] = []
    with plain_server(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", heard) as port:
        send(listing("https://webexapis.com/v1"), proxy=f"http://user:{PASSWORD}@127.0.0.1:{port}")

    assert heard[0].startswith(b"CONNECT webexapis.com:443 ")
    assert TOKEN.encode() not in b"".join(heard)
