"""Operators that list Webex recordings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_provider_webex_recordings.airflow_errors import failing_fast
from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from airflow_provider_webex_recordings.run_window import RunWindow, run_window
from airflow_provider_webex_recordings.storage import encode_lines, file_name, write_json_lines
from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.messages import Recording
from airflow_provider_webex_recordings.webex.query import Filters, Role

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, ObjectStoragePath

FILTERS = tuple(Filters.__annotations__)


class ListRecordingsOperator(BaseOperator):
    """List the recordings created in the run's window, to XCom or to a file.

    The window is `start` and `end` where they are given, else the run's data interval, else `window` before the
    run's time. It is half-open, like a data interval, so neighbouring runs share nothing and miss nothing.

    :param output_path: (templated) where to write, as JSON Lines: any path that Airflow's ``ObjectStoragePath``
        takes, such as ``s3://aws_default@bucket/recordings/{{ ds }}.jsonl``. Each run needs a path of its own; one
        that ends with ``/`` is completed by a file name made of DAG, task and window. The file appears when it is
        complete and replaces the one of an earlier try. Default None: the recordings go to XCom
    :param start: (templated) start of the window, inclusive: aware datetime or ISO 8601 text. Default None
    :param end: (templated) end of the window, exclusive. Default None
    :param window: how long the window is in runs whose data interval is empty or absent. Default None: such a run fails
    :param role: (templated) ``user`` for the token owner's recordings, ``admin`` for the organisation's. Default None:
        the connection's
    :param status: (templated) ``available`` (Webex's default), ``deleted``, or with role admin ``purged``
    :param service_type: (templated) such as ``calling`` or ``customerAssist``
    :param format: (templated) such as ``MP3``
    :param owner_type: (templated) such as ``user``, ``place``, ``virtualLine`` or ``callQueue``
    :param storage_region: (templated) such as ``US`` or ``DE``
    :param location_id: (templated) UUID of a Webex Calling location
    :param topic: (templated) text in the topic, in any case
    :param owner_id: (templated) UUID of the owner; role admin only
    :param owner_email: (templated) e-mail address of the owner; role admin only
    :param timezone: (templated) IANA name of the zone in which Webex writes times. Default None: UTC
    :param page_size: recordings per request, 1 to 100. Default None: the connection's
    :param max_xcom_bytes: how large a list may go to XCom, in bytes of JSON. Default 1,000,000, some 2,000 recordings
    :param webex_conn_id: (templated) Airflow connection of type ``webex``

    :return: without `output_path` the list of recordings, each as the API sent it; with it a summary:
        ``path``, ``format``, ``count``, ``bytes``, ``sha256``, ``window`` (``start``, ``end``, ``source``)
    :raises AirflowFailException: where a retry cannot help: bad arguments, refused credentials, a missing scope
    :raises WebexError: for all else, after the connection's own retries

    https://developer.webex.com/docs/api/v1/converged-recordings/list-recordings
    """

    template_fields: Sequence[str] = ("webex_conn_id", "output_path", "start", "end", *FILTERS)
    ui_color = "#d6efe4"

    def __init__(
        self,
        *,
        output_path: str | ObjectStoragePath | None = None,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
        window: timedelta | None = None,
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
        page_size: int | None = None,
        max_xcom_bytes: int = 1_000_000,
        webex_conn_id: str = WebexRecordingsHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.output_path = output_path
        self.start = start
        self.end = end
        self.window = window
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
        self.page_size = page_size
        self.max_xcom_bytes = max_xcom_bytes
        self.webex_conn_id = webex_conn_id

    def execute(self, context: Context) -> list[Recording] | dict[str, Any]:
        """List, and return the recordings or a summary of the file."""
        with failing_fast(), closing(WebexRecordingsHook(self.webex_conn_id)) as hook:
            covered = run_window(context, start=self.start, end=self.end, window=self.window)
            self.log.info("This run covers %s", covered)
            query = hook.query(**{name: getattr(self, name) for name in FILTERS})
            with closing(hook.list_pages(covered.window, query, self.page_size)) as pages:
                if self.output_path is None:
                    return self._collect(pages)
                summary = write_json_lines(self._path(context, covered), pages)
        summary["window"] = covered.to_dict()
        self.log.info("Wrote %(count)d recordings, %(bytes)d bytes, to %(path)s", summary)
        return summary

    def _collect(self, pages: Iterable[list[Recording]]) -> list[Recording]:
        recordings: list[Recording] = []
        size = 0
        for page in pages:
            recordings += page
            size += len(encode_lines(page))
            if size > self.max_xcom_bytes:
                raise WebexInputError(
                    "max_xcom_bytes",
                    self.max_xcom_bytes,
                    f"the first {len(recordings)} recordings are {size} bytes already, too large for XCom. Give an "
                    "output_path to write them to a file, or raise the limit; nothing was pushed",
                )
        return recordings

    def _path(self, context: Context, covered: RunWindow) -> ObjectStoragePath:
        from airflow.providers.common.compat.sdk import ObjectStoragePath

        path = str(self.output_path)
        if path.endswith("/"):
            map_index = context["ti"].map_index
            mapped = [] if map_index is None or map_index < 0 else [map_index]
            borders = covered.window.compact()
            path += file_name(self.dag_id, self.task_id, *mapped, borders, "jsonl")
        return ObjectStoragePath(path)
