"""What the stand-in API promises as long as no fault is scripted, seen by ordinary HTTP clients."""

from __future__ import annotations

import itertools
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import requests

from tests.webex_api import ForeignServer, WebexApi, audio_of, faults, make_recordings

# Made once: httpx would load all certificates of the system for each client.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
START, END = "2026-11-01T00:00:00Z", "2026-11-08T00:00:00Z"
RECORDINGS = make_recordings(250, START, END)
OWN, ADMIN = "/convergedRecordings", "/admin/convergedRecordings"


@pytest.fixture
def api():
    with WebexApi(RECORDINGS) as api:
        yield api


def client_for(api: WebexApi, token: str | None = None) -> httpx.Client:
    return httpx.Client(headers={"Authorization": f"Bearer {token or api.token}"}, timeout=5, verify=NO_TLS)


def status_with(api: WebexApi, token: str, path: str = OWN) -> int:
    return get(api.url + path, headers={"Authorization": f"Bearer {token}"}).status_code


def get(url: str, **options) -> httpx.Response:
    return httpx.get(url, verify=NO_TLS, **options)


def pages(api: WebexApi, path: str = OWN, **params) -> list[list[dict]]:
    """All pages of a listing, by the next links as they stand."""
    found = []
    with client_for(api) as client:
        answer = client.get(api.url + path, params={"from": START, "to": END, **params})
        while True:
            assert answer.status_code == 200, answer.text
            found.append(answer.json()["items"])
            if "next" not in answer.links:
                return found
            answer = client.get(answer.links["next"]["url"])


def listed(api: WebexApi, path: str = OWN, **params) -> list[dict]:
    return list(itertools.chain.from_iterable(pages(api, path, **params)))


def recording_at(moment: str, recording_id: str = "", **fields) -> dict:
    recording = make_recordings(1, START, END)[0]
    return {**recording, "createTime": moment, "id": recording_id or f"at {moment}", **fields}


class TestWindow:
    @pytest.mark.parametrize(
        ("start", "end", "expected"),
        [
            ("2026-11-02T10:00:00Z", "2026-11-02T11:00:00Z", ["in", "at start"]),
            ("2026-11-02T18:00:00+08:00", "2026-11-02T12:00:00+01:00", ["in", "at start"]),
            ("2026-11-02T10:00:00.001Z", "2026-11-02T11:00:00.001Z", ["at end", "in"]),
            ("2026-11-02T10:00:00", "2026-11-02T10:00:00", []),
            ("20261102T10", "20261102T11", ["in", "at start"]),
            ("2026-11-02", "2026-11-03", ["at end", "in", "at start", "before"]),
        ],
    )
    def test_from_is_inclusive_and_to_exclusive_as_instants(self, start, end, expected):
        recordings = [
            recording_at("2026-11-02T11:59:59.999+02:00", "before"),
            recording_at("2026-11-02T18:00:00+08:00", "at start"),
            recording_at("2026-11-02T10:30:00Z", "in"),
            recording_at("2026-11-02T11:00:00.000Z", "at end"),
        ]
        with WebexApi(recordings) as api:
            found = [recording["id"] for recording in listed(api, **{"from": start, "to": end})]
            assert found == expected
            assert found == [recording["id"] for recording in api.recordings.between(start, end)]

    @pytest.mark.parametrize(
        ("params", "days"),
        [
            ({}, range(13, 20)),
            ({"to": "2026-11-10T00:00:00Z"}, range(3, 10)),
            ({"from": "2026-11-02T00:00:00Z"}, range(2, 9)),
            ({"from": "2026-11-02T00:00:00Z", "to": "2026-11-19T12:00:00Z"}, range(2, 20)),
        ],
    )
    def test_defaults(self, params, days):
        recordings = [recording_at(f"2026-11-{day:02}T06:00:00Z", f"{day}") for day in range(1, 29)]
        with WebexApi(recordings, now=lambda: datetime(2026, 11, 20, tzinfo=UTC)) as api, client_for(api) as client:
            answer = client.get(api.url + OWN, params={"max": "100", **params})
            assert sorted(int(recording["id"]) for recording in answer.json()["items"]) == list(days)

    def test_thirty_days_are_the_limit(self, api):
        with client_for(api) as client:
            window = {"from": "2026-11-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"}
            for path in (OWN, ADMIN):
                assert client.get(api.url + path, params=window).status_code == 200
                longer = {**window, "to": "2026-12-01T00:00:00.001Z"}
                assert client.get(api.url + path, params=longer).status_code == 400

    def test_the_default_window_stays_fixed_while_paging(self):
        clock = itertools.count()
        with WebexApi(make_recordings(30, START, END), now=lambda: datetime(2026, 11, 8, tzinfo=UTC)) as api:
            api.now = lambda: datetime(2026, 11, 8, tzinfo=UTC) + next(clock) * timedelta(days=1)
            with client_for(api) as client:
                answer = client.get(api.url + OWN)
                found = answer.json()["items"]
                while "next" in answer.links:
                    answer = client.get(answer.links["next"]["url"])
                    found += answer.json()["items"]
            assert found == api.recordings.all()


