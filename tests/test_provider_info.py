"""What Airflow is told about this provider is true, and Airflow understands it."""

from __future__ import annotations

import asyncio
import importlib
import json
import subprocess
import sys
from importlib.metadata import distribution, entry_points
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from airflow.models.connection import Connection
from airflow.providers.common.compat.sdk import (
    AirflowNotFoundException,
    BaseHook,
    BaseOperator,
    BaseSensorOperator,
)
from airflow.triggers.base import BaseTrigger

import airflow_provider_webex_recordings
from airflow_provider_webex_recordings.connection import form
from airflow_provider_webex_recordings.connection.settings import KNOWN_EXTRAS, read_connection
from airflow_provider_webex_recordings.get_provider_info import get_provider_info
from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from tests.helpers.classes import classes

DISTRIBUTION = "airflow-provider-webex-recordings"
PACKAGE = "airflow_provider_webex_recordings"
INFO = get_provider_info()
(CONNECTION,) = INFO["connection-types"]
FIELDS = CONNECTION["conn-fields"]


def test_it_is_what_airflows_schema_asks_for() -> None:
    schema = json.loads(files("airflow").joinpath("provider_info.schema.json").read_text())
    jsonschema.validate(INFO, schema)


def test_its_name_is_the_distributions_with_dashes() -> None:
    """Underscores would break every `airflow` command of the deployment."""
    assert INFO["package-name"] == DISTRIBUTION == distribution(DISTRIBUTION).metadata["Name"]
    assert INFO["versions"] == [airflow_provider_webex_recordings.__version__]


def test_airflow_finds_it_by_its_entry_point() -> None:
    points = [point for point in entry_points(group="apache_airflow_provider") if point.dist.name == DISTRIBUTION]
    assert [point.load() for point in points] == [get_provider_info]


def test_it_is_light() -> None:
    """Each `airflow` command calls it."""
    program = (
        f"import sys, dataclasses, enum; before = set(sys.modules); import {PACKAGE}.get_provider_info as it;"
        "it.get_provider_info(); roots = {name.partition('.')[0] for name in set(sys.modules) - before};"
        f"print(sorted(roots - sys.stdlib_module_names - {{'{PACKAGE}'}}),"
        f"len([name for name in sys.modules if name.startswith('{PACKAGE}.')]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=True
    )
    foreign, modules = done.stdout.rsplit(maxsplit=1)
    assert foreign == "[]", "it loads another library"
    assert int(modules) <= 7, "it loads more than the table of settings"


def test_every_module_and_class_that_it_lists_is_there() -> None:
    lists = [INFO.get(kind, []) for kind in ("hooks", "operators", "sensors", "triggers")]
    for name in (module for kind in lists for entry in kind for module in entry["python-modules"]):
        assert importlib.import_module(name)
    module, _, name = CONNECTION["hook-class-name"].rpartition(".")
    assert getattr(importlib.import_module(module), name) is WebexRecordingsHook


@pytest.mark.parametrize(
    ("kind", "base"),
    {"hooks": BaseHook, "operators": BaseOperator, "sensors": BaseSensorOperator, "triggers": BaseTrigger}.items(),
)
def test_every_module_with_a_class_of_its_kind_is_listed(kind: str, base: type) -> None:
    listed = [module for entry in INFO[kind] for module in entry["python-modules"]]
    assert sorted({item.__module__ for item in classes(kind, base)}) == sorted(listed), "see get_provider_info.py"


def test_the_hook_says_the_same_of_itself() -> None:
    assert CONNECTION["connection-type"] == WebexRecordingsHook.conn_type
    assert CONNECTION["hook-name"] == WebexRecordingsHook.hook_name


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_of_the_form_has_a_label_a_help_text_and_a_kind(name: str) -> None:
    field = FIELDS[name]
    jsonschema.Draft7Validator.check_schema(field["schema"])
    assert field["label"]
    assert field["description"].endswith((".", ")"))
    assert "null" in field["schema"]["type"], "each may be left out"
    choices = field["schema"].get("enum", [])
    assert field["schema"].get("default") in (None, *choices)
    assert set(field["schema"].get("values_display", {})) == set(choices)
    assert name in KNOWN_EXTRAS


