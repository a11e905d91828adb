"""Each fault as a client meets it; `test_every_fault_is_tested` keeps this complete."""

from __future__ import annotations

import json
import re
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from tests.webex_api import ForeignServer, WebexApi, faults, make_recordings

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # made once: httpx would load all certificates for each client
START, END = "2026-11-01T00:00:00Z", "2026-11-08T00:00:00Z"
LIST = f"/v1/convergedRecordings?from={START}&to={END}&max=100"
RECORDINGS = make_recordings(250, START, END)
FORM = {"grant_type": "refresh_token", "client_id": "app", "client_secret": "secret", "refresh_token": "refresh"}


@pytest.fixture
def api():
    with WebexApi(RECORDINGS) as api:
        api.add_client("app", "secret", "refresh")
        yield api


@pytest.fixture
def client(api):
    headers = {"Authorization": f"Bearer {api.token}"}
    with httpx.Client(base_url=api.origin, headers=headers, timeout=5, verify=NO_TLS) as client:
        yield client


def follow(client: httpx.Client, url: str = LIST, limit: int = 20) -> list[httpx.Response]:
    """A naive client: follows every next link, up to a limit, and wants status 200."""
    answers = [client.get(url)]
    while "next" in answers[-1].links and len(answers) < limit:
        answers.append(client.get(urljoin(str(answers[-1].url), answers[-1].links["next"]["url"])))
    assert {answer.status_code for answer in answers} == {200}
    return answers


def items(answers: list[httpx.Response]) -> list[dict]:
    return [item for answer in answers for item in answer.json()["items"]]


def exchange(api: WebexApi, url: str = LIST) -> tuple[bytes, Exception | None]:
    """What a bare socket reads before the connection ends, and the error that ended it."""
    received = b""
    with socket.create_connection(("127.0.0.1", api.port), timeout=5) as connection:
        request = f"GET {url} HTTP/1.1\r\nHost: 127.0.0.1:{api.port}\r\nAuthorization: Bearer {api.token}\r\n\r\n"
        connection.sendall(request.encode())
        try:
            while data := connection.recv(65536):
                received += data
        except OSError as error:
            return received, error
    return received, None


def body_of(received: bytes) -> tuple[int, bytes]:
    """The Content-Length that was promised and the body that came."""
    head, _, body = received.partition(b"\r\n\r\n")
    return int(re.search(rb"content-length: (\d+)", head)[1]), body