class TestPaging:
    @pytest.mark.parametrize("path", [OWN, ADMIN])
    @pytest.mark.parametrize("cursor", ["keyset", "offset"])
    @pytest.mark.parametrize("next_style", ["query", "cursor"])
    @pytest.mark.parametrize(("size", "count"), [(None, 25), ("100", 3), ("50", 5), ("83", 4)])
    def test_all_pages_make_the_truth_in_order(self, path, cursor, next_style, size, count):
        with WebexApi(RECORDINGS, cursor=cursor, next_style=next_style) as api:
            found = pages(api, path, **({"max": size} if size else {}))
            assert len(found) == count
            assert list(itertools.chain.from_iterable(found)) == api.recordings.all()
            assert all(len(page) == int(size or 10) for page in found[:-1])

    def test_newest_first_and_ties_by_id(self):
        recordings = [recording_at("2026-11-02T10:00:00Z", name) for name in "bdac"]
        recordings += [
            recording_at("2026-11-02T18:00:01+08:00", "newest"),
            recording_at("2026-11-01T23:59:59Z", "oldest"),
        ]
        with WebexApi(recordings) as api:
            for size in "123456":
                found = [recording["id"] for recording in listed(api, max=size)]
                assert found == ["newest", "a", "b", "c", "d", "oldest"]

    def test_filters_hold_on_later_pages(self):
        with WebexApi(RECORDINGS, next_style="cursor") as api:
            truth = api.recordings.between(START, END, storageRegion="JP")
            assert listed(api, max="7", storageRegion="JP") == truth
            assert [set(dict(seen.query)) for seen in api.list_requests[1:]] == [{"cursor"}] * 4

    @pytest.mark.parametrize(("cursor", "repeated"), [("keyset", 0), ("offset", 1)])
    def test_an_insertion_while_paging(self, cursor, repeated):
        with WebexApi(RECORDINGS, cursor=cursor) as api:
            before = api.recordings.all()
            api.faults.add(
                faults.insert_recording(recording_at("2026-11-07T23:59:59Z")), when=faults.nth_list_request(2)
            )
            found = [recording["id"] for recording in listed(api, max="100")]
            assert len(found) == len(before) + repeated
            assert set(found) == {recording["id"] for recording in before}

    def test_links_stay_on_the_host_the_client_named(self, api):
        with client_for(api) as client:
            answer = client.get(f"http://localhost:{api.port}/v1{OWN}", params={"from": START})
            assert answer.links["next"]["url"].startswith(f"http://localhost:{api.port}/v1{OWN}?")

    def test_the_store_can_change_while_it_is_served(self, api):
        first, second = api.recordings.all()[:2]
        api.recordings.remove(first["id"])
        api.recordings.update(second["id"], status="deleted")
        added = recording_at("2026-11-07T00:00:00Z", "added")
        api.recordings.add(added)
        found = listed(api, max="100")
        assert found == api.recordings.between(START, END)
        assert added in found
        assert first not in found
        assert second not in found
        assert listed(api, status="deleted") == [{**second, "status": "deleted"}]


