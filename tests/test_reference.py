"""Nothing public is undocumented: the reference shows it, and its docstring says what each argument is."""

from __future__ import annotations

import inspect
import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import airflow_provider_webex_recordings as front_door
from airflow_provider_webex_recordings.connection.fields import EXTRAS, OWN_FIELDS, Setting
from airflow_provider_webex_recordings.webex import errors
from airflow_provider_webex_recordings.webex.query import FILTER_NAMES, RecordingsQuery

DOCS = Path(__file__).parent.parent / "docs"
REFERENCE = (DOCS / "reference.md").read_text()
PACKAGE = front_door.__name__
NAMES = [name for name in front_door.__all__ if name[0] != "_"]


def public(name: str) -> Any:
    try:
        return getattr(front_door, name)
    except ImportError as error:
        pytest.skip(str(error))


def described(docstring: str | None) -> set[str]:
    """Return the arguments that a docstring describes, each in at least a word."""
    return set(re.findall(r":param (\w+): \S", docstring or ""))


def arguments(function: Callable[..., Any]) -> set[str]:
    left_out = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    found = {name for name, one in inspect.signature(function).parameters.items() if one.kind not in left_out}
    return found - {"self", "cls"}


def own_bases(item: type) -> list[type]:
    return [base for base in item.__mro__ if base.__module__.startswith(PACKAGE)]


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_shows_each_name_of_the_front_door(name: str) -> None:
    assert re.search(rf"^\.\. auto\w+:: {PACKAGE}\.{name}$", REFERENCE, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_each_argument_is_described(name: str) -> None:
    item = public(name)
    if not inspect.isclass(item):
        assert arguments(item) <= described(item.__doc__)
    elif not issubclass(item, errors.WebexError):
        told = set().union(*(described(base.__doc__) for base in own_bases(item)))
        taken = set().union(*(arguments(base.__init__) for base in own_bases(item) if "__init__" in vars(base)))
        assert taken <= told


HOOK_METHODS = [name for name, item in vars(public("WebexRecordingsHook")).items() if name[0] != "_" and callable(item)]


@pytest.mark.parametrize("name", HOOK_METHODS)
def test_each_method_of_the_hook_is_described(name: str) -> None:
    method = getattr(public("WebexRecordingsHook"), name)
    assert method.__doc__, "autodoc leaves out what has no docstring"
    assert arguments(method) <= described_by_method(name)


def described_by_method(name: str) -> set[str]:
    """Return the arguments that a method describes, or another one of which it says that it does the same."""
    docstring = getattr(public("WebexRecordingsHook"), name).__doc__
    return described(docstring).union(*map(described_by_method, re.findall(r"as `(\w+)` does", docstring)))


def test_the_reference_shows_all_methods_of_the_hook() -> None:
    assert re.search(rf"^\.\. autoclass:: {PACKAGE}\.WebexRecordingsHook\n   :members:$", REFERENCE, re.MULTILINE)


def test_the_reference_describes_each_filter() -> None:
    assert f".. autoclass:: {RecordingsQuery.__module__}.RecordingsQuery\n" in REFERENCE
    assert described(RecordingsQuery.__doc__) == set(FILTER_NAMES)


SETTINGS = [("fields", setting) for setting in OWN_FIELDS] + [("extras", setting) for setting in EXTRAS]


@pytest.mark.parametrize(("which", "setting"), SETTINGS)
def test_the_reference_describes_each_setting_of_the_connection(which: str, setting: Setting) -> None:
    table = runpy.run_path(str(DOCS / "extensions" / "settings_table.py"))["table"](which)
    assert f"```{{connection-settings}} {which}\n" in REFERENCE
    assert re.search(rf"^\| `{setting.name}` \| \S.* \| \S.* \|.*\|$", table, re.MULTILINE)


ERRORS = [name for name, item in vars(errors).items() if inspect.isclass(item) and issubclass(item, errors.WebexError)]


@pytest.mark.parametrize("name", ERRORS)
def test_each_error_has_a_section_of_its_own(name: str) -> None:
    assert re.search(rf"^### {name}\n\n\S", (DOCS / "errors.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", ERRORS)
def test_each_error_describes_its_arguments(name: str) -> None:
    item = getattr(errors, name)
    if "__init__" in vars(item):
        assert arguments(item.__init__) <= described(item.__doc__)
