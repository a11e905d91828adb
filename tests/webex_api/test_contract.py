"""The stand-in API against the documented contract, which lies beside the repository and is not part of it."""

from __future__ import annotations

import functools
import ssl
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
import yaml

from tests.webex_api import WebexApi, faults, make_recordings
from tests.webex_api.recordings import matches

CONTRACT_FILE = Path(__file__).parents[3] / "shared" / "webex-converged-recordings.openapi.yml"
CONTRACT = yaml.safe_load(CONTRACT_FILE.read_text()) if CONTRACT_FILE.exists() else {"paths": {}}
LISTS = ("/convergedRecordings", "/admin/convergedRecordings")
DETAILS = "/convergedRecordings/{recordingId}"
JSON_TYPE = "application/json;charset=UTF-8"
START, END = "2026-11-01T00:00:00Z", "2026-11-08T00:00:00Z"
WINDOW = {"from": START, "to": END}
TOO_LONG = {"from": "2026-10-01", "to": "2026-11-08"}
RECORDINGS = [
    *make_recordings(240, START, END, offsets=True, milliseconds=True),
    *make_recordings(10, START, END, seed=3, statuses=("deleted",)),
    *make_recordings(10, START, END, seed=5, statuses=("purged",)),
]
ERROR_SCHEMA = {
    "type": "object",
    "required": ["message", "errors", "trackingId"],
    "additionalProperties": False,
    "properties": {
        "message": {"type": "string", "minLength": 1},
        "trackingId": {"type": "string", "minLength": 1},
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "required": ["description"], "properties": {"description": {"type": "string"}}},
        },
    },
}

ERRORS = jsonschema.Draft7Validator(ERROR_SCHEMA)
# Made once: httpx would load all certificates of the system for each request.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

pytestmark = pytest.mark.skipif(
    not CONTRACT_FILE.exists(), reason="the OpenAPI contract is not at ../shared beside the repository"
)


@pytest.fixture
def api():
    with WebexApi(RECORDINGS) as api:
        yield api


