"""Operators that list Webex recordings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Unpack, cast

from airflow.providers.common.compat.sdk import AirflowSkipException, XComArg

from airflow_provider_webex_recordings.task.airflow_arguments import OperatorArguments
from airflow_provider_webex_recordings.task.arguments import RecordingsTask, RecordingsTaskArguments, Templated
from airflow_provider_webex_recordings.task.errors import fail_without_retry
from airflow_provider_webex_recordings.task.lineage import asset_uri, collect, extend_outlet_events, openlineage
from airflow_provider_webex_recordings.task.output_path import check_early, rendered
from airflow_provider_webex_recordings.task.window import RunWindow
from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.query import RecordingsQuery
from airflow_provider_webex_recordings.webex.recording import Recording
from airflow_provider_webex_recordings.webex.windows import Moment

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, ObjectStoragePath
    from airflow.providers.openlineage.extractors import OperatorLineage

    from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
    from airflow_provider_webex_recordings.storage import Format


class ListArguments(OperatorArguments, RecordingsTaskArguments, total=False):
    """What `ListRecordingsOperator` passes on to its bases."""


class ListRecordingsOperator(RecordingsTask):
    """List the recordings created in the run's window, to XCom or to a file.

    The window is the first of these that the run has: `start` and `end`; the window of the asset event that triggered
    it; its partition date and `window`; a data interval that is not empty; `window`, ending at the run's own time. It
    is half-open, like a data interval, so neighbouring runs share nothing and miss nothing. Windows over Webex's 30
    days are listed in pieces that meet exactly.

    :param output_path: (templated) where to write: any absolute path or URI that Airflow's ``ObjectStoragePath`` takes,
        such as ``s3://aws_default@bucket/recordings/date={{ data_interval_start | ds }}/recordings.jsonl``. Each run
        needs a path of its own; one that ends with ``/`` is completed by a file name that no other DAG, task, map index
        or window has. The file appears when it is complete, and replaces the one of an earlier try. Default None: the
        recordings go to XCom
    :param output_format: ``jsonl``, ``jsonl.gz``, ``json``, ``csv``, ``csv-safe`` (for spreadsheets: no cell is a
        formula) or ``parquet``. Default None: by the suffix of the path, else ``jsonl``
    :param start: (templated) start of the window, inclusive: aware datetime or ISO 8601 text. Default None
    :param end: (templated) end of the window, exclusive. Default None
    :param skip_if_empty: skip downstream tasks when there is no recording; an empty file is written all the same.
        Default False
    :param page_size: recordings per request, 1 to 100. Default None: the connection's
    :param parallel: how many parts of a long window are listed side by side, 1 to 16; recordings and order stay the
        same. Default None: the connection's
    :param max_xcom_bytes: how large a list may go to XCom, in bytes of JSON. Default 1,000,000, some 2,000 recordings
    :param kwargs: ``task_id``, ``retries``, ``outlets`` and all else that Airflow's operators take

    :return: without `output_path` the list of recordings, each as the API sent it; with it a summary: ``path``,
        ``format``, ``count``, ``bytes``, ``sha256``, ``first_create_time``, ``last_create_time`` and ``window``
        (``start``, ``end``, ``source``); ``repeated_windows`` (``start``, ``end`` of each) where asset events repeated
        windows that are listed into files of their own. The summary is also the extra of the event of each asset in
        `outlets`
    :raises AirflowFailException: where a retry cannot help: bad arguments, refused credentials, a missing scope
    :raises WebexError: for all else, after the connection's own retries

    https://developer.webex.com/docs/api/v1/converged-recordings/list-recordings
    """

    template_fields: Sequence[str] = (*RecordingsTask.template_fields, "output_path", "start", "end")
    ui_color = "#d6efe4"

    def __init__(
        self,
        *,
        output_path: Templated | ObjectStoragePath | None = None,
        output_format: str | None = None,
        start: Moment | XComArg = None,
        end: Moment | XComArg = None,
        skip_if_empty: bool = False,
        page_size: int | None = None,
        parallel: int | None = None,
        max_xcom_bytes: int = 1_000_000,
        **kwargs: Unpack[ListArguments],
    ) -> None:
        super().__init__(**kwargs)
        self.output_path = output_path
        self.output_format = output_format
        self.start = start
        self.end = end
        self.skip_if_empty = skip_if_empty
        self.page_size = page_size
        self.parallel = parallel
        self.max_xcom_bytes = max_xcom_bytes
        check_early(output_path)
        # Beside the argument, which a template may make None.
        self._to_file = output_path is not None
        self._path = ""
        self._source = ""
        self._written: str | None = None

    def execute(self, context: Context) -> list[Recording] | dict[str, Any]:
        """List, and return the recordings or a summary of the file."""
        with fail_without_retry(), closing(self.hook()) as hook:
            self._path = rendered(self.output_path) if self._to_file else ""
            covered = self._covered(context)
            query = hook.query(**self.filters())
            self._source = f"{hook.settings.base_url}{query.path}"
            for part in covered.each():
                result = self._list(context, hook, query, part)
        if self.skip_if_empty and not (result if isinstance(result, list) else result["count"]):
            raise AirflowSkipException(f"No recording in {covered}")
        return result

    def _covered(self, context: Context) -> RunWindow:
        covered = self.run_window(context, cast("Moment", self.start), cast("Moment", self.end))
        if not self._path.endswith("/"):
            covered = covered.as_one()
        self.log.info("This run covers %s", covered)
        if covered.window.end > datetime.now(UTC):
            self.log.warning(
                "The window ends in the future: recordings created between now and its end will be missing, unless a "
                "later run covers them"
            )
        return covered

    def _list(
        self, context: Context, hook: WebexRecordingsHook, query: RecordingsQuery, covered: RunWindow
    ) -> list[Recording] | dict[str, Any]:
        with closing(hook.list_pages(covered.window, query, self.page_size, self.parallel)) as pages:
            return self._write(context, hook, covered, pages) if self._to_file else self._collect(pages)

    def _write(
        self, context: Context, hook: WebexRecordingsHook, covered: RunWindow, pages: Iterable[list[Recording]]
    ) -> dict[str, Any]:
        from airflow_provider_webex_recordings.storage import write_recordings

        path, file_format = self._target(context, covered)
        metadata = {f"window_{name}": text for name, text in covered.to_dict().items()}
        summary = write_recordings(path, pages, file_format, metadata)
        summary["window"] = covered.to_dict()
        if covered.repeated:
            summary["repeated_windows"] = [window.to_dict() for window in covered.repeated]
        self.log.info("Wrote %(count)d recordings, %(bytes)d bytes, to %(path)s", summary)
        self._written = asset_uri(path)
        collect(hook, self._source, path)
        extend_outlet_events(context, self.outlets, path, summary)
        return summary

    def _collect(self, pages: Iterable[list[Recording]]) -> list[Recording]:
        from airflow_provider_webex_recordings.storage import encode_lines

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

        from airflow_provider_webex_recordings.storage import file_name, output_format

        path = self._path
        file_format = output_format("" if path.endswith("/") else path, self.output_format)
        if path.endswith("/"):
            instance = context["ti"]
            # An operator that a function of another task calls has an id of its own.
            inner = [] if self.task_id == instance.task_id else [self.task_id]
            ids = [instance.dag_id, instance.task_id, *inner]
            path += file_name(ids, instance.map_index, covered.window, file_format.suffix)
        return ObjectStoragePath(path), file_format

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> OperatorLineage[Any, Any]:  # noqa: ARG002 - the interface's
        """Return the list endpoint as input and the file as output."""
        return openlineage(self._source, self._written)
