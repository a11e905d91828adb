"""The connection form in a real browser against a real Airflow: create a connection, press Test, read the answer.

The pictures of each step are kept in pytest's folder of the test: look at them with `pytest --basetemp=pictures`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_webex_recordings.get_provider_info import get_provider_info
from tests.helpers.browser import ConnectionPages, open_connections
from tests.helpers.real_airflow import AIRFLOW_2, RealAirflow
from tests.webex_api import WebexApi

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(300),
    pytest.mark.skipif(AIRFLOW_2, reason="Airflow 2 has another UI"),
]
CLIENT = {"client_id": "a-client", "client_secret": "canary-client-secret", "refresh_token": "canary-refresh-token"}
FIELDS = get_provider_info()["connection-types"][0]["conn-fields"]


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealAirflow]:
    home, dags = tmp_path_factory.mktemp("airflow"), tmp_path_factory.mktemp("dags")
    enabled = {"AIRFLOW__CORE__TEST_CONNECTION": "Enabled"}
    with RealAirflow(home, dags=dags, components=("api-server",), environment=enabled) as airflow:
        yield airflow


@pytest.fixture
def pages(airflow: RealAirflow, tmp_path: Path) -> Iterator[ConnectionPages]:
    with open_connections(airflow.url, tmp_path) as pages:
        yield pages


@pytest.fixture
def api() -> Iterator[WebexApi]:
    with WebexApi() as api:
        api.add_client(**CLIENT)
        yield api


def add(pages: ConnectionPages, connection_id: str, api: WebexApi, password: str, login: str = "") -> None:
    """Fill in the standard fields of a new connection."""
    pages.add(connection_id, "Webex")
    pages.fill_in("host", f"http://{api.host}/v1")
    # Airflow 3.3.2 does not test a connection without a port.
    pages.fill_in("port", str(api.port))
    pages.fill_in("password", password)
    if login:
        pages.fill_in("login", login)


def saved(airflow: RealAirflow, connection_id: str) -> dict[str, Any]:
    """What Airflow's API shows of a connection."""
    connection = airflow.api("GET", f"connections/{connection_id}")
    return {**connection, "extra": json.loads(connection["extra"] or "{}")}


def test_a_right_token(pages: ConnectionPages, airflow: RealAirflow, api: WebexApi) -> None:
    add(pages, "right", api, api.token)
    pages.picture("form")
    pages.save()
    answer = pages.test("right")
    pages.picture("answer")
    assert "Test Connection Successful" in answer
    assert "Recording Archivist (archivist@example.com) can list the recordings of the token's owner" in answer
    assert [request.path for request in api.requests] == ["/v1/convergedRecordings", "/v1/people/me"]
    assert saved(airflow, "right")["password"] == "***"


def test_a_wrong_token(pages: ConnectionPages, api: WebexApi) -> None:
    add(pages, "wrong", api, "canary-wrong-token")
    pages.save()
    answer = pages.test("wrong")
    pages.picture("answer")
    for text in (
        "Test Connection Failed",
        "Webex answered 401",
        "personal token lives 12 hours",
        "Enter a new one",
    ):
        assert text in answer
    assert "canary" not in answer


def test_a_client_and_its_refresh_token(pages: ConnectionPages, airflow: RealAirflow, api: WebexApi) -> None:
    add(pages, "client", api, CLIENT["client_secret"], CLIENT["client_id"])
    pages.open_extra_fields()
    pages.fill_in("element_refresh_token", CLIENT["refresh_token"])
    pages.choose("role", "admin")
    pages.choose("token_store", "memory")
    pages.fill_in("element_page_size", "50")
    pages.fill_in("element_read_timeout", "2.5")
    pages.picture("form")
    pages.save()
    assert "can list the recordings of the organisation" in pages.test("client")
    assert [request.path for request in api.requests][:2] == ["/v1/access_token", "/v1/admin/convergedRecordings"]
    extra = saved(airflow, "client")["extra"]
    assert (extra["role"], extra["page_size"], extra["read_timeout"]) == ("admin", 50, 2.5)
    assert extra["refresh_token"] == "***"


def test_secrets_stay_when_something_else_is_edited(
    pages: ConnectionPages, airflow: RealAirflow, api: WebexApi
) -> None:
    add(pages, "edited", api, CLIENT["client_secret"], CLIENT["client_id"])
    pages.open_extra_fields()
    pages.fill_in("element_refresh_token", CLIENT["refresh_token"])
    pages.choose("token_store", "memory")
    pages.save()
    pages.edit("edited")
    pages.open_extra_fields()
    pages.picture("form")
    assert CLIENT["refresh_token"] not in pages.field("element_refresh_token").get_attribute("value")
    pages.choose("role", "admin")
    pages.save()
    assert "can list the recordings of the organisation" in pages.test("edited")
    assert saved(airflow, "edited")["extra"]["role"] == "admin"


def test_each_field_has_its_label_its_help_and_its_kind(pages: ConnectionPages) -> None:
    pages.add("looked_at", "Webex")
    for text in ("API base URL", "Client ID", "Access token or client secret", "Port"):
        assert text in pages.text()
    assert "Schema" not in pages.text()
    assert "https://webexapis.com/v1" in pages.field("host").get_attribute("placeholder")
    assert pages.field("password").get_attribute("type") == "password"
    pages.open_extra_fields()
    pages.picture("form")
    for name, field in FIELDS.items():
        assert field["label"] in pages.text()
        assert field["description"] in pages.text()
        kind = pages.field(f"element_{name}").get_attribute("type")
        if "enum" in field["schema"]:
            assert kind == "hidden", "a dropdown keeps its value in a hidden field"
        else:
            assert kind == ("password" if field["schema"].get("format") == "password" else "text")