class TestFilters:
    def test_topic_is_a_substring_in_any_case(self):
        topics = ["Call with Zoë MÜLLER", "müller calls", "Miller", None]
        recordings = [recording_at(f"2026-11-02T10:0{n}:00Z", topic=topic) for n, topic in enumerate(topics)]
        with WebexApi(recordings) as api:
            assert {recording["topic"] for recording in listed(api, topic="Müller")} == set(topics[:2])

    def test_several_filters_and_unknown_parameters(self, api):
        filters = {"storageRegion": "US", "ownerType": "user", "serviceType": "calling"}
        found = listed(api, **filters, max="100", unheardOf="yes")
        assert found == api.recordings.between(START, END, **filters)
        assert 0 < len(found) < 250

    def test_the_own_list_shows_my_recordings(self):
        recordings = make_recordings(50, START, END)
        mine = recordings[0]["ownerId"]
        with WebexApi(recordings, me=mine) as api:
            assert listed(api) == [recording for recording in recordings if recording["ownerId"] == mine]
            assert listed(api, ADMIN) == recordings

    def test_purged_recordings_are_for_compliance_officers(self):
        with WebexApi([recording_at("2026-11-02T10:00:00Z", status="purged")]) as api:
            assert len(listed(api, ADMIN, status="purged")) == 1
            admin = api.issue_token(["spark-admin:recordings_read"])
            assert status_with(api, admin, f"{ADMIN}?status=purged") == 403

    @pytest.mark.parametrize(
        ("zone", "created"),
        [
            ("UTC", "2026-11-02T10:00:00Z"),
            ("Asia/Singapore", "2026-11-02T18:00:00+08:00"),
            ("America/New_York", "2026-11-02T05:00:00-05:00"),
            (None, "2026-11-02T15:30:00+05:30"),
        ],
    )
    def test_times_in_the_zone_of_the_header(self, zone, created):
        recording = recording_at("2026-11-02T15:30:00+05:30")
        headers = {"timezone": zone} if zone else {}
        with WebexApi([recording]) as api, client_for(api) as client:
            for path in (f"{OWN}?from={START}", f"{OWN}/{recording['id']}"):
                answer = client.get(api.url + path, headers=headers).json()
                assert answer.get("items", [answer])[0]["createTime"] == created


