"""Two HTTP libraries, one behaviour: what goes out, and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_provider_webex_recordings.webex.messages import Failure, Purpose, Request, Response
from tests.helpers.credentials import PROXY_PASSWORD, TOKEN
from tests.helpers.exchanging import OPTIONS, SEND, Answers, listing
from tests.helpers.tls import EMPTY_PAGE, plain_server
from tests.webex_api import ForeignServer, WebexApi, faults


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


@pytest.mark.parametrize("proxied", [False, True])
@pytest.mark.parametrize(
    ("method", "body"), [("GET", None), ("POST", b"a=b&c=%20"), ("POST", b""), ("POST", None), ("DELETE", None)]
)
def test_both_libraries_send_the_same(method: str, body: bytes | None, proxied: bool) -> None:
    heard: list[bytes] = []
    with plain_server(EMPTY_PAGE, heard) as port:
        for send in SEND.values():
            url = f"http://127.0.0.1:{port}/v1/a%2Fb%C3%BC//c+d%20e;f?next=%2F%41&before&=&x=a%20b+c,:"
            proxy = f"http://user:{PROXY_PASSWORD}@127.0.0.1:{port}" if proxied else None
            send(
                [Request(url, method, {"Authorization": f"Bearer {TOKEN}"}, body, purpose=Purpose.LISTING)],
                {**OPTIONS, "proxy": proxy},
            )

    (line, *headers), (other_line, *other_headers) = [head.partition(b"\r\n\r\n")[0].split(b"\r\n") for head in heard]
    assert line == other_line
    assert sorted(map(bytes.lower, headers)) == sorted(map(bytes.lower, other_headers))


def test_a_form_is_posted_as_it_is(api: WebexApi, send: Callable[..., Answers]) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    send(Request(f"{api.url}/access_token", "POST", headers, b"a=b&c=%20", purpose=Purpose.TOKEN))

    (seen,) = api.requests
    assert (seen.method, seen.body, seen.header("content-type")) == ("POST", b"a=b&c=%20", headers["Content-Type"])
    assert seen.header("content-length") == "9"


@pytest.mark.parametrize(
    "query",
    [
        "?a=b%2Fc+d%20e",
        "?a=%2f%aF&b=%x%",
        "?max=10&before&=&x=%C3%BC",
        "?a=1;2,3:4@5!6$7'8(9)*~",
        "?",
        "?a=%25&&b",
        "//../x/./y?a=/?:",
    ],
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


def test_no_library_repeats_a_request_by_itself(api: WebexApi, send: Callable[..., Answers]) -> None:
    api.faults.add(faults.close(), when=faults.nth_list_request(2))

    answers = send(*[listing(api.url)] * 2)

    assert [type(answer) for answer in answers] == [Response, Failure]
    assert [seen.connection for seen in api.requests] == [api.requests[0].connection] * 2, "kept alive, and asked once"


def test_after_a_broken_answer_the_next_one_is_whole(api: WebexApi, send: Callable[..., Answers]) -> None:
    api.faults.add(faults.stall_body(after=3))
    api.faults.add(faults.close_in_body())
    api.faults.add(faults.drip(3, 0.1))

    answers = send(*[listing(api.url)] * 4, read_timeout=0.15, total_timeout=0.25)

    assert [type(answer) for answer in answers] == [Failure, Failure, Failure, Response]
    assert answers[3].body == b'{"items":[]}'


def test_a_long_link_is_read(api: WebexApi, send: Callable[..., Answers]) -> None:
    api.faults.add(faults.status(200, headers={"Link": f"<{'a' * 30_000}>"}, body={}))

    (answer,) = send(listing(api.url))

    assert isinstance(answer, Response)
    assert len(answer.header("link") or "") == 30_002
