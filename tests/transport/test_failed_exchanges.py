"""Two HTTP libraries, one behaviour: what a failure is called, and through a proxy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_provider_webex_recordings.webex.messages import Failure, FailureKind, Purpose, Request, Response
from tests.helpers.credentials import PROXY_PASSWORD, TOKEN
from tests.helpers.exchanging import Answers, deaf_port, failed, listing
from tests.helpers.tls import Certificate, plain_server, tls_server, tunnel
from tests.webex_api import WebexApi, faults


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


def test_a_connection_that_does_not_come_about_in_time(send: Callable[..., Answers]) -> None:
    with deaf_port() as port:
        failure = failed(send(listing(f"http://127.0.0.1:{port}/v1"), connect_timeout=0.2))

    assert failure.kind is FailureKind.TIMEOUT
    assert 0.1 < failure.seconds < 2


def test_silence(api: WebexApi, send: Callable[..., Answers]) -> None:
    api.faults.add(faults.stall())

    failure = failed(send(listing(api.url), read_timeout=0.2))

    assert failure.kind is FailureKind.TIMEOUT
    assert "TimeoutError" in failure.reason
    assert 0.1 < failure.seconds < 2


def test_a_drip_ends_with_the_total_time(api: WebexApi, send: Callable[..., Answers]) -> None:
    api.faults.add(faults.drip(1, 0.05))

    failure = failed(send(listing(api.url), total_timeout=0.3))

    assert (failure.kind, failure.reason) == (
        FailureKind.TIMEOUT,
        "the answer was not complete after 0.3 s",
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


def test_a_ca_bundle_that_was_replaced_is_read_again(send: Callable[..., Answers], tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    bundle = Certificate.make(old).path
    renewed = Certificate.make(new)
    with tls_server(renewed) as port:
        before = failed(send(listing(f"https://127.0.0.1:{port}/v1"), verify=str(bundle)))
        bundle.write_bytes(renewed.path.read_bytes())
        (after,) = send(listing(f"https://127.0.0.1:{port}/v1"), verify=str(bundle))

    assert before.kind is FailureKind.TLS
    assert isinstance(after, Response)


def test_a_certificate_for_another_name_is_a_tls_failure(
    send: Callable[..., Answers], certificate: Certificate
) -> None:
    with tls_server(certificate) as port:
        failure = failed(send(listing(f"https://localhost:{port}/v1"), verify=str(certificate.path)))

    assert failure.kind is FailureKind.TLS


def test_a_tls_handshake_that_breaks_off_may_pass(send: Callable[..., Answers]) -> None:
    with plain_server(b"") as port:
        assert failed(send(listing(f"https://127.0.0.1:{port}/v1"))).kind is FailureKind.BROKEN


def test_no_tls_where_it_should_be_may_pass(api: WebexApi, send: Callable[..., Answers]) -> None:
    assert failed(send(listing(api.url.replace("http:", "https:")))).kind is FailureKind.BROKEN


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Link: <" + b"a" * 70_000 + b">\r\n\r\n",
        OK + b"X: 1\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 99 Odd\r\n\r\n",
        OK + b"Content-Length: 11\r\nContent-Length: 12\r\n\r\n{}",
        OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        OK + b"Content-Encoding: br\r\nContent-Length: 2\r\n\r\n{}",
        OK + b"Content-Encoding: gzip, gzip\r\nContent-Length: 2\r\n\r\n{}",
        OK + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n\x1f\r\n0\r\n\r\n",
    ],
)
def test_what_is_not_http_is_an_answer_that_cannot_be_read(send: Callable[..., Answers], answer: bytes) -> None:
    with plain_server(answer) as port:
        failure = failed(send(listing(f"http://127.0.0.1:{port}/v1")))

    assert failure.kind is FailureKind.MALFORMED
    assert failure.reason.startswith("it"), "a sentence of our own"


def test_no_answer_at_all_is_a_broken_connection(send: Callable[..., Answers]) -> None:
    with plain_server(b"") as port:
        assert failed(send(listing(f"http://127.0.0.1:{port}/v1"))).kind is FailureKind.BROKEN
    with plain_server(b"HTT") as port:
        assert failed(send(listing(f"http://127.0.0.1:{port}/v1"))).kind in (FailureKind.BROKEN, FailureKind.MALFORMED)


def test_a_failure_repeats_no_header_of_half_an_answer(send: Callable[..., Answers]) -> None:
    with plain_server(OK + f"X-Echo: {TOKEN}\r\nX-Ot".encode()) as port:
        (answer,) = send(listing(f"http://127.0.0.1:{port}/v1"))

    assert isinstance(answer, Response) or TOKEN not in answer.reason


@pytest.mark.parametrize("location", ["http://[::", "\x01", "http://a:b:c/"])
def test_a_redirect_to_nowhere_raises_nothing(api: WebexApi, send: Callable[..., Answers], location: str) -> None:
    with plain_server(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()) as port:
        (answer,) = send(listing(f"http://127.0.0.1:{port}/v1"))

    assert isinstance(answer, (Response, Failure))


def test_a_proxy_is_asked_in_the_place_of_the_host(api: WebexApi, send: Callable[..., Answers]) -> None:
    # The stand-in, asked as a proxy, answers for any host.
    (answer,) = send(
        Request(
            "http://127.0.0.1:1/v1/convergedRecordings?a=%2f%aF",
            headers={"Authorization": f"Bearer {TOKEN}"},
            purpose=Purpose.LISTING,
        ),
        proxy=f"http://user:{PROXY_PASSWORD}@127.0.0.1:{api.port}",
    )

    assert isinstance(answer, Response)
    (seen,) = api.requests
    assert seen.url.endswith("/v1/convergedRecordings?a=%2f%aF")
    assert seen.header("host") == "127.0.0.1:1"
    assert seen.header("proxy-authorization") == "Basic dXNlcjpjYW5hcnktcHJveHktcGFzc3dvcmQ="


def test_a_proxy_tunnels_what_is_encrypted(send: Callable[..., Answers], certificate: Certificate) -> None:
    heard: list[bytes] = []
    behind: list[bytes] = []
    with tls_server(certificate, behind) as port, tunnel(heard) as proxy:
        (answer,) = send(
            listing(f"https://127.0.0.1:{port}/v1"),
            proxy=f"http://user:{PROXY_PASSWORD}@127.0.0.1:{proxy}",
            verify=str(certificate.path),
        )

    assert isinstance(answer, Response)
    assert answer.body == b'{"items":[]}'
    (head,) = heard
    assert head.startswith(f"CONNECT 127.0.0.1:{port} HTTP/1.".encode())
    assert b"proxy-authorization: basic dxnlcjpjyw5hcnktchjvehktcgfzc3dvcmq=" in head.lower()
    assert TOKEN.encode() not in head
    assert TOKEN.encode() in behind[0]
    assert b"proxy-authorization" not in behind[0].lower()


def test_a_certificate_behind_a_proxy_is_looked_at(send: Callable[..., Answers], certificate: Certificate) -> None:
    with tls_server(certificate) as port, tunnel([]) as proxy:
        failure = failed(send(listing(f"https://127.0.0.1:{port}/v1"), proxy=f"http://127.0.0.1:{proxy}"))

    assert failure.kind is FailureKind.TLS


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_lets_nobody_in_is_the_proxys_failure(send: Callable[..., Answers], scheme: str) -> None:
    with deaf_port() as port:
        proxy = f"http://127.0.0.1:{port}"
        failure = failed(send(listing(f"{scheme}://127.0.0.1:1/v1"), proxy=proxy, connect_timeout=0.2))

    assert failure.kind is FailureKind.PROXY


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there_is_the_proxys_failure(send: Callable[..., Answers], scheme: str) -> None:
    failure = failed(send(listing(f"{scheme}://127.0.0.1:1/v1"), proxy=f"http://user:{PROXY_PASSWORD}@127.0.0.1:1"))

    assert failure.kind is FailureKind.PROXY
    assert PROXY_PASSWORD not in failure.reason


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
        failure = failed(
            send(listing("https://webexapis.com/v1"), proxy=f"http://user:{PROXY_PASSWORD}@127.0.0.1:{port}")
        )

    assert failure.kind is FailureKind.PROXY
    assert PROXY_PASSWORD not in failure.reason
    assert TOKEN not in failure.reason


def test_a_proxy_never_sees_the_token_of_an_https_request(send: Callable[..., Answers]) -> None:
    heard: list[bytes] = []
    with plain_server(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", heard) as port:
        send(listing("https://webexapis.com/v1"), proxy=f"http://user:{PROXY_PASSWORD}@127.0.0.1:{port}")

    assert heard[0].startswith(b"CONNECT webexapis.com:443 ")
    assert TOKEN.encode() not in b"".join(heard)
