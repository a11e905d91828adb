"""Triggers that wait for Webex recordings without a worker: for a deferred sensor, and for an asset's watcher."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Unpack, cast

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from airflow_provider_webex_recordings.task.errors import POLL_ERRORS
from airflow_provider_webex_recordings.task.findings import Findings, WaitResult
from airflow_provider_webex_recordings.triggers.announcing import STORED_AFTER, Announcer
from airflow_provider_webex_recordings.triggers.poll_times import SHORTEST, next_tick, pauses
from airflow_provider_webex_recordings.triggers.position import PositionStore
from airflow_provider_webex_recordings.triggers.shared_polls import share_poll
from airflow_provider_webex_recordings.webex.errors import WebexAuthenticationError, WebexInputError
from airflow_provider_webex_recordings.webex.query import Filters, RecordingsQuery
from airflow_provider_webex_recordings.webex.windows import Moment, TimeWindow, iso, moment

try:
    from airflow.triggers.base import BaseEventTrigger
except ImportError:  # Airflow 2 has no watchers
    BaseEventTrigger = BaseTrigger  # type: ignore[misc, assignment]

# Seconds; the longest pause after polls that failed one after another.
LONGEST_PAUSE = 900.0

NEXT_ATTEMPT = "Next attempt in %.0f s. Nothing is lost: the next window starts where the last one ended"


class NewRecordingsTrigger(BaseTrigger):
    """Fires once, when enough recordings were created; `NewRecordingsSensor` defers to it.

    The event is a `WaitResult`.

    :param query: the filters, from `RecordingsQuery.to_dict`
    :param since: ISO 8601 text; recordings created from then on count
    :param min_recordings: how many are enough
    :param started: Unix time of the poke on the worker; later polls keep its intervals
    :param poke_interval: seconds between two polls
    :param exponential_backoff: whether it doubles from poll to poll
    :param max_wait: the longest that it gets then, in seconds
    :param webex_conn_id: Airflow connection of type ``webex``
    """

    def __init__(
        self,
        *,
        query: Filters,
        since: str,
        min_recordings: int,
        started: float,
        poke_interval: float,
        exponential_backoff: bool = False,
        max_wait: float | None = None,
        webex_conn_id: str = WebexRecordingsHook.default_conn_name,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.query = query
        self.since = since
        self.min_recordings = min_recordings
        self.started = started
        self.poke_interval = poke_interval
        self.exponential_backoff = exponential_backoff
        self.max_wait = max_wait
        self.webex_conn_id = webex_conn_id

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the arguments as Airflow's database keeps them, in clear: no secret is among them."""
        names = ("query", "since", "min_recordings", "started", "poke_interval", "exponential_backoff", "max_wait")
        arguments = {name: getattr(self, name) for name in (*names, "webex_conn_id")}
        return f"{__name__}.{type(self).__name__}", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield the one event."""
        try:
            result = WaitResult(found=(await self._wait()).to_dict())
        except POLL_ERRORS as error:
            result = WaitResult(error=error)
        yield TriggerEvent(result.to_payload())  # type: ignore[no-untyped-call]

    async def _wait(self) -> Findings:
        hook = WebexRecordingsHook(self.webex_conn_id)
        rhythm = pauses(
            time.time() - self.started,
            self.poke_interval,
            exponential_backoff=self.exponential_backoff,
            max_wait=self.max_wait,
        )
        try:
            while True:
                await asyncio.sleep(next(rhythm))
                try:
                    found = await self._poll(hook)
                except WebexAuthenticationError:
                    if (changed := await self._changed(hook)) is None:
                        raise
                    hook = changed
                    found = await self._poll(hook)
                self.log.info("%d of %d recordings in %s", len(found.recordings), self.min_recordings, found.window)
                if len(found.recordings) >= self.min_recordings:
                    return found
        finally:
            await hook.aclose()

    async def _poll(self, hook: WebexRecordingsHook) -> Findings:
        since = datetime.fromisoformat(self.since)
        window = TimeWindow(since, max(since, datetime.now(UTC)))
        await hook.load_settings()
        recordings = await hook.afind_recordings(window, RecordingsQuery(**self.query), self.min_recordings)
        return Findings(window, recordings)

    async def _changed(self, hook: WebexRecordingsHook) -> WebexRecordingsHook | None:
        """Return a hook with the connection's present settings, None where they have not changed."""
        changed = WebexRecordingsHook(self.webex_conn_id)
        if await changed.load_settings() == hook.settings:
            return None
        await hook.aclose()
        self.log.info("The connection %s was changed meanwhile; trying again with its new settings", self.webex_conn_id)
        return changed


