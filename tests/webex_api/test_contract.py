"""The stand-in API against the documented contract, as contract.py has it."""

from __future__ import annotations

import functools
import ssl
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jsonschema
import pytest

from tests.webex_api import WebexApi, faults, make_recordings
from tests.webex_api.contract import (
    ADMIN_LIST,
    BODIES,
    CONTENT_TYPE,
    DEFAULTS,
    DETAILS,
    ERROR,
    FILTERS,
    HEADERS,
    LARGEST_PAGE,
    LINKS,
    LISTS,
    LONGEST_SPAN_DAYS,
    PARAMETERS,
    RANGE,
    STATUSES,
    json_schema,
)
from tests.webex_api.query import ADMIN_STATUSES, FREE_TEXT, LISTED_VALUES, OWNER_FILTERS
from tests.webex_api.recordings import matches

START, END = "2026-11-01T00:00:00Z", "2026-11-08T00:00:00Z"
WINDOW = {"from": START, "to": END}
MILLISECOND = timedelta(milliseconds=1)
RECORDINGS = [
    *make_recordings(240, START, END, offsets=True, milliseconds=True),
    *make_recordings(10, START, END, seed=3, statuses=("deleted",)),
    *make_recordings(10, START, END, seed=5, statuses=("purged",)),
]
ERRORS = jsonschema.Draft7Validator(json_schema(ERROR))
# Made once: httpx would load all certificates of the system for each request.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@pytest.fixture
def api():
    with WebexApi(RECORDINGS) as api:
        yield api


def ask(api: WebexApi, path: str, params: dict[str, str] | None = None, **options: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {api.token}", **options.pop("headers", {})}
    method = options.pop("method", "GET")
    return httpx.request(method, f"{api.url}{path}", params=params, headers=headers, verify=NO_TLS, **options)


def check_success(answer: httpx.Response, path: str) -> None:
    """Status 200, content type and body as the contract has them for GET of this path."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == CONTENT_TYPE
    validator_for(path).validate(answer.json())
    assert answer.headers["trackingid"]
    assert answer.headers["date"]


@functools.cache
def validator_for(path: str) -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(json_schema(BODIES[path]))


def check_error(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == CONTENT_TYPE
    ERRORS.validate(answer.json())
    assert answer.json()["message"]
    assert answer.json()["errors"]
    assert answer.json()["trackingId"] == answer.headers["trackingid"] != ""


def listed_values() -> list[tuple[str, str, str]]:
    return [
        (path, name, value)
        for path in LISTS
        for name, values in PARAMETERS[path].items()
        if isinstance(values, tuple)
        for value in values
    ]


def test_the_stand_in_knows_the_documented_filters_and_no_others() -> None:
    known = {**LISTED_VALUES, **dict.fromkeys((*FREE_TEXT, *OWNER_FILTERS), "string")}

    assert {name: values for name, values in known.items() if name not in OWNER_FILTERS} == FILTERS
    assert {**known, "status": ADMIN_STATUSES}.items() == (PARAMETERS[ADMIN_LIST].items() - RANGE.items())


@pytest.mark.parametrize("path", LISTS)
def test_a_parameter_that_is_not_documented_changes_nothing(api, path):
    assert ask(api, path, {**WINDOW, "nonesuch": "x"}).json() == ask(api, path, WINDOW).json()


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


@pytest.mark.parametrize("path", LISTS)
def test_an_empty_page(api, path):
    answer = ask(api, path, {"from": "2020-01-01", "to": "2020-01-02"})
    check_success(answer, path)
    assert answer.json() == {"items": []}


def test_details_and_links(api):
    for recording in api.recordings.all()[::50]:
        answer = ask(api, f"/convergedRecordings/{recording['id']}")
        check_success(answer, DETAILS)
        links = answer.json()["temporaryDirectDownloadLinks"]
        assert {f"{name}?" for name in links} == LINKS.keys()
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
    for name in wanted.keys() & PARAMETERS[path].keys():
        answer = ask(api, path, {**WINDOW, "max": "100", name: wanted[name]})
        check_success(answer, path)
        expected = [r for r in api.recordings.between(START, END) if matches(r, {name: wanted[name]})][:100]
        assert sample in expected or len(expected) == 100
        assert answer.json()["items"] == expected


@pytest.mark.parametrize("path", LISTS)
def test_documented_defaults_and_limits_of_max(api, path):
    assert len(ask(api, path, WINDOW).json()["items"]) == DEFAULTS["max"]
    for size in (1, LARGEST_PAGE):
        check_success(ask(api, path, {**WINDOW, "max": str(size)}), path)
    for size in ("0", str(LARGEST_PAGE + 1), "-1", "ten", "", "null", "1.5"):
        check_error(ask(api, path, {**WINDOW, "max": size}), 400)


@pytest.mark.parametrize("path", LISTS)
def test_times_with_an_offset_and_a_zone(api, path):
    check_success(ask(api, path, {"from": "2026-11-01T09:30:00+08:00", "to": "2026-11-20T09:30:00+08:00"}), path)
    check_success(ask(api, path, WINDOW, headers=dict.fromkeys(HEADERS, "Europe/Berlin")), path)


@pytest.mark.parametrize("path", LISTS)
def test_the_longest_span(api, path):
    start = datetime(2026, 10, 1, tzinfo=UTC)
    longest = start + timedelta(days=LONGEST_SPAN_DAYS)
    check_success(ask(api, path, {"from": start.isoformat(), "to": longest.isoformat()}), path)
    check_error(ask(api, path, {"from": start.isoformat(), "to": (longest + MILLISECOND).isoformat()}), 400)


@pytest.mark.parametrize("path", [*LISTS, DETAILS])
@pytest.mark.parametrize("status", STATUSES)
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
