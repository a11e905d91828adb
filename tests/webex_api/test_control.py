"""The stand-in API scripted over HTTP, and run as a program."""

from __future__ import annotations

import json
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.webex_api import WebexApi, faults, make_recordings

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # made once: httpx would load all certificates for each client
ROOT = Path(__file__).parents[2]
START, END = "2026-11-01T00:00:00Z", "2026-11-08T00:00:00Z"
LIST = f"/v1/convergedRecordings?from={START}&to={END}"

SPECS = {
    "add_items": {"items": [None]},
    "body": ["[]"],
    "next_link": ["self"],
    "next_origin": ["http://other.invalid"],
    "raw": ["nonsense"],
    "redirect": ["{url}"],
    "remove_recording": ["x"],
    "status": {"code": 429, "retry_after": "2"},
}


@pytest.fixture
def api():
    with WebexApi(make_recordings(50, START, END)) as api:
        yield api


@pytest.fixture
def client(api):
    headers = {"Authorization": f"Bearer {api.token}"}
    with httpx.Client(base_url=api.origin, headers=headers, timeout=5, verify=NO_TLS) as client:
        yield client


@pytest.mark.parametrize("name", faults.FAULTS)
def test_every_fault_can_be_scripted_in_json(api, client, name):
    spec = {"fault": name, "times": 2, "when": {"nth_list_request": 2, "any_list": True}}
    answer = client.post("/_control/faults", json={**spec, "args": SPECS[name]} if name in SPECS else spec)
    assert answer.status_code == 200, answer.text
    assert [(rule.fault.name, rule.times) for rule in api.faults.rules] == [(name, 2)]


def test_faults_over_http(api, client):
    specs = [
        {"fault": "status", "args": {"code": 429, "retry_after": "2"}, "times": 2, "when": {"nth_list_request": 2}},
        {"fault": "status", "args": [503], "when": {"path": "/v1/people/me"}},
    ]
    client.post("/_control/faults", json=specs)
    assert [client.get(LIST).status_code for _ in range(4)] == [200, 429, 429, 200]
    assert client.get("/v1/people/me").status_code == 503
    state = client.get("/_control/faults").json()
    assert state["applied"] == {"status": 3}
    assert [(rule["times"], rule["applied"]) for rule in state["faults"]] == [(0, 2), (0, 1)]
    client.delete("/_control/faults")
    assert api.faults.rules == []


@pytest.mark.parametrize(
    "spec",
    [
        {"fault": "nonesuch"},
        {"fault": "status"},
        {"args": {}},
        {"fault": "reset", "when": {"nonesuch": 1}},
        {"fault": "reset", "args": {"x": 1}},
    ],
)
def test_mistakes_are_told(api, client, spec):
    answer = client.post("/_control/faults", json=spec)
    assert answer.status_code == 400
    assert "status" in answer.json()["faults"]
    assert api.faults.rules == []


def test_requests_recordings_and_reset(api, client):
    added = make_recordings(2, START, END, seed=9)
    assert client.post("/_control/recordings", json=added[0]).json() == {"added": [added[0]["id"]]}
    client.post("/_control/recordings", json=[added[1]])
    client.post("/_control/recordings", json={"make": {"count": 3, "start": START, "end": END, "seed": 8}})
    assert len(api.recordings) == 55
    client.delete(f"/_control/recordings/{added[0]['id']}")
    assert len(api.recordings) == 54
    client.get(LIST)
    log = client.get("/_control/requests").json()
    assert log["connections"] == 1
    assert [(seen["method"], seen["url"], seen["status"]) for seen in log["requests"]] == [("GET", LIST, 200)]
    client.post("/_control/reset")
    assert client.get("/_control/requests").json()["requests"] == []


def test_tokens_over_http(api, client):
    token = client.post("/_control/tokens", json={"expires_in": 60}).json()["access_token"]
    assert client.get("/_control/tokens").json() == {"live_tokens": [token], "token_requests": 0}
    client.post("/_control/tokens/expire", json={"token": token})
    assert api.live_tokens == []
    client.post("/_control/clients", json={"client_id": "a", "client_secret": "b", "refresh_token": "c"})
    form = {"grant_type": "refresh_token", "client_id": "a", "client_secret": "b", "refresh_token": "c"}
    assert client.post("/v1/access_token", data=form).json()["access_token"] in api.live_tokens


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_as_a_program(number):
    fault = json.dumps({"fault": "status", "args": {"code": 503}})
    options = ["--per-day", "10", "--start", START, "--end", END, "--token", "demo", "--fault", fault]
    options += ["--client-id", "a", "--client-secret", "b", "--refresh-token", "c"]
    command = [sys.executable, "-m", "tests.webex_api", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        url = program.stdout.readline().strip()
        headers = {"Authorization": "Bearer demo"}
        with httpx.Client(base_url=url.removesuffix("/v1"), headers=headers, verify=NO_TLS) as client:
            assert client.get(LIST).status_code == 503
            assert len(client.get(LIST, params={"from": START, "to": END, "max": "100"}).json()["items"]) == 70
            form = {"grant_type": "refresh_token", "client_id": "a", "client_secret": "b", "refresh_token": "c"}
            assert client.post("/v1/access_token", data=form).status_code == 200
            program.send_signal(number)
            assert program.wait(5) == 0
