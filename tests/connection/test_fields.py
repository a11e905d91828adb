"""The table of settings: what is made of it agrees, and nothing of it is written by hand a second time."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import pytest

from airflow_provider_webex_recordings.connection.checks import CHECKS, checked
from airflow_provider_webex_recordings.connection.fields import EXTRAS, OWN_FIELDS, SETTINGS, Kind, Setting, manual_rows
from airflow_provider_webex_recordings.connection.form import conn_fields, ui_field_behaviour
from airflow_provider_webex_recordings.connection.settings import KNOWN_EXTRAS, WebexSettings
from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.sending.retry import RetryPolicy

ALL = pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
NUMBERS = pytest.mark.parametrize("name", [name for name, setting in SETTINGS.items() if setting.most])
#: settings that reach the hook as a part of something else
ELSEWHERE = {
    "max_attempts": RetryPolicy.__slots__,
    "max_retry_seconds": RetryPolicy.__slots__,
    "max_retry_wait": RetryPolicy.__slots__,
}


def test_an_extra_is_in_all_places() -> None:
    names = [setting.name for setting in EXTRAS]
    assert list(conn_fields()) == names, "form"
    assert list(KNOWN_EXTRAS) == names, "known extras"
    assert [row.name for row in manual_rows(EXTRAS)] == names, "manual"
    settings = {field.name for field in fields(WebexSettings)}
    assert not set(names) - settings - set(ELSEWHERE), "WebexSettings"


def test_a_field_of_the_connection_is_in_all_places() -> None:
    names = [setting.name for setting in OWN_FIELDS]
    behaviour = ui_field_behaviour()
    assert list(behaviour["relabeling"]) == list(behaviour["placeholders"]) == names
    assert [row.name for row in manual_rows(OWN_FIELDS)] == names
    assert not {*names} & {*behaviour["hidden-fields"], "description", "extra"}


@ALL
def test_a_setting_has_a_label_and_help_in_whole_sentences(setting: Setting) -> None:
    assert setting.label
    assert re.fullmatch(r"[A-Z].*\.", setting.help)


@ALL
def test_no_help_text_repeats_a_bound_or_a_default(setting: Setting) -> None:
    """They are added to it, so that a bound is changed in one place."""
    assert "efault" not in setting.help
    if setting.most:
        assert not re.search(r"\d", setting.help)


@ALL
def test_the_manual_says_what_a_setting_means(setting: Setting) -> None:
    (row,) = manual_rows([setting])
    assert (row.name, row.meaning) == (setting.name, setting.help)
    assert row.kind == setting.kind.value
    if setting.most:
        assert row.bounds == f"{setting.least:g} to {setting.most:g}"
    if setting.choices:
        assert row.bounds == " or ".join(setting.choices)


def test_the_help_of_a_number_ends_with_its_bounds_and_default() -> None:
    assert SETTINGS["page_size"].description == "Recordings per request. Values: 1 to 100. Default: 100."
    assert SETTINGS["max_retry_wait"].description.endswith("Values: 0.001 to 86400. Default: 120.")
    assert SETTINGS["role"].description.endswith("Values: user or admin. Default: user.")
    assert SETTINGS["token_url"].description.endswith("come from. Default: /access_token below the API base URL.")


@NUMBERS
def test_form_and_check_of_a_number_have_the_same_bounds(name: str) -> None:
    setting = SETTINGS[name]
    assert checked(setting, setting.least) == setting.least
    assert checked(setting, str(setting.most)) == setting.most
    for beyond in (setting.least / 2, setting.most + 1):
        with pytest.raises(WebexInputError, match=f"from {setting.bounds}$"):
            checked(setting, beyond)
    if name in conn_fields():
        schema = conn_fields()[name]["schema"]
        assert (schema["minimum"], schema["maximum"]) == (setting.least, setting.most)


@ALL
def test_a_default_is_a_value_that_the_check_accepts(setting: Setting) -> None:
    for unset in (None, "", "  "):
        assert checked(setting, unset) == setting.default
    if setting.default is not None:
        assert checked(setting, setting.default) == setting.default


def test_each_kind_has_a_check() -> None:
    assert set(CHECKS) == set(Kind)


@ALL
def test_a_secret_is_not_repeated_by_its_check(setting: Setting) -> None:
    """Nor anything that was pasted into a field for a URL."""
    if not setting.is_secret and setting.kind is not Kind.URL:
        return
    given: Any
    for given in ("canary secret", '"canary', ["canary"], {"canary": 1}):
        with pytest.raises(WebexInputError) as caught:
            checked(setting, given)
        assert "canary" not in str(caught.value)
