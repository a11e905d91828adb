"""Operators that list Webex recordings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowSkipException, BaseOperator

from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from airflow_provider_webex_recordings.storage import Format, encode_lines, file_name, output_format, write_recordings
from airflow_provider_webex_recordings.task.errors import failing_fast
from airflow_provider_webex_recordings.task.lineage import asset_uri, collect, openlineage, tell_outlets
from airflow_provider_webex_recordings.task.window import RunWindow, run_window
from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.query import Filters, RecordingsQuery, Role
from airflow_provider_webex_recordings.webex.recording import Recording

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, ObjectStoragePath
    from airflow.providers.openlineage.extractors import OperatorLineage

FILTERS = tuple(Filters.__annotations__)


class ListRecordingsOperator(BaseOperator):
    """List the recordings created in the run's window, to XCom or to a file.

    The window is the first of these that the run has: `start` and `end`; the window of the asset event that triggered
    it; its partition date and `window`; a data interval that is not empty; `window`, ending at the run's own time. It
    is half-open, like a data interval, so neighbouring runs share nothing and miss nothing. Windows over Webex's 30
    days are listed in pieces that meet exactly.

    :param output_path: (templated) where to write: any path that Airflow's ``ObjectStoragePath`` takes, such as
        ``s3://aws_default@bucket/recordings/date={{ data_interval_start | ds }}/recordings.jsonl``. Each run needs a
        path of its own; one that ends with ``/`` is completed by a file name made of DAG, task and window. The file
        appears when it is complete, and replaces the one of an earlier try. Default None: the recordings go to XCom
    :param output_format: ``jsonl``, ``jsonl.gz``, ``json``, ``csv`` or ``parquet``. Default None: by the suffix of the
        path, else ``jsonl``
    :param start: (templated) start of the window, inclusive: aware datetime or ISO 8601 text. Default None
    :param end: (templated) end of the window, exclusive. Default None
    :param window: how long the window is in runs whose data interval is empty or absent. Default None: such a run
        fails. With a cron schedule in local time, a window of a day leaves an hour out when daylight saving ends and
        lists one twice when it begins; a timetable with data intervals does neither
    :param lookback: how much earlier the window starts, for recordings that Webex showed late. Neighbouring windows
        overlap by it, so a recording can be in two files. Default None: not at all
    :param settle: how much earlier the whole window lies, so that late recordings have appeared when it is listed.
        Results come later by it; neighbouring windows still meet exactly. Default None: not at all
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
    :param skip_if_empty: skip downstream tasks when there is no recording; an empty file is written all the same.
        Default False
    :param page_size: recordings per request, 1 to 100. Default None: the connection's
    :param parallel: how many parts of a long window are listed side by side, 1 to 16; recordings and order stay the
        same. Default None: the connection's
    :param max_xcom_bytes: how large a list may go to XCom, in bytes of JSON. Default 1,000,000, some 2,000 recordings
    :param webex_conn_id: (templated) Airflow connection of type ``webex``

    :return: without `output_path` the list of recordings, each as the API sent it; with it a summary: ``path``,
        ``format``, ``count``, ``bytes``, ``sha256``, ``first_create_time``, ``last_create_time`` and ``window``
        (``start``, ``end``, ``source``). The summary is also the extra of the event of each asset in `outlets`
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
        output_format: str | None = None,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
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
        skip_if_empty: bool = False,
        page_size: int | None = None,
        parallel: int | None = None,
        max_xcom_bytes: int = 1_000_000,
        webex_conn_id: str = WebexRecordingsHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.output_path = output_path
        self.output_format = output_format
        self.start = start
        self.end = end
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
        self.skip_if_empty = skip_if_empty
        self.page_size = page_size
        self.parallel = parallel
        self.max_xcom_bytes = max_xcom_bytes
        self.webex_conn_id = webex_conn_id
        self._source = ""
        self._written: str | None = None

    def execute(self, context: Context) -> list[Recording] | dict[str, Any]:
        """List, and return the recordings or a summary of the file."""
        with failing_fast(), closing(WebexRecordingsHook(self.webex_conn_id)) as hook:
            covered = self._covered(context)
            query = hook.query(**{name: getattr(self, name) for name in FILTERS})
            self._source = f"{hook.settings.base_url}{query.path}"
            *_, result = [self._list(context, hook, query, part) for part in covered.one_by_one()]
        if self.skip_if_empty and not (result if isinstance(result, list) else result["count"]):
            raise AirflowSkipException(f"No recording in {covered}")
        return result

    def _covered(self, context: Context) -> RunWindow:
        covered = run_window(
            context,
            start=self.start,
            end=self.end,
            window=self.window,
            lookback=self.lookback,
            settle=self.settle,
        )
        if not str(self.output_path).endswith("/"):
            covered = covered.in_one()
        self.log.info("This run covers %s", covered)
        if covered.window.end > datetime.now(UTC):
            self.log.warning(
                "The window ends in the future: what is created from now until then will be in no file, unless a later "
                "run covers it"
            )
        return covered

    def _list(
        self, context: Context, hook: WebexRecordingsHook, query: RecordingsQuery, covered: RunWindow
    ) -> list[Recording] | dict[str, Any]:
        with closing(hook.list_pages(covered.window, query, self.page_size, self.parallel)) as pages:
            if self.output_path is None:
                return self._collect(pages)
            return self._write(context, hook, covered, pages)

    def _write(
        self, context: Context, hook: WebexRecordingsHook, covered: RunWindow, pages: Iterable[list[Recording]]
    ) -> dict[str, Any]:
        path, file_format = self._target(context, covered)
        metadata = {f"window_{name}": text for name, text in covered.to_dict().items()}
        summary = write_recordings(path, pages, file_format, metadata)
        summary["window"] = covered.to_dict()
        self.log.info("Wrote %(count)d recordings, %(bytes)d bytes, to %(path)s", summary)
        self._written = asset_uri(path)
        collect(hook, self._source, path)
        tell_outlets(context, self.outlets, path, summary)
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

    def _target(self, context: Context, covered: RunWindow) -> tuple[ObjectStoragePath, Format]:
        from airflow.providers.common.compat.sdk import ObjectStoragePath

        path = str(self.output_path)
        file_format = output_format("" if path.endswith("/") else path, self.output_format)
        if path.endswith("/"):
            map_index = context["ti"].map_index
            mapped = [] if map_index is None or map_index < 0 else [map_index]
            path += file_name(self.dag_id, self.task_id, *mapped, covered.window.compact(), file_format.name)
        return ObjectStoragePath(path), file_format

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> OperatorLineage[Any, Any]:  # noqa: ARG002 - the interface's
        """Return the list endpoint as input and the file as output."""
        return openlineage(self._source, self._written)