class TestScript:
    def test_times_order_and_counts(self, api, client):
        first = api.faults.add(faults.status(503), times=2)
        second = api.faults.add(faults.status(429))
        assert [client.get(LIST).status_code for _ in range(4)] == [503, 503, 429, 200]
        assert (first.applied, second.applied) == (2, 1)
        api.faults.add(faults.status(503), times=None)
        assert [client.get(LIST).status_code for _ in range(5)] == [503] * 5
        assert api.faults.applied == {"status": 8}
        assert api.faults.pending == []
        api.reset()
        assert client.get(LIST).status_code == 200

    @pytest.mark.parametrize(
        ("when", "statuses"),
        [
            (faults.nth_list_request(2), [200, 200, 503, 503, 200]),
            (faults.nth_request(2), [200, 503, 503, 200, 200]),
            (faults.any_list(), [503, 200, 503, 200, 200]),
            (faults.path("/v1/people/me"), [200, 503, 200, 200, 200]),
            (faults.path("/v1/convergedRec*"), [503, 200, 503, 200, 200]),
            ("/v1/people/me", [200, 503, 200, 200, 200]),
            (faults.method("post"), [200, 200, 200, 200, 503]),
            (faults.token_request(), [200, 200, 200, 200, 503]),
            (faults.max_over(50), [503, 200, 200, 200, 200]),
            (faults.parameter("max"), [503, 200, 503, 200, 200]),
            (faults.parameter("max", "50"), [200, 200, 503, 200, 200]),
            (faults.both(faults.first_page(), faults.parameter("max", "50")), [200, 200, 503, 200, 200]),
            (faults.later_page(), [200, 200, 200, 200, 200]),
            (faults.details_request(), [200, 200, 200, 200, 200]),
            (faults.download(), [200, 200, 200, 200, 200]),
            (None, [503, 503, 200, 200, 200]),
        ],
    )
    def test_conditions(self, api, client, when, statuses):
        api.faults.add(faults.status(503), times=2, when=when)
        paths = (LIST, "/v1/people/me", LIST.replace("100", "50"), "/v1/convergedRecordings")
        answers = [client.get(path) for path in paths] + [client.post("/v1/access_token", data=FORM)]
        assert [answer.status_code for answer in answers] == statuses

    def test_conditions_on_later_pages_details_and_downloads(self, api, client):
        api.next_style = "cursor"
        api.faults.add(faults.status(504), times=None, when=faults.both(faults.later_page(), faults.max_over(50)))
        url = client.get(LIST).links["next"]["url"]
        assert [client.get(url).status_code for _ in range(2)] == [504, 504]
        assert len(follow(client, LIST.replace("100", "50"))) == 5
        api.faults.add(faults.status(404), when=faults.details_request())
        api.faults.add(faults.status(403), when=faults.download())
        details = f"/v1/convergedRecordings/{api.recordings.all()[0]['id']}"
        assert client.get(details).status_code == 404
        link = client.get(details).json()["temporaryDirectDownloadLinks"]["audioDownloadLink"]
        assert [client.get(link).status_code for _ in range(2)] == [403, 200]
        token = api.issue_token()
        api.faults.add(faults.status(401), times=None, when=faults.with_token(token))
        assert client.get(LIST).status_code == 200
        assert client.get(LIST, headers={"Authorization": f"Bearer {token}"}).status_code == 401

    def test_a_fault_that_does_not_fit_is_neither_applied_nor_counted(self, api, client):
        api.faults.add(faults.next_link("self"))
        api.faults.add(faults.no_items())
        assert client.get("/v1/people/me").status_code == 200
        assert client.get("/v1/convergedRecordings", headers={"Authorization": ""}).status_code == 401
        assert client.get(LIST.replace(START, "2026-11-07T12:00:00Z")).json() == {}
        assert api.faults.applied == {"no_items": 1}
        assert [rule.fault.name for rule in api.faults.pending] == ["next_link"]

    def test_every_fault_is_tested(self):
        text = Path(__file__).read_text()
        assert [name for name in faults.FAULTS if f"faults.{name}(" not in text] == []
        assert faults.FAULTS.keys() | faults.CONDITIONS.keys() <= set(faults.__all__)


class TestStatus:
    @pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 410, 415, 423, 428, 429, 500, 502, 503, 504, 418])
    def test_webex_error_body(self, api, client, code):
        api.faults.add(faults.status(code, message="Sorry."))
        answer = client.get(LIST)
        assert answer.status_code == code
        assert answer.json()["message"] == answer.json()["errors"][0]["description"] == "Sorry."
        assert answer.json()["trackingId"] == answer.headers["trackingId"]
        assert "retry-after" not in answer.headers

    @pytest.mark.parametrize("text", ["2", "0", "-1", "soon", "99999999", "1.5", "", "Mon, 02 Nov 2026 03:04:05 GMT"])
    @pytest.mark.parametrize("code", [423, 429, 503])
    def test_retry_after(self, api, client, code, text):
        api.faults.add(faults.status(code, retry_after=text))
        assert client.get(LIST).headers["retry-after"] == text

    def test_retry_after_as_a_date(self, api, client):
        api.now = lambda: datetime(2026, 11, 2, tzinfo=UTC)
        api.faults.add(faults.status(429, retry_after_date=90))
        answer = client.get(LIST)
        dates = [parsedate_to_datetime(answer.headers[name]) for name in ("retry-after", "date")]
        assert dates[0] - dates[1] == timedelta(seconds=90)

    def test_any_body_and_headers(self, api, client):
        api.faults.add(faults.status(500, body={"error": "x"}, headers={"X-More": "1"}))
        api.faults.add(faults.status(502, body="<html>", headers={"content-type": "text/html"}))
        api.faults.add(faults.status(429, body=b""))
        answer = client.get(LIST)
        assert (answer.json(), answer.headers["x-more"]) == ({"error": "x"}, "1")
        answer = client.get(LIST)
        assert (answer.text, answer.headers["content-type"]) == ("<html>", "text/html")
        assert client.get(LIST).content == b""

    def test_no_content(self, api, client):
        api.faults.add(faults.no_content())
        api.faults.add(faults.status(204))
        for _ in range(2):
            answer = client.get(LIST)
            assert (answer.status_code, answer.content) == (204, b"")
        assert client.get(LIST).status_code == 200
        assert api.connections == 1

    @pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
    def test_redirect_elsewhere_and_to_itself(self, api, client, code):
        with ForeignServer() as foreign:
            api.faults.add(faults.redirect(f"{foreign.origin}{{path}}?{{query}}", code))
            answer = client.get(LIST, follow_redirects=True)
            assert answer.json() == {"items": []}
            assert foreign.requests[0].url == LIST
        api.faults.add(faults.redirect("{url}", code))
        assert client.get(LIST, follow_redirects=True).json()["items"]
        assert [seen.status for seen in api.requests] == [code, code, 200]

    def test_an_error_that_echoes_secrets(self, api, client):
        api.faults.add(faults.echo_secrets(), times=2)
        assert f"Bearer {api.token}" in client.get(LIST).json()["message"]
        assert "client_secret=s3" in client.post("/v1/access_token", data={"client_secret": "s3"}).json()["message"]


