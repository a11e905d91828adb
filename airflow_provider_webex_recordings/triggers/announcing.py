"""Announce recordings in windows that meet, at least once and never zero times."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from airflow_provider_webex_recordings.task.announcements import Announcement
from airflow_provider_webex_recordings.triggers.position import Position, PositionStore
from airflow_provider_webex_recordings.webex.windows import TimeWindow

# Seconds that Airflow may take to store an event that a trigger has fired, with room to spare.
STORED_AFTER = 10.0


class Announcer:
    """Finds out whether recordings appeared since the last announcement, and keeps account of what was announced.

    A trigger does not learn when its event is stored, and the triggerer may die before. So the window of an event is
    saved before the event is fired, and counts as announced only at the next poll, `STORED_AFTER` later or more. A
    process that finds a window saved by an earlier one announces that very window again.

    :param store: keeps the position
    :param has_recordings: whether a window holds any
    :param since: where the first window starts, None for the first poll
    :param settle: how much earlier than now a window ends
    :param lookback: how much earlier it starts than the one before ended
    """

    def __init__(
        self,
        store: PositionStore,
        has_recordings: Callable[[TimeWindow], Awaitable[bool]],
        *,
        since: datetime | None,
        settle: timedelta,
        lookback: timedelta,
    ) -> None:
        self._store, self._has_recordings = store, has_recordings
        self._since, self._settle, self._lookback = since, settle, lookback
        self._has_announced = False

    async def poll(self, now: datetime) -> Announcement | None:
        """Return what to announce, None where there is nothing."""
        end = now - self._settle
        position = await self._store.load()
        if position is None:
            position = Position(self._since or end)
            await self._store.save(position)
        if position.announced is not None:
            if not self._has_announced:
                self._has_announced = True
                return self._announcement(TimeWindow(position.until, position.announced), repeated=True)
            position = position.confirmed()
            await self._store.save(position)
        if end <= position.until:
            return None
        window = TimeWindow(position.until, end)
        if not await self._has_recordings(window):
            return None
        await self._store.save(position.announce(window))
        self._has_announced = True
        return self._announcement(window, repeated=False)

    def _announcement(self, window: TimeWindow, *, repeated: bool) -> Announcement:
        return Announcement(TimeWindow(window.start - self._lookback, window.end), self._lookback, repeated)