def test_fields_that_hold_secrets_are_password_fields_and_masked() -> None:
    secret = {name for name, field in FIELDS.items() if field["schema"].get("format") == "password"}
    assert secret == {"refresh_token", "proxy"}
    assert all(is_masked(name) for name in secret)


def is_masked(name: str) -> bool:
    """Whether Airflow shows *** instead of an extra of this name."""
    try:
        from airflow.sdk._shared.secrets_masker import should_hide_value_for_key
    except ImportError:
        from airflow.utils.log.secrets_masker import should_hide_value_for_key

    return should_hide_value_for_key(name)


def test_the_form_of_older_airflows_agrees() -> None:
    behaviour = WebexRecordingsHook.get_ui_field_behaviour()
    declared = CONNECTION["ui-field-behaviour"]
    assert {name.replace("_", "-"): value for name, value in behaviour.items()} == declared
    assert behaviour == form.field_behaviour()


def test_the_widgets_of_older_airflows_agree() -> None:
    pytest.importorskip("flask_appbuilder", reason="comes with Airflow before 3.0 only")
    wtforms = pytest.importorskip("wtforms", reason="comes with Airflow before 3.0 only")
    widgets = WebexRecordingsHook.get_connection_form_widgets()

    class Form(wtforms.Form):
        pass

    for name, widget in widgets.items():
        setattr(Form, name, widget)
    form = Form()
    assert list(widgets) == list(FIELDS)
    for name, field in FIELDS.items():
        assert (form[name].label.text, form[name].description) == (field["label"], field["description"])
        is_secret = field["schema"].get("format") == "password"
        assert isinstance(form[name], wtforms.PasswordField) is is_secret


def test_a_connection_makes_the_hook() -> None:
    hook = Connection(conn_id="some_webex", conn_type="webex").get_hook()
    assert type(hook) is WebexRecordingsHook
    assert hook.webex_conn_id == "some_webex"


@pytest.mark.parametrize("host", [None, "webexapis.com", "https://api-usgov.webex.com/v1", "http://127.0.0.1:8765/v1"])
def test_a_connection_survives_its_uri(host: str | None) -> None:
    """Airflow's test of a connection hands it over as one, and so do secrets backends."""
    extra = {
        "refresh_token": "a/b+c=",
        "role": "admin",
        "page_size": 7,
        "proxy": "http://me:p%40@proxy:1",
        "ca_bundle": None,
    }
    given: Any = Connection(
        conn_id="a", conn_type="webex", host=host, login="id/+", password="s/e cret+%", extra=json.dumps(extra)
    )
    given.password = "s/ecret+%"
    again: Any = Connection(conn_id="a", uri=given.get_uri())
    assert again.conn_type == "webex"
    assert read_connection(again) == read_connection(given)


def test_a_missing_connection_is_explained() -> None:
    hook = WebexRecordingsHook("not_there")
    for ask in (lambda: hook.settings, lambda: asyncio.run(hook.load_settings())):
        with pytest.raises(AirflowNotFoundException, match="Create it in Airflow under Admin > Connections") as caught:
            ask()
        assert "'not_there'" in str(caught.value)
        assert "AIRFLOW_CONN_NOT_THERE" in str(caught.value)


@pytest.mark.parametrize(
    ("command", "shows"),
    [
        (["hooks"], {"connection_type": "webex", "class": CONNECTION["hook-class-name"], "hook_name": "Webex"}),
        (["list"], {"package_name": DISTRIBUTION, "version": airflow_provider_webex_recordings.__version__}),
    ],
)
def test_the_command_line_shows_it(command: list[str], shows: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "airflow", "providers", *command, "--output", "json"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout[done.stdout.index("[{") :])
    assert [row for row in rows if shows.items() <= row.items()]
