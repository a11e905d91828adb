"""A filter is known wherever recordings are chosen; what fails here names the place where a new one is missing."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.triggers.base import BaseTrigger

from airflow_provider_webex_recordings.task.arguments import RecordingsTask, RecordingsTaskArguments
from airflow_provider_webex_recordings.webex.query import (
    FILTER_NAMES,
    LISTED_VALUES,
    WIRE_NAMES,
    ApiFilters,
    RecordingsQuery,
)
from tests.helpers.classes import classes
from tests.helpers.listing import TOKEN, connection
from tests.webex_api import WebexApi
from tests.webex_api.contract import ADMIN_LIST, PARAMETERS, RANGE
from tests.webex_api.query import FREE_TEXT, OWNER_FILTERS
from tests.webex_api.query import LISTED_VALUES as SERVER_VALUES

TASKS = [*classes("operators", RecordingsTask), *classes("sensors", RecordingsTask)]
START = datetime(2026, 11, 1, tzinfo=UTC)
#: what a `RecordingsTask` takes beside filters
OTHER_ARGUMENTS = {"window", "lookback", "settle", "webex_conn_id"}
VALUES = {"role": "admin", "timezone": "Europe/Berlin"}
# What a trigger needs beside filters.
TRIGGER_ARGUMENTS = {
    "asset": "webex",
    "since": "2026-11-22T00:00:00.000Z",
    "min_recordings": 1,
    "started": 0.0,
    "poke_interval": 60.0,
}


@pytest.fixture
def webex() -> Iterator[WebexApi]:
    with WebexApi(token=TOKEN) as api:
        yield api


def arguments(item: Any) -> list[str]:
    return [name for name in inspect.signature(item).parameters if name not in ("self", "kwargs")]


def methods_with_filters() -> list[Any]:
    """The methods of hooks that take filters by keyword."""
    return [
        pytest.param(hook, name, id=f"{hook.__name__}.{name}")
        for hook in classes("hooks")
        for name, method in inspect.getmembers(hook, inspect.isfunction)
        if "filters" in inspect.signature(method).parameters and name[0] != "_"
    ]


def test_a_filter_has_one_name_from_the_query_to_the_stand_in() -> None:
    described = set(re.findall(r"^ *:param (\w+): \S", RecordingsQuery.__doc__ or "", re.MULTILINE))
    taken = set(arguments(RecordingsTask.__init__)) - OTHER_ARGUMENTS
    places = {
        "the stand-in, tests/webex_api/query.py": ({*SERVER_VALUES, *FREE_TEXT, *OWNER_FILTERS}, WIRE_NAMES.values()),
        "Webex's documents, tests/webex_api/contract.py": (PARAMETERS[ADMIN_LIST].keys() - RANGE, WIRE_NAMES.values()),
        "`:param` lines of RecordingsQuery, webex/query.py": (described, FILTER_NAMES),
        "RecordingsTask.__init__, task/arguments.py": (taken, FILTER_NAMES),
    }
    for place, (there, needed) in places.items():
        assert set(needed) - there == set(), f"missing in {place}"
        assert there - set(needed) == set(), f"in {place}, but not in ApiFilters, webex/query.py"


def test_what_the_stand_in_lists_is_listed() -> None:
    names = {wire: name for name, wire in WIRE_NAMES.items()}
    for wire, values in SERVER_VALUES.items():
        listed = LISTED_VALUES.get(names.get(wire, ""), ())
        assert set(values) <= set(listed), f"values of {wire}, missing in LISTED_VALUES, webex/query.py"


def test_what_type_checkers_are_told_is_what_a_task_takes() -> None:
    assert set(RecordingsTaskArguments.__annotations__) == set(arguments(RecordingsTask.__init__))


@pytest.mark.parametrize("task", TASKS)
def test_a_task_takes_documents_and_renders_each_filter(task: Any) -> None:
    doc = inspect.getdoc(task) or ""
    assert [name for name in FILTER_NAMES if name not in arguments(task)] == [], "RecordingsTask, task/arguments.py"
    assert [name for name in FILTER_NAMES if name not in task.template_fields] == [], "`template_fields`"
    assert [name for name in FILTER_NAMES if f":param {name}: (templated) " not in doc] == [], (
        "RecordingsQuery, webex/query.py, or the line `:param kwargs:` of the class"
    )
    try:
        made = task(task_id="choose", **{name: "{{ word }} " + name for name in FILTER_NAMES})
        made.render_template_fields({"word": "bird"})
    except AttributeError as error:
        pytest.fail(f"RecordingsTask.__init__, task/arguments.py, does not assign an argument: {error}")
    assert made.filters() == {name: f"bird {name}" for name in FILTER_NAMES}


@pytest.mark.parametrize(("hook", "method"), methods_with_filters())
def test_a_hook_takes_each_filter_and_points_at_the_descriptions(webex: WebexApi, hook: Any, method: str) -> None:
    assert "`RecordingsQuery`" in described(hook, method)
    with connection(webex.url, webex.token) as conn_id:
        for name in FILTER_NAMES:
            filters = {"role": "admin", name: value_of(name)}
            made = ask(hook(conn_id), method, filters)
            if isinstance(made, RecordingsQuery):
                assert made.to_dict()[name] == filters[name]
            elif name in WIRE_NAMES:
                assert dict(webex.list_requests[-1].query)[WIRE_NAMES[name]] == filters[name]


def value_of(name: str) -> str:
    return VALUES.get(name) or LISTED_VALUES.get(name, ("bird",))[0]


def ask(hook: Any, method: str, filters: dict[str, str]) -> Any:
    """Call a method of a hook, and exhaust what it returns."""
    call = getattr(hook, method)
    window = {"start": START, "end": START + timedelta(days=1)} if "start" in arguments(call) else {}
    made = call(**window, **filters)
    if inspect.iscoroutine(made):
        made = asyncio.run(made)
    elif inspect.isasyncgen(made):
        asyncio.run(exhaust(hook, made))
    elif inspect.isgenerator(made):
        list(made)
    hook.close()
    return made


async def exhaust(hook: Any, listing: AsyncIterator[Any]) -> None:
    async for _ in listing:
        pass
    await hook.aclose()


def described(hook: Any, method: str) -> str:
    """A method's docstring, and that of the method to which it points with "as `other` does"."""
    doc = inspect.getdoc(getattr(hook, method)) or ""
    return doc + "".join(inspect.getdoc(getattr(hook, other)) or "" for other in re.findall(r"as `(\w+)` does", doc))


@pytest.mark.parametrize("trigger", classes("triggers", BaseTrigger))
@pytest.mark.parametrize("name", FILTER_NAMES)
def test_a_trigger_takes_each_filter_through_the_database(trigger: Any, name: str) -> None:
    filters = RecordingsQuery(**{"role": "admin", name: value_of(name)}).to_dict()  # type: ignore[misc]
    takes = inspect.signature(trigger).parameters
    assert {"filters", "query"} & set(takes), f"{trigger.__name__} needs `**filters: Unpack[Filters]`, or `query`"
    given = {argument: value for argument, value in TRIGGER_ARGUMENTS.items() if argument in takes}
    path, stored = trigger(**given, **(filters if "filters" in takes else {"query": filters})).serialize()

    kept = trigger(**json.loads(json.dumps(stored))).serialize()

    assert kept == (path, stored)
    assert {**stored, **stored.get("query", {})}[name] == filters[name]


def test_the_api_alone_has_filters_of_its_own() -> None:
    assert set(FILTER_NAMES) - set(ApiFilters.__annotations__) == {"role", "timezone"}
