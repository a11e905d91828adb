"""From Webex's errors to Airflow's, and from the triggerer to the worker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException, AirflowNotFoundException

from airflow_provider_webex_recordings.webex import errors
from airflow_provider_webex_recordings.webex.errors import WebexError

#: what a poll can raise that the task has to see; the second means that the connection does not exist
POLL_ERRORS = (WebexError, AirflowNotFoundException)

_BY_NAME: dict[str, type[Exception]] = {
    AirflowNotFoundException.__name__: AirflowNotFoundException,
    **{name: item for name, item in vars(errors).items() if isinstance(item, type) and issubclass(item, WebexError)},
}


@contextmanager
def fail_without_retry() -> Iterator[None]:
    """Fail a task at once, without the retries that it has left, where a retry cannot help."""
    try:
        yield
    except WebexError as error:
        if error.final:
            raise AirflowFailException(str(error)) from error
        raise


def to_event(error: Exception) -> dict[str, Any]:
    """Return an error of `POLL_ERRORS` as plain JSON, for a trigger's event."""
    plain = (str, int, float, bool, type(None))
    return {
        "class": next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in _BY_NAME),
        "args": [argument if isinstance(argument, plain) else repr(argument) for argument in error.args],
        "connection": getattr(error, "connection", ""),
    }


def from_event(described: Mapping[str, Any]) -> Exception:
    """Return the error that `to_event` described, of the same class."""
    error = _BY_NAME[described["class"]](*described["args"])
    if isinstance(error, WebexError):
        # An event of the version before has none.
        error.connection = described.get("connection", "")
    return error
