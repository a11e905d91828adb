"""Sensors that wait for Webex recordings."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseSensorOperator, PokeReturnValue, conf

from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from airflow_provider_webex_recordings.task.announcements import Findings
from airflow_provider_webex_recordings.task.errors import failing_fast, from_event
from airflow_provider_webex_recordings.task.window import run_window
from airflow_provider_webex_recordings.triggers.webex_recordings import NewRecordingsTrigger
from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.query import Filters, RecordingsQuery, Role
from airflow_provider_webex_recordings.webex.windows import Moment, TimeWindow, iso, moment

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

FILTERS = tuple(Filters.__annotations__)


class NewRecordingsSensor(BaseSensorOperator):
    """Wait until recordings were created.

    Succeeds when at least `min_recordings` that match the filters were created since a moment. What counts is when a
    recording was created, not when the call was made. In a worker's slot (``mode="poke"``), rescheduled
    (``mode="reschedule"``) or deferred, it asks the same, waits the same and fails the same.

    :param since: (templated) recordings created from then on count: aware datetime or ISO 8601 text. Default None: the
        start of the window that `ListRecordingsOperator` would list in this run
    :param min_recordings: how many are enough. Default 1
    :param window: how long that window is in runs whose data interval is empty or absent, as for the operator.
        Default None: such a run fails, unless `since` is given
    :param lookback: how much earlier the window starts, as for the operator. Default None: not at all
    :param settle: how much earlier the window lies, as for the operator. Default None: not at all
    :param role: (templated) ``user`` for the token owner's recordings, ``admin`` for the organisation's. Default None:
        the connection's
    :param status: (templated) this and the next are filters, as for `ListRecordingsOperator`. Default None: any
    :param service_type: (templated)
    :param format: (templated)
    :param owner_type: (templated)
    :param storage_region: (templated)
    :param location_id: (templated)
    :param topic: (templated)
    :param owner_id: (templated)
    :param owner_email: (templated)
    :param timezone: (templated)
    :param deferrable: wait in the triggerer, without a worker's slot, after a first look. Default: Airflow's
        ``[operators] default_deferrable``
    :param webex_conn_id: (templated) Airflow connection of type ``webex``
    :param kwargs: ``poke_interval``, ``timeout``, ``mode``, ``exponential_backoff``, ``max_wait``, ``soft_fail``,
        ``never_fail`` and all else that Airflow's sensors take

    :return: ``window`` (``start``, ``end``: the moment of the last look), ``count`` (no more than `min_recordings`),
        up to 100 ``ids`` and ``newest_create_time``
    :raises AirflowSensorTimeout: where `timeout` seconds were not enough
    :raises AirflowFailException: where a retry cannot help: bad arguments, refused credentials, a missing scope
    :raises WebexError: for all else, after the connection's own retries

    https://developer.webex.com/docs/api/v1/converged-recordings/list-recordings
    """

    template_fields: Sequence[str] = ("webex_conn_id", "since", *FILTERS)
    ui_color = "#e6f1ee"

    def __init__(
        self,
        *,
        since: Moment = None,
        min_recordings: int = 1,
        window: timedelta | None = None,
        lookback: timedelta | None = None,
        settle: timedelta | None = None,
        role: Role | None = None,
        status: str | None = None,
        service_type: str | None = None,
        format: str | None = None,  # noqa: A002 - the API's name
        owner_type: str | None = None,
        storage_region: str | None = None,
        location_id: str | None = None,
        topic: str | None = None,
        owner_id: str | None = None,
        owner_email: str | None = None,
        timezone: str | None = None,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        webex_conn_id: str = WebexRecordingsHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.since = since
        self.min_recordings = min_recordings
        self.window = window
        self.lookback = lookback
        self.settle = settle
        self.role = role
        self.status = status
        self.service_type = service_type
        self.format = format
        self.owner_type = owner_type
        self.storage_region = storage_region
        self.location_id = location_id
        self.topic = topic
        self.owner_id = owner_id
        self.owner_email = owner_email
        self.timezone = timezone
        self.deferrable = deferrable
        self.webex_conn_id = webex_conn_id
        self._deadline = 0.0
        self._event: dict[str, Any] | None = None

    def execute(self, context: Context) -> Any:
        """Poke until there are enough recordings, or defer after the first poke."""
        self._deadline = time.time() + self.timeout
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any], deadline: float | None = None) -> Any:
        """Go on where the trigger ended.

        :param event: the trigger's
        :param deadline: Unix time of the time-out; `dag.test()` does not hand it on

        Airflow's own loop takes the event as the next poke, so that an error of the trigger is treated as one of a
        poke is: ``soft_fail``, ``never_fail`` and ``silent_fail`` hold for both.
        """
        self._deadline, self._event = deadline or time.time() + self.timeout, event
        # Airflow's loop counts from here, and would give it the whole time once more.
        self.timeout = max(self._deadline - time.time(), 0.0)
        return super().execute(context)

    def poke(self, context: Context) -> bool | PokeReturnValue:
        """Look once."""
        with failing_fast():
            event, self._event = self._event, None
            found = self._look(context) if event is None else _found(event)
        return found is not None and PokeReturnValue(is_done=True, xcom_value=found)

    def _look(self, context: Context) -> dict[str, Any] | None:
        since = self._counting_since(context)
        window = TimeWindow(since, max(since, datetime.now(UTC)))
        with closing(WebexRecordingsHook(self.webex_conn_id)) as hook:
            query = hook.query(**{name: getattr(self, name) for name in FILTERS})
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
            return moment("since", self.since)
        lengths = {name: getattr(self, name) for name in ("window", "lookback", "settle")}
        return run_window(context, **lengths).window.start

    def _defer(self, query: RecordingsQuery, since: datetime) -> None:
        left = self._deadline - time.time()
        if left <= 0:
            return  # to Airflow's loop, which raises the time-out
        self.defer(
            trigger=NewRecordingsTrigger(
                query=query.to_dict(),
                since=iso(since),
                min_recordings=self.min_recordings,
                started=time.time(),
                poke_interval=self.poke_interval,
                exponential_backoff=self.exponential_backoff,
                max_wait=_seconds(self.max_wait),
                webex_conn_id=self.webex_conn_id,
            ),
            method_name="execute_complete",
            kwargs={"deadline": self._deadline},
            timeout=timedelta(seconds=left),
        )


def _found(event: dict[str, Any]) -> dict[str, Any]:
    """Return what a trigger found, or raise the error that ended it."""
    if "error" in event:
        raise from_event(event["error"])
    return event["found"]  # type: ignore[no-any-return]


def _seconds(length: timedelta | float | None) -> float | None:
    return length.total_seconds() if isinstance(length, timedelta) else length
