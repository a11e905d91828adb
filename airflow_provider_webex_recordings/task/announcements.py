"""What a wait found: small enough for an event and an XCom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from airflow_provider_webex_recordings.webex.recording import Recording
from airflow_provider_webex_recordings.webex.times import instant
from airflow_provider_webex_recordings.webex.windows import TimeWindow

MAX_IDS = 100


@dataclass(frozen=True, slots=True)
class Findings:
    """The recordings that one look found, and the window it looked into.

    :param window: from the moment since which recordings count to the moment of the look
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
