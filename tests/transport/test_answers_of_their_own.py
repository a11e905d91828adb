"""Two HTTP libraries, one behaviour: an answer belongs to its request, ends in time, and counts as far as it goes."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from airflow_provider_webex_recordings.transport.aiohttp_exchange import AiohttpExchange
from airflow_provider_webex_recordings.transport.requests_exchange import RequestsExchange
from airflow_provider_webex_recordings.webex.messages import Failure, FailureKind, Response
from tests.helpers.exchanging import OPTIONS, SEND, Answers, listing, options_of

Script = Callable[[int, Callable[[bytes], None], threading.Event], None]


def body_of(number: int) -> bytes:
    body = f'{{"items": [], "of": {number}}}'.encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


@contextmanager
def scripted(script: Script) -> Iterator[str]:
    """A server that keeps its connections open and says to each request, which it counts, whatever the script says."""
    door, over, count = socket.create_server(("127.0.0.1", 0)), threading.Event(), iter(range(1, 1000))

    def talk(line: socket.socket) -> None:
        with line, suppress(OSError):
            lines = line.makefile("rb")
            while lines.readline():
                while lines.readline().strip():
                    pass
                script(next(count), line.sendall, over)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=talk, args=(door.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{door.getsockname()[1]}/v1"
    finally:
        over.set()
        door.close()


@pytest.fixture(params=SEND)
def send(request: pytest.FixtureRequest) -> Callable[..., Answers]:
    def sending(url: str, count: int = 1, **options: object) -> Answers:
        return SEND[request.param]([listing(url, f"?n={n}") for n in range(count)], OPTIONS | options)

    return sending


@pytest.mark.parametrize("interim", [b"100 Continue", b"102 Processing", b"103 Early Hints", b"199 Odd"])
def test_interim_answers_are_read_past(send: Callable[..., Answers], interim: bytes) -> None:
    def script(number: int, say: Callable[[bytes], None], over: threading.Event) -> None:
        say(b"HTTP/1.1 " + interim + b"\r\nLink: </>; rel=preload\r\n\r\n")
        over.wait(0.01)
        say(body_of(number))

    with scripted(script) as url:
        answers = send(url, 3)

    assert [(answer.status, answer.body[-3:-1]) for answer in answers] == [(200, b" %d" % n) for n in (1, 2, 3)]


def test_interim_answers_without_end_are_no_answer(send: Callable[..., Answers]) -> None:
    def script(number: int, say: Callable[[bytes], None], over: threading.Event) -> None:
        while not over.wait(0.001):
            say(b"HTTP/1.1 103 Early Hints\r\n\r\n")

    with scripted(script) as url:
        (answer,) = send(url, total_timeout=0.5)

    assert isinstance(answer, Failure)


def test_a_switch_of_protocols_is_not_a_page(send: Callable[..., Answers]) -> None:
    def script(number: int, say: Callable[[bytes], None], over: threading.Event) -> None:
        say(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
            if number == 1
            else body_of(number)
        )

    with scripted(script) as url:
        first, second = send(url, 2, read_timeout=0.5)

    assert isinstance(first, Failure) or first.status == 101
    assert isinstance(second, Response)
    assert second.body == b'{"items": [], "of": 2}'


def twice(number: int, say: Callable[[bytes], None], over: threading.Event) -> None:
    say(body_of(number) + (body_of(number) if number == 1 else b""))


def unasked_body(number: int, say: Callable[[bytes], None], over: threading.Event) -> None:
    """A body after a status that has none; to a client it is the beginning of the next answer."""
    say(b"HTTP/1.1 204 No Content\r\n\r\n" + body_of(99) if number == 1 else body_of(number))


@pytest.mark.parametrize("script", [twice, unasked_body])
def test_what_nobody_asked_for_is_never_the_next_answer_on_a_worker(script: Script) -> None:
    with scripted(script) as url:
        exchange = RequestsExchange(**options_of(OPTIONS))
        answers = [exchange(listing(url, f"?n={n}")) for n in range(3)]
        exchange.close()

    assert [answer.body[-3:-1] for answer in answers[1:]] == [b" 2", b" 3"]


@pytest.mark.parametrize("script", [twice, unasked_body])
def test_what_nobody_asked_for_is_never_the_next_answer_in_the_triggerer(script: Script) -> None:
    async def ask() -> Answers:
        exchange = AiohttpExchange(**options_of(OPTIONS))
        try:
            answers = []
            for n in range(3):
                answers.append(await exchange(listing(url, f"?n={n}")))
                # What was sent behind the answer arrives while nobody waits for one.
                await asyncio.sleep(0.05)
            return answers
        finally:
            await exchange.close()

    with scripted(script) as url:
        answers = asyncio.run(ask())

    assert [answer.body[-3:-1] for answer in answers[1:] if isinstance(answer, Response)] in ([b" 2", b" 3"], [b" 3"])


DRIPS = {
    "the status line": (b"HTTP/1.1 200 ", b"O"),
    "a header": (b"HTTP/1.1 200 OK\r\nX: ", b"a"),
    "header lines": (b"HTTP/1.1 200 OK\r\n", b"X: a\r\n"),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "the size of a chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
    "an extension of a chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x"),
    "trailers": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", b"X: a\r\n"),
    "gzip without output": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x10\x00\x00\x00\x00\x00\x03",
        b"c",
    ),
    "a body": (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"a"),
}


@pytest.mark.parametrize("what", DRIPS)
def test_whatever_drips_ends_with_the_time_of_the_whole_request(send: Callable[..., Answers], what: str) -> None:
    begin, drip = DRIPS[what]

    def script(number: int, say: Callable[[bytes], None], over: threading.Event) -> None:
        say(begin)
        while not over.wait(0.05):
            say(drip)

    with scripted(script) as url:
        started = time.monotonic()
        (answer,) = send(url, total_timeout=0.6)

    assert time.monotonic() - started < 5
    assert isinstance(answer, Failure)
    assert answer.kind in (FailureKind.TIMEOUT, FailureKind.MALFORMED)


REFUSALS = {
    "a body that is not compressed": b"Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nslow down",
    "a coding nobody asked for": b"Content-Encoding: br\r\nContent-Length: 9\r\n\r\nslow down",
    "a chunk without a size": b"Transfer-Encoding: chunked\r\n\r\nslow down\r\n",
    "half a body, and silence": b"Content-Length: 900\r\n\r\nslow down",
}


@pytest.mark.parametrize("status", [302, 401, 403, 429, 503])
@pytest.mark.parametrize("rest", REFUSALS)
def test_the_head_of_a_refusal_counts_whatever_becomes_of_its_body(
    send: Callable[..., Answers], status: int, rest: str
) -> None:
    head, _, body = REFUSALS[rest].partition(b"\r\n\r\n")

    def script(number: int, say: Callable[[bytes], None], over: threading.Event) -> None:
        say(b"HTTP/1.1 %d No\r\nRetry-After: 30\r\nTrackingID: ROUTER_1\r\n%b\r\n\r\n" % (status, head))
        # In one packet with a body that breaks the rules, aiohttp's parser drops the head too.
        over.wait(0.02)
        say(body)

    with scripted(script) as url:
        (answer,) = send(url, read_timeout=0.3)

    assert isinstance(answer, Response)
    assert (answer.status, answer.header("retry-after"), answer.tracking_id) == (status, "30", "ROUTER_1")


@pytest.mark.parametrize("rest", REFUSALS)
def test_half_a_page_is_not_a_page(send: Callable[..., Answers], rest: str) -> None:
    def script(number: int, say: Callable[[bytes], None], over: threading.Event) -> None:
        say(b"HTTP/1.1 200 OK\r\n" + REFUSALS[rest])

    with scripted(script) as url:
        (answer,) = send(url, read_timeout=0.3)

    assert isinstance(answer, Failure)


GRANT = b'{"access_token": "canary-granted", "refresh_token": "canary-rotated"}'
BROKEN_GRANTS = {
    "a length too small": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + GRANT,
    "a body after 204": b"HTTP/1.1 204 No Content\r\n\r\n" + GRANT,
    "a body after 304": b"HTTP/1.1 304 Not Modified\r\n\r\n" + GRANT,
    "a chunk too short": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n" + GRANT,
    "no chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + GRANT + b"\r\n",
    "no status line": GRANT + b"\r\n\r\n",
    "no head": b"HTTP/1.1 200 OK\r\n" + GRANT + b"\r\n\r\n",
    "a status of text": b"HTTP/1.1 " + GRANT + b"\r\n\r\n",
    "a header without a name": b"HTTP/1.1 200 OK\r\n: " + GRANT + b"\r\n\r\n",
    "a length of text": b"HTTP/1.1 200 OK\r\nContent-Length: " + GRANT + b"\r\n\r\n" + GRANT,
    "twice": body_of(1) + GRANT,
}


@pytest.mark.parametrize("what", BROKEN_GRANTS)
def test_no_failure_quotes_what_was_read(send: Callable[..., Answers], what: str) -> None:
    def script(number: int, say: Callable[[bytes], None], over: threading.Event) -> None:
        say(BROKEN_GRANTS[what])

    with scripted(script) as url:
        answers = send(url, 2, read_timeout=0.3)

    for answer in answers:
        assert "canary" not in repr(answer)
        assert isinstance(answer, Response) or "canary" not in answer.reason
