"""What operators and sensors share reaches each of them in every way that Airflow has of giving arguments."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.exceptions import AirflowException
from airflow.providers.common.compat.sdk import DAG, BaseOperator, BaseSensorOperator

from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from airflow_provider_webex_recordings.task.airflow_arguments import OperatorArguments, SensorArguments
from airflow_provider_webex_recordings.task.arguments import RecordingsTask
from airflow_provider_webex_recordings.webex.query import FILTER_NAMES
from tests.helpers.airflow_runs import AIRFLOW_2, run_dag
from tests.helpers.classes import classes
from tests.helpers.listing import TOKEN, connection
from tests.webex_api import WebexApi

TASKS = [*classes("operators", RecordingsTask), *classes("sensors", RecordingsTask)]
START = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
SHARED: dict[str, Any] = {
    **{name: f"{{{{ word }}}} {name}" for name in FILTER_NAMES},
    "webex_conn_id": "{{ word }} connection",
    "window": HOUR,
    "lookback": 2 * HOUR,
    "settle": 3 * HOUR,
}

pytestmark = pytest.mark.parametrize("task", TASKS)


@pytest.fixture
def webex() -> Iterator[WebexApi]:
    with WebexApi(token=TOKEN) as api:
        yield api


@pytest.fixture
def conn_id(webex: WebexApi) -> Iterator[str]:
    with connection(webex.url, webex.token, role="admin") as conn_id:
        yield conn_id


def dag_of(task: Any, **arguments: Any) -> tuple[DAG, Any]:
    with DAG("shared", schedule=None, start_date=START) as dag:
        return dag, task(task_id="one", **arguments)


def test_default_args_reach_every_shared_argument(task: Any) -> None:
    with DAG("defaults", schedule=None, start_date=START, default_args={**SHARED, "retries": 7}):
        one, other = task(task_id="one"), task(task_id="other", topic="its own", window=4 * HOUR)

    assert {name: getattr(one, name) for name in SHARED} == SHARED
    assert (other.topic, other.window, other.lookback) == ("its own", 4 * HOUR, 2 * HOUR)
    assert (one.retries, other.retries) == (7, 7)


def test_an_argument_that_nobody_knows_is_named(task: Any) -> None:
    with pytest.raises((AirflowException, TypeError), match="topik"):
        dag_of(task, topik="complaint")
    with pytest.raises(TypeError, match=r"partial\(\) got an unexpected keyword argument 'topik'"):
        task.partial(task_id="one", topik="complaint")
    with pytest.raises(TypeError, match=r"expand\(\) got an unexpected keyword argument 'topik'"):
        task.partial(task_id="one").expand(topik=["complaint"])


EXPANSIONS = {
    "expand": lambda partial: partial.expand(owner_email=["a@example.com", "b@example.com"]),
    "expand_kwargs": lambda partial: partial.expand_kwargs(
        [{"owner_email": "a@example.com"}, {"owner_email": "b@example.com"}]
    ),
}


@pytest.mark.parametrize("way", EXPANSIONS)
def test_mapped_tasks_ask_each_for_its_own(webex: WebexApi, conn_id: str, task: Any, way: str) -> None:
    # Given outright: in `dag.test()` of Airflow 2, mapped tasks cannot ask for the events that triggered them.
    times = {"since": START, "start": START, "end": START + HOUR}
    options = {name: value for name, value in times.items() if name in inspect.signature(task).parameters}
    if issubclass(task, BaseSensorOperator):
        options |= {"timeout": 0, "soft_fail": True, "deferrable": False}
    with DAG("mapped", schedule=None, start_date=START, default_args={"retries": 0}) as dag:
        EXPANSIONS[way](task.partial(task_id="one", webex_conn_id=conn_id, topic="{{ 'call' }}s", **options))

    run_dag(dag, START)

    asked = [dict(request.query) for request in webex.list_requests]
    assert sorted((query["ownerEmail"], query["topic"]) for query in asked) == [
        ("a@example.com", "calls"),
        ("b@example.com", "calls"),
    ]


def test_a_dag_survives_its_serialisation(task: Any) -> None:
    given = {name: value for name, value in SHARED.items() if name in task.template_fields}
    dag, _ = dag_of(task, **given)

    stored = serialised(dag).get_task("one")

    assert list(stored.template_fields) == list(task.template_fields)
    assert {name: getattr(stored, name) for name in given} == given


def serialised(dag: DAG) -> Any:
    """The DAG as the scheduler has it."""
    if AIRFLOW_2:
        from airflow.serialization.serialized_objects import SerializedDAG as Serialization
    else:
        from airflow.serialization.serialized_objects import DagSerialization as Serialization
    return Serialization.from_dict(Serialization.to_dict(dag))


def test_each_templated_argument_is_rendered(task: Any) -> None:
    assert set(FILTER_NAMES) | {"webex_conn_id"} <= set(task.template_fields) <= set(inspect.signature(task).parameters)
    _, made = dag_of(task, **{name: "{{ word }} " + name for name in task.template_fields})

    made.render_template_fields({"word": "bird"})

    assert {name: getattr(made, name) for name in task.template_fields} == {
        name: f"bird {name}" for name in task.template_fields
    }


def test_a_templated_argument_takes_what_another_task_returns(task: Any) -> None:
    with DAG("chain", schedule=None, start_date=START):
        before = BaseOperator(task_id="before")
        for name in task.template_fields:
            after = task(task_id=f"after_{name}", **{name: before.output["value"]})
            assert after.upstream_task_ids == {"before"}, name


def test_its_signature_shows_every_argument_with_default_and_annotation(task: Any) -> None:
    parameters = list(inspect.signature(task).parameters.values())

    assert {parameter.name for parameter in parameters} >= {*SHARED, *inspect.signature(task.__init__).parameters} - {
        "self"
    }
    assert parameters[-1].kind is inspect.Parameter.VAR_KEYWORD
    for parameter in parameters:
        assert parameter.annotation is not inspect.Parameter.empty, parameter
        assert parameter is parameters[-1] or parameter.default is not inspect.Parameter.empty, parameter
    assert parameters[0].name not in SHARED, "its own come first"


def test_its_connection_is_the_hooks_unless_another_is_given(task: Any) -> None:
    default = inspect.signature(task).parameters["webex_conn_id"].default
    assert default == WebexRecordingsHook.default_conn_name
    assert task(task_id="one").hook().webex_conn_id == default


def test_its_help_describes_every_argument_once(task: Any) -> None:
    doc = inspect.getdoc(task) or ""
    for name in inspect.signature(task).parameters:
        assert doc.count(f":param {name}: ") == 1, name
        described = f":param {name}: (templated) " in doc
        assert described is (name in task.template_fields), name


def test_a_subclass_of_a_user_shows_what_it_takes(task: Any) -> None:
    class Mine(task):
        """Mine.

        :param day: which day
        :param kwargs: the rest
        """

        def __init__(self, *, day: str, **kwargs: Any) -> None:
            super().__init__(topic=day, **kwargs)

    class Sealed(Mine):
        def __init__(self, *, task_id: str, default_args: Any = None) -> None:
            super().__init__(task_id=task_id, day="Monday")

    assert next(iter(inspect.signature(Mine).parameters)) == "day"
    assert set(inspect.signature(task).parameters) < set(inspect.signature(Mine).parameters)
    assert ":param topic: (templated) " in inspect.getdoc(Mine)
    assert list(inspect.signature(Sealed).parameters) == ["task_id", "default_args"]
    assert Sealed(task_id="sealed").topic == "Monday"


def test_type_checkers_are_told_all_that_airflow_takes(task: Any) -> None:
    known = {BaseOperator: OperatorArguments, BaseSensorOperator: SensorArguments}
    for base, arguments in known.items():
        if issubclass(task, base):
            taken = set(inspect.signature(base.__init__).parameters) - {"self", "kwargs"}
            missing = taken - set(arguments.__annotations__)
            assert not missing, f"missing in {arguments.__name__}, task/airflow_arguments.py"


def test_a_subclass_may_take_arguments_in_any_way(task: Any) -> None:
    class Mixin:
        def __init__(self, *, zone: str = "eu", **kwargs: Any) -> None:
            super().__init__(**kwargs)

    class Day(task):
        def __init__(this, day: str, **kw: Any) -> None:  # noqa: N805
            super().__init__(topic=day, **kw)

    class Hour(Day):
        def __init__(self, hour: int = 1, **kw: Any) -> None:
            super().__init__(day="x", **kw)

    class Zoned(Mixin, task):
        pass

    class Closed(task):
        def __init__(this, *, task_id: str) -> None:  # noqa: N805
            super().__init__(task_id=task_id)

    def arguments(cls: type[Any]) -> list[str]:
        return list(inspect.signature(cls).parameters)

    assert arguments(Closed) == ["task_id"]
    assert arguments(Day)[0] == "day"
    assert arguments(Hour)[0] == "hour"
    assert {"day", "topic", "webex_conn_id"} < set(arguments(Hour))
    assert {"zone", "topic", "webex_conn_id"} < set(arguments(Zoned))
    for cls in (Day, Hour, Zoned):
        kinds = [one.kind for one in inspect.signature(cls).parameters.values()]
        assert kinds.count(inspect.Parameter.VAR_KEYWORD) == 1
