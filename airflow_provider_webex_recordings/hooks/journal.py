"""What a person reads in the log while a listing runs: each wait, progress on long listings, and a line at the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Self

from airflow_provider_webex_recordings.webex.messages import Message, Note, Page, Request, SaveToken, TokenWait, Wait


class Journal:
    """Watches the messages of one flow, counts them and writes log lines.

    :param log: a logger, of the standard library or Airflow's
    :param what: what is listed, for the lines
    :param progress_every: seconds between two lines of progress
    """

    def __init__(
        self,
        log: Any,
        what: str,
        progress_every: float = 30.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log, self._what, self._monotonic = log, what, monotonic
        self._started = self._last_line = monotonic()
        self._progress_every = progress_every
        self.recordings = self.pages = self.requests = self.retries = 0

    def note(self, message: Message) -> None:
        """Count a message, and write what a reader should know at once."""
        match message:
            case Request():
                self.requests += 1
            case Page(recordings):
                self.pages += 1
                self.recordings += len(recordings)
                self._progress()
            case TokenWait(seconds, reason):
                self._log.info("%s. Waiting %.1f s", reason, seconds)
            case Wait(seconds, reason, attempt, max_attempts):
                self.retries += 1
                self._log.warning("%s. Waiting %.1f s before attempt %d of %d", reason, seconds, attempt, max_attempts)
            case SaveToken():
                self._log.info("Webex renewed the access token")
            case Note(text):
                self._log.warning("%s", text)

    def _progress(self) -> None:
        now = self._monotonic()
        if now - self._last_line >= self._progress_every:
            self._last_line = now
            self._log.info("%s: %s so far", self._what, str(self))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, traceback: object) -> None:
        end = "listed" if kind is None else "stopped early, after" if kind is GeneratorExit else "failed after"
        self._log.info("%s: %s %s", self._what, end, str(self))

    def __str__(self) -> str:
        return (
            f"{self.recordings} recordings, {self.pages} pages, {self.requests} requests, {self.retries} retries, "
            f"{self._monotonic() - self._started:.1f} s"
        )
