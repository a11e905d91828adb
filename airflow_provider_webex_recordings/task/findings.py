"""What a wait found, and the event that ends it in the triggerer; small enough for an event and an XCom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_webex_recordings.task import errors
from airflow_provider_webex_recordings.webex.recording import Recording
from airflow_provider_webex_recordings.webex.times import instant
from airflow_provider_webex_recordings.webex.windows import TimeWindow

MAX_IDS = 100


@dataclass(frozen=True, slots=True)
class Findings:
    """The recordings that one poll found, and the window it asked for.

    :param window: from the moment since which recordings count to the moment of the poll
    :param recordings: no more than were waited for, though there may be more
    """

    window: TimeWindow
    recordings: list[Recording]

    def to_dict(self) -> dict[str, Any]:
        """Return ``window``, ``count``, up to 100 ``ids`` and ``newest_create_time``, which is as sent, or None."""
        times = [recording.get("createTime") for recording in self.recordings]
        moments = [(moment, time) for time in times if (moment := instant(time)) is not None]
        return {
            "window": self.window.to_dict(),
            "count": len(self.recordings),
            "ids": [recording.get("id") for recording in self.recordings[:MAX_IDS]],
            "newest_create_time": max(moments)[1] if moments else None,
        }


@dataclass(frozen=True, slots=True)
class WaitResult:
    """How the wait of a deferred sensor ended: with what was found, or with an error.

    :param found: `Findings` as a dict
    :param error: one of `POLL_ERRORS`
    """

    found: dict[str, Any] | None = None
    error: Exception | None = None

    def to_payload(self) -> dict[str, Any]:
        """Return ``found`` or ``error``, as plain JSON."""
        return {"found": self.found} if self.error is None else {"error": errors.to_event(self.error)}

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> WaitResult:
        """Return what `to_payload` wrote."""
        if "error" in payload:
            return cls(error=errors.from_event(payload["error"]))
        return cls(found=payload["found"])

    def value(self) -> dict[str, Any]:
        """Return what was found, or raise the error.

        :raises WebexError: or AirflowNotFoundException, as the poll that ended the wait raised it
        """
        if self.error is not None:
            raise self.error
        return self.found or {}
