"""The session of the worker's exchange, which others may use too: an ordinary one, but for cookies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from urllib3.exceptions import InsecureRequestWarning

from airflow_provider_webex_recordings.transport.requests_exchange import RequestsExchange
from airflow_provider_webex_recordings.webex.messages import Failure, FailureKind, Purpose, Request, Response
from tests.helpers.exchanging import OPTIONS, options_of
from tests.helpers.tls import Certificate, tls_server


class Handler(BaseHTTPRequestHandler):
    """Sets a cookie, and tells its own port and which cookies came."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = f"{self.server.server_address[1]} {self.headers.get('Cookie')} \u00fc".encode()
        self.send_response(302 if self.path == "/away" else 200)
        self.send_header("Location", "/here")
        self.send_header("Set-Cookie", "canary=cookie; Path=/")
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def server() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield listening.server_address[1]
        listening.shutdown()


@pytest.fixture
def exchange() -> Iterator[RequestsExchange]:
    exchange = RequestsExchange(**options_of(OPTIONS))
    yield exchange
    exchange.close()


def told(exchange: RequestsExchange, port: int) -> str:
    response = exchange(Request(f"http://127.0.0.1:{port}/", purpose=Purpose.LISTING))
    assert isinstance(response, Response), response
    return response.body.decode()


def test_cookies_are_neither_kept_nor_sent_back(exchange: RequestsExchange) -> None:
    with server() as port:
        assert {told(exchange, port) for _ in range(3)} == {f"{port} None \u00fc"}
        assert exchange.session.get(f"http://127.0.0.1:{port}/").text == f"{port} None \u00fc"

    assert list(exchange.session.cookies) == []


def test_each_request_goes_to_its_own_server(exchange: RequestsExchange) -> None:
    with ExitStack() as stack:
        ports = [stack.enter_context(server()) for _ in range(12)]

        for port in [ports[0], *ports, *reversed(ports)]:
            assert told(exchange, port).startswith(f"{port} ")


def test_after_it_was_closed_it_sends_again(exchange: RequestsExchange) -> None:
    with server() as port:
        before = told(exchange, port)
        exchange.close()

        assert told(exchange, port) == before


def test_whoever_uses_the_session_gets_whole_answers(exchange: RequestsExchange) -> None:
    with server() as port:
        answer = exchange.session.get(f"http://127.0.0.1:{port}/away")

    assert [each.status_code for each in (*answer.history, answer)] == [302, 200]
    assert answer.history[0].reason == "Found"
    assert answer.url == f"http://127.0.0.1:{port}/here"
    assert answer.encoding == "utf-8"
    assert answer.text.endswith(" \u00fc")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_a_session_user_who_names_a_proxy_goes_through_it(exchange: RequestsExchange) -> None:
    with server() as port, server() as proxy:
        url = f"http://127.0.0.1:{port}/"
        assert told(exchange, port).startswith(f"{port} ")

        assert exchange.session.get(url, proxies={"http": f"http://127.0.0.1:{proxy}"}).text.startswith(f"{proxy} ")
        assert exchange.session.get(url).text.startswith(f"{port} ")


def test_what_is_asked_for_stays_out_of_the_librarys_log(
    exchange: RequestsExchange, caplog: pytest.LogCaptureFixture
) -> None:
    with server() as port, caplog.at_level("DEBUG", "urllib3"):
        exchange(
            Request(
                f"http://127.0.0.1:{port}/v1/convergedRecordings?ownerEmail=jane%40example.com", purpose=Purpose.LISTING
            )
        )

    assert "/v1/convergedRecordings" in caplog.text
    assert "jane" not in caplog.text


def test_a_session_user_who_trusts_everybody_does_so_alone(exchange: RequestsExchange, tmp_path: Path) -> None:
    with tls_server(Certificate.make(tmp_path)) as port:
        url = f"https://127.0.0.1:{port}/"
        with pytest.warns(InsecureRequestWarning):
            assert exchange.session.get(url, verify=False).status_code == 200
        answer = exchange(Request(url, purpose=Purpose.LISTING))

    assert isinstance(answer, Failure)
    assert answer.kind is FailureKind.TLS