class TestBody:
    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            (faults.html(), b"<!DOCTYPE html>"),
            (faults.body("null"), b"null"),
            (faults.body(b"\x00\xff", content_type="application/octet-stream", code=203), b"\x00\xff"),
            (faults.empty_body(), b""),
            (faults.no_items(), b"{}"),
            (faults.items_null(), b'{"items": null}'),
            (faults.items_not_a_list(), b'{"items": "none"}'),
            (faults.items_not_a_list({"a": 1}), b'{"items": {"a": 1}}'),
            (faults.json_list(), b'[{"id": '),
            (faults.bom(), b'\xef\xbb\xbf{"items":[{'),
            (faults.truncated_json(0.001), b'{"items":[{"id": '),
        ],
    )
    def test_bodies(self, api, client, fault, expected):
        api.faults.add(fault)
        answer = client.get(LIST)
        assert answer.status_code in (200, 203)
        assert answer.content.startswith(expected)
        assert len(answer.content) == int(answer.headers["content-length"])
        assert answer.headers["trackingid"]
        assert len(client.get(LIST).json()["items"]) == 100

    def test_a_body_without_items_keeps_the_next_link(self, api, client):
        for fault in (faults.empty_body(), faults.no_items(), faults.items_null()):
            api.faults.add(fault)
            assert client.get(client.get(LIST).links["next"]["url"]).json()["items"]

    def test_truncated_json(self, api, client):
        api.faults.add(faults.truncated_json())
        answer = client.get(LIST)
        with pytest.raises(json.JSONDecodeError):
            answer.json()

    def test_invalid_utf8(self, api, client):
        api.faults.add(faults.invalid_utf8())
        with pytest.raises(UnicodeDecodeError):
            client.get(LIST).content.decode("utf-8")

    @pytest.mark.parametrize("fault", [faults.gzip(), faults.deflate(), faults.deflate(raw=True), faults.chunked()])
    def test_encodings(self, api, client, fault):
        api.faults.add(fault, times=None)
        answers = follow(client)
        assert items(answers) == api.recordings.all()
        header = "transfer-encoding" if fault.name == "chunked" else "content-encoding"
        assert {answer.headers[header] for answer in answers} == {fault.name}
        assert api.connections == 1

    def test_malformed_chunk(self, api, client):
        api.faults.add(faults.malformed_chunk())
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(LIST)

    def test_corrupt_gzip(self, api, client):
        api.faults.add(faults.corrupt_gzip())
        with pytest.raises(httpx.DecodingError):
            client.get(LIST)

    def test_truncated_gzip(self, api, client):
        api.faults.add(faults.truncated_gzip())
        with pytest.raises((json.JSONDecodeError, UnicodeDecodeError)):
            client.get(LIST).json()

    def test_large_body(self, api, client):
        api.faults.add(faults.large_body(3_000_000))
        answer = client.get(LIST)
        assert len(answer.content) > 3_000_000
        assert len(answer.json()["items"]) == 100

    def test_edited_and_repeated_items(self, api, client):
        truth = api.recordings.all()[:10]
        url = LIST.replace("100", "10")
        api.faults.add(faults.edit_items(remove=["topic", "nonesuch"], change={"ownerEmail": None, "x": [1]}, every=2))
        found = client.get(url).json()["items"]
        assert found[1::2] == truth[1::2]
        assert [("topic" in item, item["ownerEmail"], item["x"]) for item in found[::2]] == [(False, None, [1])] * 5
        api.faults.add(faults.add_items([None, truth[0]]))
        api.faults.add(faults.add_items([truth[3]], at_end=False))
        api.faults.add(faults.duplicate_items())
        assert client.get(url).json()["items"] == [*truth, None, truth[0]]
        assert client.get(url).json()["items"] == [truth[3], *truth]
        assert client.get(url).json()["items"][:4] == [truth[0], truth[0], truth[1], truth[1]]
        assert client.get(url).json()["items"] == truth

    def test_edited_details_and_tokens(self, api, client):
        links = "temporaryDirectDownloadLinks"
        api.faults.add(faults.edit_body(remove=[f"{links}.transcriptDownloadLink"], change={"status": "archived"}))
        answer = client.get(f"/v1/convergedRecordings/{api.recordings.all()[0]['id']}").json()
        assert answer["status"] == "archived"
        assert "audioDownloadLink" in answer[links]
        assert "transcriptDownloadLink" not in answer[links]
        api.faults.add(faults.edit_body(remove=["expires_in", "refresh_token"]), when=faults.token_request())
        answer = client.post("/v1/access_token", data=FORM).json()
        assert answer.keys() == {"access_token", "refresh_token_expires_in", "token_type"}


