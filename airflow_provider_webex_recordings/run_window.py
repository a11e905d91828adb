"""Which window of time a DAG run covers, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.windows import TimeWindow

NO_WINDOW = """this run has {interval}, so nothing says which time it covers. Either give the task a window:
    {task}(..., window=timedelta(days=1))
or the DAG a schedule whose runs have a data interval:
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC")"""


@dataclass(frozen=True, slots=True)
class RunWindow:
    """A run's window, and what it was taken from."""

    window: TimeWindow
    source: str

    def to_dict(self) -> dict[str, str]:
        """Return start, end and source as text."""
        return {**self.window.to_dict(), "source": self.source}

    def __str__(self) -> str:
        return f"{self.window} from {self.source}"


def run_window(
    context: Mapping[str, Any],
    *,
    start: datetime | str | None = None,
    end: datetime | str | None = None,
    window: timedelta | None = None,
) -> RunWindow:
    """Return the window that a run covers.

    In this order: `start` and `end`; the run's data interval, where it is not empty; `window`, ending at the end of
    the data interval, else at the time after which the run could start (``run_after``).

    :param context: the task's context
    :param start: explicit start, datetime or ISO 8601 text with an offset; empty text counts as not given
    :param end: explicit end, likewise; only both together
    :param window: how long the window is where the data interval is empty or absent
    :raises WebexInputError: where none of these gives a window
    """
    if start or end:
        return RunWindow(TimeWindow(_moment("start", start), _moment("end", end)), "start and end")
    # The keys are absent, not None, in runs without a logical date (Airflow 3).
    interval_start, interval_end = context.get("data_interval_start"), context.get("data_interval_end")
    if interval_start is not None and interval_end is not None and interval_start < interval_end:
        return RunWindow(TimeWindow(interval_start, interval_end), "data interval")
    if window is None:
        interval = "no data interval" if interval_end is None else f"an empty data interval (at {interval_end})"
        task = type(context["task"]).__name__ if "task" in context else "ListRecordingsOperator"
        raise WebexInputError("window", None, NO_WINDOW.format(interval=interval, task=task))
    run_end = interval_end or context["dag_run"].run_after
    return RunWindow(TimeWindow(run_end - window, run_end), "window")


def _moment(field: str, value: datetime | str | None) -> datetime:
    if not value:
        raise WebexInputError(field, value, "is missing; give start and end together, or neither")
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise WebexInputError(field, value, "is no ISO 8601 time, such as 2026-11-22T00:00:00+00:00") from None
