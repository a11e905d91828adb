"""Our description of the API against the vendor's OpenAPI file; not collected without that file (see conftest.py)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import yaml

from tests.webex_api import WebexApi, contract
from tests.webex_api.conftest import VENDOR_FILE
from tests.webex_api.test_contract import WINDOW, ask, check_success

VENDOR = yaml.safe_load(VENDOR_FILE.read_text())
PATHS = (*contract.LISTS, contract.DETAILS)


def operation(path: str) -> dict[str, Any]:
    return VENDOR["paths"][path]["get"]


def good_answer(path: str) -> dict[str, Any]:
    return operation(path)["responses"]["200"]["content"][contract.CONTENT_TYPE]


def parameters(path: str, place: str) -> list[dict[str, Any]]:
    return [entry for entry in operation(path)["parameters"] if entry["in"] == place]


def shape(schema: dict[str, Any]) -> Any:
    """Say an OpenAPI schema in the words of our description."""
    if "$ref" in schema:
        return shape(VENDOR["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if schema["type"] == "array":
        return [shape(schema["items"])]
    if schema["type"] == "object":
        required = schema.get("required", ())
        return {name + "?" * (name not in required): shape(inner) for name, inner in schema["properties"].items()}
    return tuple(schema["enum"]) if "enum" in schema else schema["type"]


@pytest.mark.parametrize("path", PATHS)
def test_good_answers(path: str) -> None:
    assert shape(good_answer(path)["schema"]) == contract.BODIES[path]


@pytest.mark.parametrize("path", PATHS)
def test_parameters(path: str) -> None:
    assert {entry["name"]: shape(entry["schema"]) for entry in parameters(path, "query")} == contract.PARAMETERS[path]
    assert {entry["name"]: shape(entry["schema"]) for entry in parameters(path, "header")} == contract.HEADERS


@pytest.mark.parametrize("path", contract.LISTS)
def test_defaults(path: str) -> None:
    # Those of `from` and `to` are sentences.
    defaults = {entry["name"]: entry["schema"].get("default") for entry in parameters(path, "query")}

    assert {name: defaults[name] for name in contract.DEFAULTS} == contract.DEFAULTS
    assert {name for name, default in defaults.items() if default is not None} == {*contract.DEFAULTS, "from", "to"}


@pytest.mark.parametrize("path", PATHS)
def test_statuses(path: str) -> None:
    assert tuple(int(status) for status in operation(path)["responses"]) == contract.STATUSES


@pytest.mark.parametrize("path", contract.LISTS)
def test_a_page_names_the_next_one_in_a_header(path: str) -> None:
    assert "Link" in operation(path)["responses"]["200"]["headers"]


@pytest.mark.parametrize("path", contract.LISTS)
def test_the_stand_in_lists_the_documented_recordings_as_they_are(path: str) -> None:
    examples = good_answer(path)["example"]["items"]
    with WebexApi(examples) as api:
        for example in examples:
            created = datetime.fromisoformat(example["createTime"])
            window = {"from": created.isoformat(), "to": (created + timedelta(seconds=1)).isoformat()}
            answer = ask(api, path, window)
            check_success(answer, path)
            assert answer.json() == {"items": [example]}


@pytest.mark.parametrize("path", contract.LISTS)
def test_the_stand_in_understands_the_documented_times_and_zone(path: str) -> None:
    examples = {entry["name"]: entry.get("example") for entry in parameters(path, "query")}
    (zone,) = parameters(path, "header")
    with WebexApi() as api:
        check_success(ask(api, path, {name: examples[name] for name in ("from", "to")}), path)
        check_success(ask(api, path, WINDOW, headers={zone["name"]: zone["example"]}), path)
