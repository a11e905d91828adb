"""The arguments that operators and sensors share: filters, window and connection, each once."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, cast

from airflow.providers.common.compat.sdk import BaseOperator, XComArg

from airflow_provider_webex_recordings.task.window import RunWindow, run_window
from airflow_provider_webex_recordings.webex.query import FILTER_NAMES, ApiFilters, Filters, RecordingsQuery
from airflow_provider_webex_recordings.webex.windows import Moment

if TYPE_CHECKING:
    from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook

#: a text, Jinja in it or not, or what another task returns
Templated: TypeAlias = str | XComArg


class RecordingsTaskArguments(ApiFilters[Templated], total=False):
    """What `RecordingsTask` takes, for the signatures of its subclasses."""

    role: Templated | None
    timezone: Templated | None
    window: timedelta | None
    lookback: timedelta | None
    settle: timedelta | None
    webex_conn_id: Templated


class RecordingsTask(BaseOperator):
    """The base of operators and sensors, which take these arguments and the filters of `RecordingsQuery` too.

    What Python does not inherit, each subclass is given when it is made: the ``:param`` lines of these arguments, in
    front of the line ``:param kwargs:`` of its docstring, and a signature that has them all.

    :param window: how long the window is in runs whose data interval is empty or absent. Default None: such a run
        fails. With a cron schedule in local time, a window of a day leaves an hour out when daylight saving ends and
        lists one twice when it begins; a timetable with data intervals does neither
    :param lookback: how much earlier the window starts, for recordings that Webex showed late. Neighbouring windows
        overlap by it, so a recording can be listed twice. Default None: not at all
    :param settle: how much earlier the whole window lies, so that late recordings have appeared when it is listed.
        Results come later by it; neighbouring windows still meet exactly. Default None: not at all
    :param webex_conn_id: (templated) Airflow connection of type ``webex``
    :param kwargs: all else that Airflow's own base class takes
    """

    template_fields: Sequence[str] = ("webex_conn_id", *FILTER_NAMES)

    __signature__: ClassVar[inspect.Signature]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.__doc__ = _with_shared_arguments(cls.__doc__)
        cls.__signature__ = _signature(cls)

    def __init__(
        self,
        *,
        window: timedelta | None = None,
        lookback: timedelta | None = None,
        settle: timedelta | None = None,
        role: Templated | None = None,
        status: Templated | None = None,
        service_type: Templated | None = None,
        format: Templated | None = None,  # noqa: A002 - the API's name
        owner_type: Templated | None = None,
        storage_region: Templated | None = None,
        location_id: Templated | None = None,
        topic: Templated | None = None,
        owner_id: Templated | None = None,
        owner_email: Templated | None = None,
        timezone: Templated | None = None,
        webex_conn_id: Templated = "webex_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.window = window
        self.lookback = lookback
        self.settle = settle
        self.role = role
        self.status = status
        self.service_type = service_type
        self.format = format
        self.owner_type = owner_type
        self.storage_region = storage_region
        self.location_id = location_id
        self.topic = topic
        self.owner_id = owner_id
        self.owner_email = owner_email
        self.timezone = timezone
        self.webex_conn_id = webex_conn_id

    def hook(self) -> WebexRecordingsHook:
        """Return a hook for the connection; only once templates are rendered."""
        # Airflow parses DAG files all day; what only a running task needs is loaded by the running task.
        from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook

        return WebexRecordingsHook(str(self.webex_conn_id))

    def filters(self) -> Filters:
        """Return the filters; only once templates are rendered."""
        return cast("Filters", {name: getattr(self, name) for name in FILTER_NAMES})

    def run_window(self, context: Mapping[str, Any], start: Moment = None, end: Moment = None) -> RunWindow:
        """Return the window that a run covers: see `task.window.run_window`."""
        lengths = {"window": self.window, "lookback": self.lookback, "settle": self.settle}
        return run_window(context, start=start, end=end, **lengths)


def _with_shared_arguments(doc: str | None) -> str | None:
    if doc is None:
        return None
    filters = [line.replace(": ", ": (templated) ", 1) for line in _param_lines(RecordingsQuery)]
    shared = [*filters, *_param_lines(RecordingsTask)[:-1]]
    return inspect.cleandoc(doc).replace(":param kwargs:", "".join([*shared, ":param kwargs:"]), 1)


def _param_lines(cls: type) -> list[str]:
    """Return what a docstring says of each argument, in one or more lines."""
    return re.findall(r"^:param .*\n(?: +.*\n)*", inspect.cleandoc(cls.__doc__ or "") + "\n", re.MULTILINE)


def _signature(cls: type[RecordingsTask]) -> inspect.Signature:
    """Return the arguments that a class takes itself, then by keyword those that it passes on to its bases."""
    own: dict[str, inspect.Parameter] = {}
    passed_on: dict[str, inspect.Parameter] = {}
    rest: inspect.Parameter | None = None
    for base in cls.__mro__[: cls.__mro__.index(RecordingsTask) + 1]:
        if "__init__" not in vars(base):
            continue
        _self, *parameters = inspect.signature(vars(base)["__init__"]).parameters.values()
        rest = next((one for one in parameters if one.kind is one.VAR_KEYWORD), None)
        named = {one.name: one for one in parameters if one is not rest}
        if not own:
            own = named
        else:
            keywords = (one for one in named.values() if one.kind is not one.VAR_POSITIONAL and one.name not in own)
            passed_on = {one.name: one.replace(kind=one.KEYWORD_ONLY) for one in keywords} | passed_on
        if rest is None:
            break
    parameters = [*own.values(), *passed_on.values(), *([] if rest is None else [rest])]
    return inspect.Signature(sorted(parameters, key=lambda parameter: parameter.kind))