def ask(api: WebexApi, path: str, params: dict[str, str] | None = None, **options: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {api.token}", **options.pop("headers", {})}
    method = options.pop("method", "GET")
    return httpx.request(method, f"{api.url}{path}", params=params, headers=headers, verify=NO_TLS, **options)


def operation(path: str) -> dict[str, Any]:
    return CONTRACT["paths"].get(path, {}).get("get", {})


def check_success(answer: httpx.Response, path: str) -> None:
    """Status 200, content type and body as the contract has them for GET of this path."""
    assert answer.status_code == 200, answer.text
    validator_for(path, answer.headers["content-type"]).validate(answer.json())
    assert answer.headers["trackingid"]
    assert answer.headers["date"]


@functools.cache
def validator_for(path: str, content_type: str) -> jsonschema.Draft7Validator:
    schema = operation(path)["responses"]["200"]["content"][content_type]["schema"]
    document = _json_schema({**schema, "components": {"schemas": CONTRACT["components"]["schemas"]}})
    jsonschema.Draft7Validator.check_schema(document)
    return jsonschema.Draft7Validator(document)


def check_error(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == JSON_TYPE
    ERRORS.validate(answer.json())
    assert answer.json()["trackingId"] == answer.headers["trackingid"]


def _json_schema(schema: Any) -> Any:
    """OpenAPI 3.0's `nullable` said in JSON Schema; its `example` and `default` are notes there."""
    if isinstance(schema, list):
        return [_json_schema(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _json_schema(part) for name, part in schema.items() if name not in ("example", "nullable")}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain


def documented_parameters(place: str) -> list[tuple[str, dict[str, Any]]]:
    return [(path, entry) for path in LISTS for entry in operation(path).get("parameters", []) if entry["in"] == place]


def listed_values() -> list[tuple[str, str, str]]:
    return [
        (path, entry["name"], value)
        for path, entry in documented_parameters("query")
        for value in entry["schema"].get("enum", [])
    ]


def documented_statuses() -> list[tuple[str, int]]:
    return [(path, int(status)) for path in (*LISTS, DETAILS) for status in operation(path).get("responses", ())]


@pytest.mark.parametrize("path", LISTS)
def test_pages(api, path):
    sizes = []
    answer = ask(api, path, {**WINDOW, "max": "100"})
    while True:
        check_success(answer, path)
        sizes.append(len(answer.json()["items"]))
        url = answer.links.get("next", {}).get("url")
        if url is None:
            break
        assert url.startswith(f"{api.url}{path}?")
        answer = ask(api, url.removeprefix(api.url))
    assert sizes == [100, 100, 40]
    assert "Link" in operation(path)["responses"]["200"]["headers"]


@pytest.mark.parametrize("path", LISTS)
def test_an_empty_page(api, path):
    answer = ask(api, path, {"from": "2020-01-01", "to": "2020-01-02"})
    check_success(answer, path)
    assert answer.json() == {"items": []}


@pytest.mark.parametrize("path", LISTS)
def test_the_documented_recordings_come_back_as_they_are(path):
    examples = operation(path)["responses"]["200"]["content"][JSON_TYPE]["example"]["items"]
    with WebexApi(examples) as api:
        for example in examples:
            created = datetime.fromisoformat(example["createTime"])
            window = {"from": created.isoformat(), "to": (created + timedelta(seconds=1)).isoformat()}
            answer = ask(api, path, window)
            check_success(answer, path)
            assert answer.json() == {"items": [example]}


def test_details_and_links(api):
    for recording in api.recordings.all()[::50]:
        answer = ask(api, f"/convergedRecordings/{recording['id']}")
        check_success(answer, DETAILS)
        documented = CONTRACT["components"]["schemas"]["RecordingObjectWithDirectDownloadLinks"]["properties"]
        links = answer.json()["temporaryDirectDownloadLinks"]
        assert links.keys() == documented["temporaryDirectDownloadLinks"]["properties"].keys()
        assert answer.json() == {**recording, "temporaryDirectDownloadLinks": links}


def test_details_without_links(api):
    token = api.issue_token(["spark-admin:recordings_read"])
    path = f"/convergedRecordings/{api.recordings.all()[0]['id']}"
    answer = ask(api, path, headers={"Authorization": f"Bearer {token}"})
    check_success(answer, DETAILS)
    assert "temporaryDirectDownloadLinks" not in answer.json()


@pytest.mark.parametrize(("path", "name", "value"), listed_values())
def test_every_listed_value_filters(api, path, name, value):
    answer = ask(api, path, {**WINDOW, "max": "100", name: value})
    if value == "purged":  # a documented filter, whose result the documented schema of a list does not allow
        assert answer.status_code == 200
    else:
        check_success(answer, path)
    expected = api.recordings.between(START, END, **{"status": "available", name: value})[:100]
    assert expected, "the recordings should have every listed value"
    assert answer.json()["items"] == expected


@pytest.mark.parametrize(("path", "name"), [(path, name) for path, name, _ in dict.fromkeys(listed_values())])
def test_values_that_are_not_listed(api, path, name):
    check_error(ask(api, path, {**WINDOW, name: "nonesuch"}), 400)


@pytest.mark.parametrize("path", LISTS)
def test_text_filters(api, path):
    sample = next(r for r in api.recordings.between(START, END) if "serviceData" in r)
    wanted = {
        "locationId": sample["serviceData"]["locationId"],
        "topic": sample["topic"][3:14].upper(),
        "ownerId": sample["ownerId"],
        "ownerEmail": sample["ownerEmail"],
    }
    plain = {entry["name"] for owner, entry in documented_parameters("query") if owner == path} & wanted.keys()
    assert plain >= {"locationId", "topic"}
    for name in plain:
        answer = ask(api, path, {**WINDOW, "max": "100", name: wanted[name]})
        check_success(answer, path)
        expected = [r for r in api.recordings.between(START, END) if matches(r, {name: wanted[name]})][:100]
        assert sample in expected or len(expected) == 100
        assert answer.json()["items"] == expected


@pytest.mark.parametrize("path", LISTS)
def test_documented_defaults_and_limits_of_max(api, path):
    entry = next(e for p, e in documented_parameters("query") if p == path and e["name"] == "max")
    assert len(ask(api, path, WINDOW).json()["items"]) == entry["schema"]["default"]
    for size in ("1", "100"):
        check_success(ask(api, path, {**WINDOW, "max": size}), path)
    for size in ("0", "101", "-1", "ten", "", "null", "1.5"):
        check_error(ask(api, path, {**WINDOW, "max": size}), 400)


@pytest.mark.parametrize("path", LISTS)
def test_documented_examples_of_times_and_zone(api, path):
    examples = {e["name"]: e.get("example") for p, e in documented_parameters("query") if p == path}
    check_success(ask(api, path, {name: examples[name] for name in ("from", "to")}), path)
    zone = next(e for p, e in documented_parameters("header") if p == path)
    check_success(ask(api, path, WINDOW, headers={zone["name"]: zone["example"]}), path)


@pytest.mark.parametrize(("path", "status"), documented_statuses())
def test_every_documented_status_can_be_had(api, path, status):
    api.faults.add(faults.status(status)) if status != 200 else None
    concrete = path.replace("{recordingId}", api.recordings.all()[0]["id"])
    answer = ask(api, concrete)
    if status == 200:
        check_success(answer, path)
    else:
        check_error(answer, status)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "params",
    [
        {"from": "2026-11-08", "to": "2026-11-01"},
        TOO_LONG,
        {"from": "yesterday"},
        {"to": ""},
        {"cursor": "not a cursor"},
    ],
)
def test_bad_parameters_are_400(api, path, params):
    check_error(ask(api, path, params), 400)


def test_errors_the_api_has_by_itself(api):
    anybody = {"Authorization": "Bearer nobody"}
    for path in (*LISTS, "/convergedRecordings/x", "/people/me"):
        check_error(ask(api, path, headers=anybody), 401)
        check_error(ask(api, path, method="PUT"), 405)
        check_error(httpx.get(f"{api.url}{path}", verify=NO_TLS), 401)
    check_error(ask(api, "/convergedRecordings", {"ownerEmail": "user1@example.com"}), 400)
    check_error(ask(api, "/convergedRecordings", headers={"timezone": "Mars/Olympus"}), 400)
    reader = {"Authorization": f"Bearer {api.issue_token(['spark:people_read'])}"}
    for path in (*LISTS, "/convergedRecordings/x"):
        check_error(ask(api, path, headers=reader), 403)
    for path in ("/convergedRecordings/nonesuch", "/nonesuch", "/convergedRecordings/", "/admin/convergedRecordings/x"):
        check_error(ask(api, path), 404)
    check_error(ask(api, "/access_token"), 405)
    check_error(ask(api, "/access_token", method="POST", data={"grant_type": "password"}), 400)
    check_error(ask(api, "/access_token", method="POST", json={}), 415)
