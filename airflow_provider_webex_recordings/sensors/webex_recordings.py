"""Sensors that wait for Webex recordings."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Unpack, cast

from airflow.providers.common.compat.sdk import BaseSensorOperator, PokeReturnValue, XComArg, conf

from airflow_provider_webex_recordings.task.airflow_arguments import SensorArguments
from airflow_provider_webex_recordings.task.arguments import RecordingsTask, RecordingsTaskArguments
from airflow_provider_webex_recordings.task.errors import fail_without_retry
from airflow_provider_webex_recordings.task.findings import Findings, WaitResult
from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.query import RecordingsQuery
from airflow_provider_webex_recordings.webex.windows import Moment, TimeWindow, iso, moment

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context


class WaitArguments(SensorArguments, RecordingsTaskArguments, total=False):
    """What `NewRecordingsSensor` passes on to its bases."""


class NewRecordingsSensor(RecordingsTask, BaseSensorOperator):
    """Wait until recordings were created.

    Succeeds when at least `min_recordings` that match the filters were created since a moment. What counts is when a
    recording was created, not when the call was made. It sends the same requests, waits as long and fails
    in the same way in a worker's slot (``mode="poke"``), rescheduled (``mode="reschedule"``) and deferred.

    :param since: (templated) recordings created from then on count: aware datetime or ISO 8601 text. Default None: the
        start of the window that `ListRecordingsOperator` would list in this run
    :param min_recordings: how many are enough. Default 1
    :param deferrable: wait in the triggerer, without a worker's slot, after a first poll. Default: Airflow's
        ``[operators] default_deferrable``
    :param kwargs: ``poke_interval``, ``timeout``, ``mode``, ``exponential_backoff``, ``max_wait``, ``soft_fail``,
        ``never_fail`` and all else that Airflow's sensors take

    :return: ``window`` (``start``, ``end``: the moment of the last poll), ``count`` (no more than `min_recordings`),
        up to 100 ``ids`` and ``newest_create_time``
    :raises AirflowSensorTimeout: where `timeout` seconds were not enough
    :raises AirflowFailException: where a retry cannot help: bad arguments, refused credentials, a missing scope
    :raises WebexError: for all else, after the connection's own retries

    https://developer.webex.com/docs/api/v1/converged-recordings/list-recordings
    """

    template_fields: Sequence[str] = (*RecordingsTask.template_fields, "since")
    ui_color = "#e6f1ee"

    def __init__(
        self,
        *,
        since: Moment | XComArg = None,
        min_recordings: int = 1,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Unpack[WaitArguments],
    ) -> None:
        super().__init__(**kwargs)
        self.since = since
        self.min_recordings = min_recordings
        self.deferrable = deferrable
        self._deadline = 0.0
        self._event: dict[str, Any] | None = None

    def execute(self, context: Context) -> Any:
        """Poke until there are enough recordings, or defer after the first poke."""
        self._deadline = time.time() + self.timeout
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any], deadline: float | None = None) -> Any:
        """Continue where the trigger ended.

        :param event: the trigger's
        :param deadline: Unix time of the time-out; `dag.test()` does not pass it on

        Airflow's own loop takes the event as the next poke, so that an error of the trigger is treated as one of a
        poke is: ``soft_fail``, ``never_fail`` and ``silent_fail`` hold for both.
        """
        self._deadline, self._event = deadline or time.time() + self.timeout, event
        # Airflow's loop counts from here, and would grant the whole time again.
        self.timeout = max(self._deadline - time.time(), 0.0)
        return super().execute(context)

    def poke(self, context: Context) -> bool | PokeReturnValue:
        """Poll once."""
        with fail_without_retry():
            event, self._event = self._event, None
            found = self._poll(context) if event is None else WaitResult.from_payload(event).value()
        return found is not None and PokeReturnValue(is_done=True, xcom_value=found)

    def _poll(self, context: Context) -> dict[str, Any] | None:
        since = self._counting_since(context)
        window = TimeWindow(since, max(since, datetime.now(UTC)))
        with closing(self.hook()) as hook:
            query = hook.query(**self.filters())
            found = Findings(window, hook.find_recordings(window, query, self.min_recordings))
        self.log.info("%d of %d recordings in %s", len(found.recordings), self.min_recordings, found.window)
        if len(found.recordings) >= self.min_recordings:
            return found.to_dict()
        if self.deferrable:
            self._defer(query, window.start)
        return None

    def _counting_since(self, context: Context) -> datetime:
        if isinstance(self.min_recordings, bool) or not isinstance(self.min_recordings, int) or self.min_recordings < 1:
            raise WebexInputError("min_recordings", self.min_recordings, "give a whole number above zero")
        if self.since:
            return moment("since", cast("Moment", self.since))
        return self.run_window(context).window.start

    def _defer(self, query: RecordingsQuery, since: datetime) -> None:
        left = self._deadline - time.time()
        if left <= 0:
            return  # to Airflow's loop, which raises the time-out
        # Loaded by the running task only, as the hook is.
        from airflow_provider_webex_recordings.triggers.webex_recordings import NewRecordingsTrigger

        self.defer(
            trigger=NewRecordingsTrigger(
                query=query.to_dict(),
                since=iso(since),
                min_recordings=self.min_recordings,
                started=time.time(),
                poke_interval=self.poke_interval,
                exponential_backoff=self.exponential_backoff,
                max_wait=_seconds(self.max_wait),
                webex_conn_id=str(self.webex_conn_id),
            ),
            method_name="execute_complete",
            kwargs={"deadline": self._deadline},
            timeout=timedelta(seconds=left),
        )


def _seconds(length: timedelta | float | None) -> float | None:
    return length.total_seconds() if isinstance(length, timedelta) else length
