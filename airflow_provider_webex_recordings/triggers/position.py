"""How far an asset's recordings were announced, kept where it survives a restart of the triggerer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from asgiref.sync import sync_to_async

from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.windows import TimeWindow, iso


@dataclass(frozen=True, slots=True)
class Position:
    """What was announced.

    :param until: everything created before it has been announced, and the announcements are stored
    :param announced: end of the last announcement, which starts at `until` and may or may not be stored; else None
    """

    until: datetime
    announced: datetime | None = None

    def announce(self, window: TimeWindow) -> Position:
        """Return the position with a window that is about to be announced."""
        return replace(self, announced=window.end)

    def confirmed(self) -> Position:
        """Return the position after the last announcement is known to be stored."""
        return self if self.announced is None else Position(self.announced)


class PositionStore:
    """Reads and writes a position in the state store of Airflow's asset, from 3.3 on; else in memory only.

    :param asset_state_store: the trigger's, None where Airflow has none
    :param asset: name of the asset
    :param what: connection and filters: another choice of recordings has another position
    """

    def __init__(self, asset_state_store: Any, asset: str, what: Mapping[str, Any]) -> None:
        self._store, self._asset = asset_state_store, asset
        digest = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
        self._key = f"webex_recordings_position_{digest[:12]}"
        self._known: Position | None = None

    async def load(self) -> Position | None:
        """Return the position, None where there is none yet."""
        if self._known is None and self._store is not None:
            stored = await self._call("get", self._key)
            if stored is not None:
                announced = stored.get("announced")
                self._known = Position(
                    datetime.fromisoformat(stored["until"]), announced and datetime.fromisoformat(announced)
                )
        return self._known

    async def save(self, position: Position) -> None:
        """Keep the position."""
        if self._store is not None:
            announced = position.announced and iso(position.announced)
            await self._call("set", self._key, {"until": iso(position.until), "announced": announced})
        self._known = position

    async def _call(self, name: str, *arguments: Any) -> Any:
        # Airflow 3.3.0 and 3.3.1 lack the async half, and blocking here would block every trigger.
        method = getattr(self._store, f"a{name}", None) or sync_to_async(
            getattr(self._store, name), thread_sensitive=False
        )
        try:
            return await method(*arguments)
        except ValueError as error:
            advice = f"give the trigger of each AssetWatcher the name of its own asset ({error})"
            raise WebexInputError("asset", self._asset, advice) from error