class NewRecordingsEventTrigger(BaseEventTrigger):
    """Fires whenever recordings appear, for an `AssetWatcher` of Airflow 3; a DAG scheduled on the asset then runs.

    Each event says which window it announces. The windows of successive events meet exactly, so that a
    `ListRecordingsOperator` in the DAG, which takes its window from the event, lists each recording once. From
    Airflow 3.3 on the position survives a restart of the triggerer, and an event that may have been lost in it is
    fired again, with the same window and ``"repeated": true``. Earlier versions cannot store the position: recordings
    created while no triggerer is running are not announced.

    It polls at multiples of `poll_interval`, and never gives up: an error is logged, and the next poll comes after a
    pause that grows to 15 minutes. Triggers with the same connection, filters and interval share their polls.

    The event's payload is ``{"window": {"start": ..., "end": ...}, "lookback": seconds, "repeated": bool}``, see
    `Announcement`.

    :param asset: name of the asset that is watched; Airflow needs a trigger of its own for each asset
    :param since: aware datetime or ISO 8601 text: where the first window starts. Default None: when it first runs
    :param poll_interval: seconds or timedelta between two polls. Default 60 seconds
    :param settle: seconds or timedelta that a window ends before now, so that what Webex shows late is still inside.
        Default 5 minutes
    :param lookback: seconds or timedelta that a window starts before the end of the one before, to list again
        what appeared later still; windows then overlap by it. Default 0
    :param webex_conn_id: Airflow connection of type ``webex``
    :param filters: which recordings, by keyword: see `RecordingsQuery`; the role's default is the connection's
    :raises WebexInputError: where an argument cannot work
    """

    def __init__(
        self,
        *,
        asset: str,
        since: Moment = None,
        poll_interval: timedelta | float = 60.0,
        settle: timedelta | float = 300.0,
        lookback: timedelta | float = 0.0,
        webex_conn_id: str = WebexRecordingsHook.default_conn_name,
        **filters: Unpack[Filters],
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.asset = asset
        self.since = iso(moment("since", since)) if since else None
        self.poll_interval = _seconds("poll_interval", poll_interval, at_least=SHORTEST)
        self.settle = _seconds("settle", settle)
        self.lookback = _seconds("lookback", lookback)
        self.webex_conn_id = webex_conn_id
        # The connection's role is not known yet, and admin allows more filters than user.
        RecordingsQuery.of(filters, default_role="admin")
        self.filters = cast("Filters", {name: value for name, value in filters.items() if value is not None})

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the arguments as Airflow's database keeps them: no secret is among them."""
        names = ("asset", "since", "poll_interval", "settle", "lookback", "webex_conn_id")
        return f"{__name__}.{type(self).__name__}", {name: getattr(self, name) for name in names} | self.filters

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield an event whenever recordings appeared, forever."""
        announcer = self._announcer()
        tick, pause, failures = time.time(), 0.0, 0
        while True:
            tick = next_tick(max(tick, time.time()), self.poll_interval, pause)
            await asyncio.sleep(tick - time.time())
            try:
                announcement = await announcer.poll(datetime.fromtimestamp(tick, UTC))
            except Exception as error:
                failures += 1
                pause = self._pause_after(error, failures)
                continue
            failures, pause = 0, STORED_AFTER if announcement else 0.0
            if announcement:
                yield TriggerEvent(announcement.to_payload())  # type: ignore[no-untyped-call]

    def _announcer(self) -> Announcer:
        state = getattr(self, "asset_state_store", None)
        if state is None:
            self.log.warning(
                "This Airflow version cannot store a watcher's position (3.3 and later can). Recordings created while "
                "no triggerer is running will not be announced"
            )
        chosen = {"webex_conn_id": self.webex_conn_id, **self.filters}
        return Announcer(
            PositionStore(state, self.asset, chosen),
            self._has_recordings,
            since=datetime.fromisoformat(self.since) if self.since else None,
            settle=timedelta(seconds=self.settle),
            lookback=timedelta(seconds=self.lookback),
        )

    async def _has_recordings(self, window: TimeWindow) -> bool:
        key = self.webex_conn_id, tuple(sorted(self.filters.items())), window
        return await share_poll(key, partial(_has_recordings, self.webex_conn_id, self.filters, window))

    def _pause_after(self, error: Exception, failures: int) -> float:
        """Log a poll that failed, and return the least number of seconds until the next one."""
        pause = max(
            min(self.poll_interval * 2.0 ** min(failures - 1, 20), LONGEST_PAUSE),
            getattr(error, "retry_after", None) or 0.0,
        )
        if isinstance(error, POLL_ERRORS):
            level = logging.ERROR if getattr(error, "final", True) else logging.WARNING
            self.log.log(level, f"%s. {NEXT_ATTEMPT}", error, pause)
        else:
            self.log.exception(NEXT_ATTEMPT, pause)
        return pause


async def _has_recordings(webex_conn_id: str, filters: Filters, window: TimeWindow) -> bool:
    hook = WebexRecordingsHook(webex_conn_id)
    try:
        settings = await hook.load_settings()
        query = RecordingsQuery.of(filters, default_role=settings.role)
        return bool(await hook.afind_recordings(window, query, 1))
    finally:
        await hook.aclose()


def _seconds(name: str, length: timedelta | float, at_least: float = 0.0) -> float:
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not at_least <= seconds < math.inf:
        raise WebexInputError(name, length, f"give a timedelta or a number of seconds, at least {at_least:g}")
    return float(seconds)
