"""What an asset's event says: both of its ends, in one type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from airflow_provider_webex_recordings.webex.windows import TimeWindow, moment


@dataclass(frozen=True, slots=True)
class Announcement:
    """What an asset's event says: recordings appeared in a window.

    :param window: what to list; `lookback` is part of it
    :param lookback: how much of the window, at its start, was announced before
    :param repeated: whether this very window may have been announced before
    """

    window: TimeWindow
    lookback: timedelta = timedelta(0)
    repeated: bool = False

    def to_payload(self) -> dict[str, Any]:
        """Return ``window`` (``start``, ``end``), ``lookback`` in seconds and ``repeated``, as plain JSON."""
        return {
            "window": self.window.to_dict(),
            "lookback": self.lookback.total_seconds(),
            "repeated": self.repeated,
        }

    @classmethod
    def from_event(cls, event: Any) -> Announcement | None:
        """Return what an asset event announces, None where it is not one of ours.

        A watcher's event carries what its trigger said as ``payload``; an operator's event is a summary of the file,
        in which nothing is repeated.

        :raises WebexInputError: where it has a window that cannot be read
        """
        extra = event.extra or {}
        said = extra.get("payload", extra)
        borders = said.get("window") if isinstance(said, dict) else None
        if not isinstance(borders, dict) or not borders.keys() >= {"start", "end"}:
            return None
        window = TimeWindow(moment("start", borders["start"]), moment("end", borders["end"]))
        seconds = said.get("lookback")
        lookback = timedelta(seconds=seconds if isinstance(seconds, int | float) else 0)
        return cls(window, lookback, repeated=bool(said.get("repeated")))