class TestTokens:
    def test_missing_wrong_and_expired_tokens(self, api):
        later = datetime.now(UTC) + timedelta(seconds=61)
        short = api.issue_token(expires_in=60)
        assert api.live_tokens == [short]
        for header, status in (
            (f"Bearer {short}", 200),
            (f"bearer {short}", 200),
            (f"Basic {short}", 401),
            (None, 401),
        ):
            headers = {"Authorization": header} if header else {}
            assert get(api.url + OWN, headers=headers).status_code == status
        api.now = lambda: later
        assert status_with(api, short) == 401
        assert api.live_tokens == []

    def test_expired_on_command(self, api):
        token = api.issue_token()
        api.expire(token)
        assert status_with(api, token) == 401

    @pytest.mark.parametrize(
        ("scope", "statuses"),
        [
            ("spark:recordings_read", (200, 403, 200, 403)),
            ("spark-admin:recordings_read", (403, 200, 200, 403)),
            ("spark-compliance:recordings_read", (403, 200, 200, 403)),
            ("spark:people_read", (403, 403, 403, 200)),
        ],
    )
    def test_scopes(self, api, scope, statuses):
        details = f"{OWN}/{api.recordings.all()[0]['id']}"
        with client_for(api, api.issue_token([scope])) as client:
            for path, status in zip((OWN, ADMIN, details, "/people/me"), statuses, strict=True):
                assert client.get(api.url + path).status_code == status, path

    def test_who_am_i(self, api):
        with client_for(api) as client:
            answer = client.get(api.url + "/people/me").json()
        assert answer.keys() >= {"id", "emails", "displayName", "orgId"}

    def refresh(self, api, **changes):
        form = {
            "grant_type": "refresh_token",
            "client_id": "app",
            "client_secret": "s3cret",
            "refresh_token": "first",
            **changes,
        }
        return httpx.post(api.url + "/access_token", data=form, verify=NO_TLS)

    def test_refresh(self, api):
        api.add_client("app", "s3cret", "first", access_token_seconds=3600)
        answers = [self.refresh(api).json() for _ in range(2)]
        assert answers[0].keys() >= {"access_token", "expires_in", "refresh_token", "refresh_token_expires_in"}
        assert answers[0]["expires_in"] == 3600
        assert {answer["refresh_token"] for answer in answers} == {"first"}
        assert api.live_tokens == [answer["access_token"] for answer in answers]
        assert api.token_requests == 2
        for token in api.live_tokens:
            assert status_with(api, token, ADMIN) == 200

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"client_id": "other"}, 401),
            ({"client_secret": "wrong"}, 401),
            ({"refresh_token": "old"}, 400),
            ({"grant_type": "client_credentials"}, 400),
        ],
    )
    def test_refused_refresh(self, api, changes, status):
        api.add_client("app", "s3cret", "first")
        assert self.refresh(api, **changes).status_code == status
        assert api.live_tokens == []
        assert api.token_requests == 1

    @pytest.mark.parametrize(("invalidates_old", "status"), [(False, 200), (True, 400)])
    def test_rotation_and_revocation(self, api, invalidates_old, status):
        client = api.add_client(
            "app", "s3cret", "first", rotates=True, invalidates_old=invalidates_old, revokes_access_tokens=True
        )
        answer = self.refresh(api).json()
        assert answer["refresh_token"] == client.refresh_tokens[-1] != "first"
        second = self.refresh(api, refresh_token=answer["refresh_token"]).json()
        assert api.live_tokens == [second["access_token"]]
        assert self.refresh(api).status_code == status


class TestDownloads:
    def test_audio_and_texts(self):
        recording = recording_at("2026-11-02T10:00:00Z", sizeBytes=200_000, topic="Zoë / 山田")
        with WebexApi([recording]) as api, client_for(api) as client:
            links = client.get(f"{api.url}{OWN}/{recording['id']}").json()["temporaryDirectDownloadLinks"]
            audio = get(links.pop("audioDownloadLink"))
            assert audio.content == audio_of(recording)
            assert len(audio.content) == recording["sizeBytes"]
            assert audio.headers["content-type"] == "audio/mpeg"
            assert audio.headers["content-disposition"].startswith("attachment; filename*=UTF-8''Zo%C3%AB%20%2F%20")
            del links["expiration"]
            assert [get(link).status_code for link in links.values()] == [200] * 4

    def test_links_expire_after_three_hours(self, api):
        now = datetime.now(UTC)
        api.now = lambda: now
        recording = api.recordings.all()[0]
        with client_for(api) as client:
            links = client.get(f"{api.url}{OWN}/{recording['id']}").json()["temporaryDirectDownloadLinks"]
        assert parse_qs(urlsplit(links["audioDownloadLink"]).query).keys() >= {"ticket", "recordUUID"}
        assert abs(datetime.fromisoformat(links["expiration"]) - now - timedelta(hours=3)) < timedelta(seconds=1)
        api.now = lambda: now + timedelta(hours=2, minutes=59)
        assert get(links["audioDownloadLink"]).status_code == 200
        api.now = lambda: now + timedelta(hours=3)
        assert get(links["audioDownloadLink"]).status_code == 410
        assert get(f"{api.origin}/nbr/MultiThreadDownloadServlet?ticket=x").status_code == 403


