"""Which window of time a DAG run covers, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow_provider_webex_recordings.task.announcements import Announcement
from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.windows import Moment, TimeWindow, moment

NO_WINDOW = """this run has {interval}, so nothing says which time it covers. Either give the task a window:
    {task}(..., window=timedelta(days=1))
or the DAG a schedule whose runs have a data interval:
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC")"""


@dataclass(frozen=True, slots=True)
class RunWindow:
    """A run's window, and what it was taken from.

    :param window: which time
    :param source: what it was taken from, in words
    :param repeated: windows beside it that were announced before, maybe to an earlier run: see
        `NewRecordingsEventTrigger`
    """

    window: TimeWindow
    source: str
    repeated: tuple[TimeWindow, ...] = ()

    def as_one(self) -> RunWindow:
        """Return one window that spans all of them."""
        return RunWindow(_hull([self.window, *self.repeated]), self.source)

    def each(self) -> list[RunWindow]:
        """Return each window by itself, those that were announced before first."""
        return [*(RunWindow(window, "a repeated asset event") for window in self.repeated), self]

    def to_dict(self) -> dict[str, str]:
        """Return start, end and source as text."""
        return {**self.window.to_dict(), "source": self.source}

    def __str__(self) -> str:
        return f"{self.window} from {self.source}"


def run_window(
    context: Mapping[str, Any],
    *,
    start: Moment = None,
    end: Moment = None,
    window: timedelta | None = None,
    lookback: timedelta | None = None,
    settle: timedelta | None = None,
) -> RunWindow:
    """Return the window that a run covers.

    The first of these that the run has: `start` and `end`; the windows of the asset events that triggered it, where
    this package raised them; the partition date, which `window` begins at; a data interval that is not empty; `window`
    ending at the end of the data interval, else at ``run_after``, else now. Then `settle` shifts the whole window back
    and `lookback` moves its start back.

    :param context: the task's context
    :param start: datetime or ISO 8601 text, both with an offset; empty text counts as not given
    :param end: likewise; only both together
    :param window: how long the window is where the run has no data interval, or an empty one
    :param lookback: how much earlier the window starts, to list again what appeared late; neighbouring windows then
        overlap by it
    :param settle: how much earlier the whole window lies, so that late recordings have appeared; neighbouring windows
        still meet exactly
    :raises WebexInputError: where nothing gives a window, or it is empty
    """
    for name, length in (("window", window), ("lookback", lookback), ("settle", settle)):
        _check_length(name, length)
    unshifted = _unshifted(context, start, end, window)
    settled, earlier = settle or timedelta(0), lookback or timedelta(0)
    covered, *repeated = (
        TimeWindow(given.start - settled - earlier, given.end - settled)
        for given in (unshifted.window, *unshifted.repeated)
    )
    result = RunWindow(covered, unshifted.source, tuple(repeated))
    if result.window.is_empty:
        raise WebexInputError(
            "window", str(result.window), f"is empty, so it cannot hold a recording; it came from {result.source}"
        )
    return result


def _unshifted(context: Mapping[str, Any], start: Moment, end: Moment, window: timedelta | None) -> RunWindow:
    if start or end:
        return RunWindow(TimeWindow(moment("start", start), moment("end", end)), "start and end")
    if events := _announcements(context):
        return _of_events(events)
    # In Airflow 3 these keys are absent, not None, in runs without a partition or a logical date.
    partition = context.get("partition_date")
    if partition is not None and window is not None:
        return RunWindow(TimeWindow(partition, partition + window), "partition date and window")
    interval_start, interval_end = context.get("data_interval_start"), context.get("data_interval_end")
    if interval_start is not None and interval_end is not None and interval_start < interval_end:
        return RunWindow(TimeWindow(interval_start, interval_end), "data interval")
    if window is None:
        task = type(context["task"]).__name__ if "task" in context else "ListRecordingsOperator"
        interval = _interval_of_run(partition, interval_end)
        raise WebexInputError("window", None, NO_WINDOW.format(interval=interval, task=task))
    if interval_end is not None:
        return RunWindow(TimeWindow(interval_end - window, interval_end), "window before the empty data interval")
    run_end = getattr(context["dag_run"], "run_after", None) or datetime.now(UTC)
    return RunWindow(TimeWindow(run_end - window, run_end), "window before run_after")


def _interval_of_run(partition: object, interval_end: object) -> str:
    if partition is not None:
        return f"the partition date {partition}, but no length"
    return "no data interval" if interval_end is None else f"an empty data interval (at {interval_end})"


def _of_events(events: list[Announcement]) -> RunWindow:
    source = "the triggering asset event" if len(events) == 1 else f"{len(events)} triggering asset events"
    new = [event.window for event in events if not event.repeated]
    if not new:
        return RunWindow(_hull([event.window for event in events]), source)
    covered = _hull(new)
    # An earlier run may have listed these into files of their own; in one window with the rest, their recordings would
    # be in two files.
    repeated = {event.window for event in events if event.repeated and event.window not in covered}
    return RunWindow(covered, source, tuple(sorted(repeated, key=lambda window: window.start)))


def _hull(windows: list[TimeWindow]) -> TimeWindow:
    return TimeWindow(min(window.start for window in windows), max(window.end for window in windows))


def _announcements(context: Mapping[str, Any]) -> list[Announcement]:
    """Return what the events that triggered the run announce, so far as they are ours."""
    triggering = context.get("triggering_asset_events") or context.get("triggering_dataset_events") or {}
    read = (Announcement.from_event(event) for events in triggering.values() for event in events)
    return [announcement for announcement in read if announcement is not None]


def _check_length(name: str, length: timedelta | None) -> None:
    if length is None or (isinstance(length, timedelta) and length >= timedelta(0)):
        return
    raise WebexInputError(name, length, "give a timedelta that is not negative, such as timedelta(days=1)")


def split_period(start: Moment, end: Moment, every: timedelta = timedelta(days=30)) -> list[dict[str, str]]:
    """Cut a long period into windows for dynamic task mapping, so that a back-fill spreads over all workers.

    ``ListRecordingsOperator.partial(...).expand_kwargs(split_period("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"))``

    :param start: datetime or ISO 8601 text, both with an offset
    :param end: likewise
    :param every: how long each window is; the last one may be shorter. Default: 30 days, the longest that Webex lists
        at once
    :return: ``{"start": ..., "end": ...}`` of each window, oldest first; they meet exactly
    :raises WebexInputError: where a border is not a time, or `every` is not positive
    """
    _check_length("every", every)
    if not every:
        raise WebexInputError("every", every, "give a timedelta above zero, such as timedelta(days=1)")
    period = TimeWindow(moment("start", start), moment("end", end))
    count = -(-(period.end - period.start) // every)
    starts = [period.start + number * every for number in range(count)]
    return [TimeWindow(begin, min(begin + every, period.end)).to_dict() for begin in starts]
