"""Whether a page answers the question that was asked.

The question goes out with the first request of a window; after that, the server's own links carry it. So a later page
that does not fit is the fault of a link, and holds what nobody asked for. Where the very first page does not fit, the
rules of the API are other than thought: which time it compares with a window is not documented, an alias may find its
owner under another address, and ids have two spellings. That is worth a warning and no more.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from airflow_provider_webex_recordings.webex.errors import WebexProtocolError
from airflow_provider_webex_recordings.webex.query import WIRE_NAMES, RecordingsQuery
from airflow_provider_webex_recordings.webex.quoting import quoted
from airflow_provider_webex_recordings.webex.recording import Recording
from airflow_provider_webex_recordings.webex.times import instant, sort_as_moments
from airflow_provider_webex_recordings.webex.windows import TimeWindow

# How Webex matches a topic is its own affair.
_NOT_COMPARED = frozenset({"topic"})


class Fit:
    """Holds the pages of one window against its question.

    :param query: the filters
    :param window: at most 30 days, as they were asked for
    :param warned: the fields that the listing has warned of, which its windows share
    :param clean: takes secrets out of examples; a server may send back what it was sent
    """

    def __init__(
        self, query: RecordingsQuery, window: TimeWindow, warned: set[str], clean: Callable[[str], str]
    ) -> None:
        self._query, self._window, self._warned, self._clean = query, window, warned, clean
        self._asked = {name: value for name, value in query.filters.items() if name not in _NOT_COMPARED}
        #: the fields of the first page that do not fit; None before it
        self._odd: set[str] | None = None

    def check(self, page: list[Recording], tracking_id: str) -> list[str]:
        """Return a warning for each field of a first page that does not fit.

        :raises WebexProtocolError: where a later page does not fit
        """
        if not page:
            return []
        misfits = dict(self._misfits(page))
        if self._odd is None:
            self._odd = set(misfits)
            news = misfits.keys() - self._warned
            self._warned |= news
            return [f"{misfits[name]}. All recordings are listed as Webex sent them" for name in sorted(news)]
        for name in sorted(misfits.keys() - self._odd):
            problem = f"a page behind a next link does not fit the question, and was not listed: {misfits[name]}"
            raise WebexProtocolError(f"GET {self._query.path}: {problem}", tracking_id)
        return []

    def _misfits(self, page: list[Recording]) -> Iterator[tuple[str, str]]:
        """Yield each field that does not fit, and a sentence that names an example."""
        outside = None if self._is_plainly_inside(page) else next(filter(self._is_outside, page), None)
        if outside is not None:
            times = ", ".join(
                f"{name}={quoted(self._clean(str(outside.get(name))), 40)}" for name in ("createTime", "timeRecorded")
            )
            yield "window", f"Recordings of {self._window} were asked for, and Webex sent one with {times}"
        for name, asked in self._asked.items():
            others = {value for recording in page if isinstance(value := _field(recording, WIRE_NAMES[name]), str)}
            other = next((value for value in sorted(others) if _plain(value) != _plain(asked)), None)
            if other is not None:
                example = quoted(self._clean(other), 80)
                yield name, f"{name}={asked!r} was asked for, and Webex sent a recording with {example!r}"

    def _is_plainly_inside(self, page: list[Recording]) -> bool:
        """Return True where all were created inside and two times say so, as is the case with nearly every page."""
        times = [recording.get("createTime") for recording in page]
        if not sort_as_moments(times):
            return False
        first, last = instant(min(times)), instant(max(times))
        return first is not None and last is not None and self._window.start <= first and last < self._window.end

    def _is_outside(self, recording: Recording) -> bool:
        """Return whether a recording was neither created nor recorded in the window; if it says when it was created."""
        created, recorded = instant(recording.get("createTime")), instant(recording.get("timeRecorded"))
        moments = [moment for moment in (created, recorded) if moment is not None]
        return created is not None and not any(self._window.start <= moment < self._window.end for moment in moments)


def _field(recording: Recording, name: str) -> object:
    """Return a field of a recording, or of its call."""
    fields: Any = recording
    service_data = fields.get("serviceData")
    return fields.get(name) or (service_data.get(name) if isinstance(service_data, dict) else None)


def _plain(value: str) -> str:
    """Return a value as it compares: without case, and an id of Webex's older APIs as the UUID that it holds."""
    if value.startswith("Y2lz"):  # "cis", the beginning of ciscospark://
        # Of all kinds: not base64, not ASCII, not UTF-8.
        with suppress(ValueError):
            value = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode().rpartition("/")[2]
    return value.casefold()