class TestServer:
    def test_the_log_of_requests(self, api):
        with client_for(api) as client:
            client.get(api.url + OWN, params=[("max", "5"), ("topic", "a b")], headers={"timezone": "UTC"})
            client.get(api.url + "/nonesuch")
            client.post(api.url + "/access_token", data={"grant_type": "x"})
        get(api.url)
        first, second, third, _ = api.requests
        assert (first.method, first.path, first.status) == ("GET", "/v1/convergedRecordings", 200)
        assert first.query == [("max", "5"), ("topic", "a b")]
        assert first.url in ("/v1/convergedRecordings?max=5&topic=a+b", "/v1/convergedRecordings?max=5&topic=a%20b")
        assert first.header("Timezone") == "UTC"
        assert ("authorization", f"Bearer {api.token}") in first.headers
        assert (second.status, third.status, third.body) == (404, 400, b"grant_type=x")
        assert first.connection == second.connection == third.connection
        assert api.connections == 2
        assert api.list_requests == [first]
        assert first.at < second.at
        api.reset()
        assert api.requests == []

    def test_keep_alive_serves_requests_and_httpx(self, api):
        with requests.Session() as session:
            for _ in range(3):
                assert session.get(api.url + OWN, headers={"Authorization": f"Bearer {api.token}"}).ok
        assert api.connections == 1

    def test_latency_and_concurrency(self, api):
        api.latency = 0.1
        began = time.monotonic()
        threads = [threading.Thread(target=status_with, args=(api, api.token)) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 0.1 <= time.monotonic() - began < 0.9
        assert [seen.status for seen in api.requests] == [200] * 10

    def test_date_comes_from_the_clock(self, api):
        api.now = lambda: datetime(2026, 11, 2, 3, 4, 5, tzinfo=UTC)
        assert get(api.url).headers["date"] == "Mon, 02 Nov 2026 03:04:05 GMT"
        api.now = lambda: datetime(2026, 11, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=-2)))
        assert get(api.url).headers["date"] == "Mon, 02 Nov 2026 05:04:05 GMT"

    def test_starts_and_stops_promptly_even_with_a_stalled_answer(self):
        began = time.monotonic()
        with WebexApi() as api:
            api.faults.add(faults.stall())
            connection = socket.create_connection(("127.0.0.1", api.port))
            connection.sendall(b"GET /v1 HTTP/1.1\r\nHost: x\r\n\r\n")
            while not api.requests:
                time.sleep(0.001)
        assert time.monotonic() - began < 1
        connection.close()

    def test_stopped_it_refuses_connections_and_comes_back_on_the_same_port(self, api):
        url = api.url
        api.stop()
        with pytest.raises(httpx.ConnectError):
            get(url)
        api.start()
        assert api.url == url
        assert get(url).status_code == 404

    def test_a_large_store_answers_quickly(self):
        recordings = make_recordings(100_000, "2026-01-01", "2027-01-01")
        assert recordings[-1]["createTime"] == "2026-01-01T00:00:00Z"
        with WebexApi(recordings) as api, client_for(api) as client:
            window = {"from": "2026-06-01", "to": "2026-07-01", "max": "100"}
            client.get(api.url + OWN, params=window)
            began = time.monotonic()
            for _ in range(20):
                assert len(client.get(api.url + OWN, params=window).json()["items"]) == 100
            assert (time.monotonic() - began) / 20 < 0.05

    def test_recordings_are_deterministic_and_varied(self):
        recordings = make_recordings(1000, START, END, offsets=True, milliseconds=True)
        assert recordings == make_recordings(1000, START, END, offsets=True, milliseconds=True)
        assert recordings[0]["id"] != make_recordings(1000, START, END, seed=1)[0]["id"]
        assert len({recording["id"] for recording in recordings}) == 1000
        assert {len(recording["id"]) for recording in recordings} == {32, 36}
        assert {recording["createTime"][23:] for recording in recordings} == {"Z", "+08:00", "-05:00", "+05:30"}
        assert {"serviceData" in recording for recording in recordings} == {True, False}
        with WebexApi(recordings) as api:
            assert api.recordings.between(START, END) == recordings

    def test_a_foreign_server_tells_what_it_was_sent(self):
        with ForeignServer() as foreign:
            assert get(f"{foreign.url}/x?secret=1", headers={"Authorization": "Bearer t"}).json() == {"items": []}
            assert foreign.saw("Bearer t")
            assert foreign.saw("secret=1")
            assert not foreign.saw("other")
            assert foreign.requests[0].path == "/v1/x"