class TestState:
    def test_recordings_that_come_and_go(self, api, client):
        newest, last = api.recordings.all()[0], api.recordings.all()[-1]
        api.faults.add(faults.insert_recording(), when=faults.nth_list_request(2))
        api.faults.add(faults.remove_recording(last["id"]), when=faults.nth_list_request(3))
        found = items(follow(client))
        assert len(found) == 249
        assert last not in found
        assert api.recordings.all()[1] == newest
        assert api.recordings.all()[0]["createTime"] > newest["createTime"]

    def test_a_token_that_expires_in_mid_listing(self, api, client):
        api.faults.add(faults.expire_token(), when=faults.nth_list_request(2))
        first = client.get(LIST)
        assert client.get(first.links["next"]["url"]).status_code == 401
        assert client.get(LIST).status_code == 401


class TestConnection:
    def test_reset(self, api, client):
        api.faults.add(faults.reset(), times=2)
        received, error = exchange(api)
        assert (received, type(error)) == (b"", ConnectionResetError)
        with pytest.raises(httpx.ReadError):
            client.get(LIST)
        assert client.get(LIST).status_code == 200
        assert [seen.status for seen in api.requests] == [None, None, 200]

    def test_close(self, api, client):
        api.faults.add(faults.close(), times=2)
        assert exchange(api) == (b"", None)
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            client.get(LIST)

    @pytest.mark.parametrize("after", [None, 0, 1, 20_000])
    def test_reset_in_body(self, api, client, after):
        api.faults.add(faults.reset_in_body(after), times=2)
        received, error = exchange(api)
        promised, body = body_of(received)
        assert type(error) is ConnectionResetError
        assert len(body) == (promised // 2 if after is None else after)
        with pytest.raises(httpx.ReadError):
            client.get(LIST)

    @pytest.mark.parametrize("after", [None, 0, 1, 20_000])
    def test_close_in_body(self, api, client, after):
        api.faults.add(faults.close_in_body(after), times=2)
        received, error = exchange(api)
        promised, body = body_of(received)
        assert error is None
        assert len(body) == (promised // 2 if after is None else after)
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
            client.get(LIST)

    def test_close_afterwards(self, api, client):
        api.faults.add(faults.close_afterwards(), times=2)
        received, error = exchange(api)
        promised, body = body_of(received)
        assert (error, len(body)) == (None, promised)
        assert b"connection: close" not in received
        assert len(client.get(LIST).json()["items"]) == 100

    def test_raw(self, api, client):
        api.faults.add(faults.raw(b"SSH-2.0-OpenSSH\r\n"))
        api.faults.add(faults.raw("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"))
        assert exchange(api) == (b"SSH-2.0-OpenSSH\r\n", None)
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(LIST)


class TestSlowness:
    def test_stall_until_the_client_leaves(self, api, client):
        for fault in (faults.stall(), faults.stall_body(), faults.stall_body(after=10)):
            api.faults.add(fault)
            with pytest.raises(httpx.ReadTimeout):
                client.get(LIST, timeout=0.1)
        assert client.get(LIST).status_code == 200
        assert [seen.status for seen in api.requests] == [None, 200, 200, 200]

    def test_stall_for_a_time(self, api, client):
        for fault in (faults.stall(0.1), faults.stall_body(0.1)):
            api.faults.add(fault)
            began = time.monotonic()
            assert len(client.get(LIST).json()["items"]) == 100
            assert time.monotonic() - began >= 0.1

    def test_stall_of_the_token_endpoint(self, api, client):
        api.faults.add(faults.stall(0.1), when=faults.token_request())
        with pytest.raises(httpx.ReadTimeout):
            client.post("/v1/access_token", timeout=0.05)

    def test_drip(self, api, client):
        api.faults.add(faults.drip(size=5000, every=0.01))
        with client.stream("GET", LIST) as answer:
            pieces = [(time.monotonic(), piece) for piece in answer.iter_raw()]
        body = b"".join(piece for _, piece in pieces)
        assert len(json.loads(body)["items"]) == 100
        assert pieces[-1][0] - pieces[0][0] >= 0.05
        assert client.get(LIST).status_code == 200
        assert api.connections == 1

    def test_drip_headers(self, api, client):
        api.faults.add(faults.drip_headers(size=50, every=0.01))
        began = time.monotonic()
        answer = client.get(LIST)
        assert len(answer.json()["items"]) == 100
        assert "next" in answer.links
        assert time.monotonic() - began >= 0.05

    def test_drips_end_when_the_client_leaves(self, api, client):
        for fault in (faults.drip(every=0.05), faults.drip_headers(every=0.05)):
            api.faults.add(fault)
            with pytest.raises(httpx.ReadTimeout):
                client.get(LIST, timeout=0.02)


class TestPages:
    def test_empty_pages(self, api, client):
        api.faults.add(faults.empty_page(), times=3, when=faults.nth_list_request(2))
        answers = follow(client)
        assert [len(answer.json()["items"]) for answer in answers] == [100, 0, 0, 0, 100, 50]
        assert items(answers) == api.recordings.all()

    @pytest.mark.parametrize("next_style", ["query", "cursor"])
    def test_endlessly_many_empty_pages(self, api, client, next_style):
        api.next_style = next_style
        api.faults.add(faults.empty_page(), times=None, when=faults.nth_list_request(2))
        answers = follow(client, limit=30)
        assert len({answer.url for answer in answers}) == len(answers) == 30
        assert items(answers) == api.recordings.all()[:100]

    @pytest.mark.parametrize("next_style", ["query", "cursor"])
    def test_a_trailing_empty_page(self, api, client, next_style):
        api.next_style = next_style
        api.faults.add(faults.trailing_empty_page())
        answers = follow(client)
        assert [len(answer.json()["items"]) for answer in answers] == [100, 100, 50, 0]

    @pytest.mark.parametrize("next_style", ["query", "cursor"])
    @pytest.mark.parametrize("form", ["relative-path", "relative-query", "relative-cursor", "only-cursor", "fragment"])
    def test_strange_links_that_lead_on(self, api, client, form, next_style):
        api.next_style = next_style
        api.faults.add(faults.next_link(form), times=None)
        assert items(follow(client)) == api.recordings.all()
        assert api.faults.applied == {"next_link": 2}

    @pytest.mark.parametrize("form", faults.NEXT_LINKS)
    def test_links_as_they_are_written(self, api, client, form):
        origin = api.origin
        api.faults.add(faults.next_link(form), when=faults.nth_list_request(2))
        truth = client.get(client.get(LIST).links["next"]["url"].replace(origin, "")).headers["link"]
        written = truth.removeprefix("<").removesuffix('>; rel="next"')
        host = f"127.0.0.1:{api.port}"
        expected = {
            "self": rf"{origin}/v1/\S+max=100&cursor=\S+",
            "earlier": re.escape(origin + LIST),
            "relative-path": r"/v1/convergedRecordings\?from=\S+&max=100&cursor=\w+",
            "relative-query": r"\?from=\S+&max=100&cursor=\w+",
            "relative-cursor": r"\?cursor=\w+",
            "protocol-relative": rf"//{host}/v1/convergedRecordings\?from=\S+",
            "only-cursor": rf"{origin}/v1/convergedRecordings\?cursor=\w+",
            "max-null": rf"{origin}/v1/convergedRecordings\?from=\S+&max=null&cursor=\w+",
            "valueless-parameter": rf"{origin}/v1/convergedRecordings\?from=\S+&before",
            "doubled-scheme": rf"http,{origin}/v1/convergedRecordings\?from=\S+",
            "https": rf"https://{host}/v1/convergedRecordings\?from=\S+",
            "userinfo": rf"http://user:secret@{host}/v1/\S+",
            "origin-as-userinfo": rf"http://{host}@other\.invalid/v1/\S+",
            "other-host": r"http://other\.invalid/v1/convergedRecordings\?from=\S+",
            "other-port": r"http://127\.0\.0\.1:1/v1/convergedRecordings\?from=\S+",
            "other-protocol-relative": r"//other\.invalid/v1/convergedRecordings\?from=\S+",
            "file": "file:///etc/passwd",
            "javascript": r"javascript:alert\(1\)",
            "fragment": rf"{origin}/v1/\S+#items",
            "empty": "",
            "not-a-url": r"http://\[",
        }
        assert re.fullmatch(expected[form], written), written

    def test_max_null_fails_on_the_next_page(self, api, client):
        api.faults.add(faults.next_link("max-null"))
        assert client.get(client.get(LIST).links["next"]["url"]).status_code == 400

    def test_links_that_go_round(self, api, client):
        api.faults.add(faults.next_link("self"), when=faults.nth_list_request(2))
        pages = [answer.json()["items"] for answer in follow(client)]
        assert pages[1] == pages[2] != pages[3]
        api.reset()
        api.faults.add(faults.next_link("earlier"), when=faults.nth_list_request(2))
        pages = [answer.json()["items"] for answer in follow(client)]
        assert pages[0] == pages[2]
        assert len(pages) == 5

    def test_a_link_to_another_origin_gets_there(self, api, client):
        with ForeignServer() as foreign:
            api.faults.add(faults.next_origin(foreign.origin))
            assert len(follow(client)) == 2
            assert foreign.requests[0].path == "/v1/convergedRecordings"
            assert foreign.saw(api.token), "this naive client sends the token anywhere"

    @pytest.mark.parametrize("spelling", faults.LINK_SPELLINGS)
    def test_every_spelling_is_legal_and_leads_on(self, api, client, spelling):
        api.faults.add(faults.link_header(spelling), times=None)
        found, url = [], LIST
        while url:
            answer = client.get(url)
            assert answer.status_code == 200
            found += answer.json()["items"]
            url = next_by_rfc_8288(answer)
        assert found == api.recordings.all()

    def test_link_headers_of_ones_own(self, api, client):
        api.faults.add(faults.link_header('<{first}>; rel="prev"', '<{url}>; rel="next"'))
        assert len(client.get(LIST).headers.get_list("link")) == 2
        api.faults.add(faults.link_header())
        assert "link" not in client.get(LIST).headers


def next_by_rfc_8288(answer: httpx.Response) -> str | None:
    """The target of the first link with relation "next" whose context is this page (RFC 8288, appendix B.2)."""
    for target, parameters in parse_links(", ".join(answer.headers.get_list("link"))):
        relations = next((value for name, value in parameters if name == "rel"), "").lower().split()
        anchor = next((value for name, value in parameters if name == "anchor"), "")
        if "next" in relations and urljoin(str(answer.url), anchor) == str(answer.url):
            return urljoin(str(answer.url), target)
    return None


LINK = re.compile(r"\s*<([^>]*)>((?:\s*;\s*(?:[^\s=;,]+(?:\s*=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s;,\"]*))?)?)*)\s*(?:,|$)")
PARAMETER = re.compile(r";\s*([^\s=;,]+)(?:\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;,\"]*)))?")


def parse_links(header: str) -> list[tuple[str, list[tuple[str, str]]]]:
    links, position = [], 0
    while position < len(header):
        if header[position] in ", \t":
            position += 1
            continue
        link = LINK.match(header, position)
        assert link, f"not a Link header: {header[position:]!r}"
        links.append((link[1], [(name.lower(), quoted or plain) for name, quoted, plain in PARAMETER.findall(link[2])]))
        position = link.end()
    return links
