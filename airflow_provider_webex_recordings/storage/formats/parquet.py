"""Recordings as Parquet."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from airflow_provider_webex_recordings.storage.formats.table import COLUMNS, OTHER, Kind, Table, as_is, is_number, text
from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.recording import Recording
from airflow_provider_webex_recordings.webex.times import instant, utc_text

# A row group is held in memory until it is written. It ends at whichever limit is reached first.
ROW_GROUP_ROWS = 20_000
ROW_GROUP_BYTES = 16 * 2**20


def _number(value: Any) -> float | None:
    # Above 2**53 not every integer has a double of its own.
    return value if is_number(value) and (isinstance(value, float) or abs(value) <= 2**53) else None


def _integer(value: Any) -> int | None:
    return int(value) if is_number(value) and value % 1 == 0 and -(2**63) <= value < 2**63 else None


TABLE = Table(
    {
        "text": Kind(text, as_is),
        "time": Kind(instant, utc_text),
        "number": Kind(_number, as_is),
        "integer": Kind(_integer, as_is),
    }
)


def parquet(pages: Iterable[list[Recording]], metadata: Mapping[str, str]) -> Iterator[bytes]:
    """Encode recordings as Parquet, a row group at a time. Metadata becomes the file's key-value metadata.

    :raises WebexInputError: if pyarrow is not installed, before the first page is requested
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise WebexInputError(
            "output_format",
            "parquet",
            f"needs pyarrow ({error}); run pip install 'airflow-provider-webex-recordings[parquet]' on the workers",
        ) from error
    kinds = {"text": pa.string(), "time": pa.timestamp("us", "UTC"), "number": pa.float64(), "integer": pa.int64()}
    columns = [(name, kinds[kind]) for name, kind in COLUMNS.items()]
    schema = pa.schema([*columns, (OTHER, pa.string())], metadata=dict(metadata))
    file = io.BytesIO()
    with pq.ParquetWriter(file, schema) as writer:
        group: list[Any] = []
        rows = size = 0
        for page in pages:
            batch = _batch(pa, schema, page)
            group.append(batch)
            rows, size = rows + batch.num_rows, size + batch.nbytes
            if rows >= ROW_GROUP_ROWS or size >= ROW_GROUP_BYTES:
                _write_group(pa, writer, group)
                yield _take(file)
                rows = size = 0
        _write_group(pa, writer, group)
    yield _take(file)


def _batch(pa: Any, schema: Any, page: list[Recording]) -> Any:
    columns = zip(*(TABLE.row(recording) for recording in page), strict=True)
    return pa.record_batch([pa.array(cells, field.type) for cells, field in zip(columns, schema, strict=True)], schema)


def _write_group(pa: Any, writer: Any, group: list[Any]) -> None:
    """Write batches as one row group, and release them."""
    if group:
        table = pa.Table.from_batches(group)
        writer.write_table(table, row_group_size=table.num_rows)
        group.clear()


def _take(file: io.BytesIO) -> bytes:
    """Return what was written since the last call, and release it."""
    written = file.getvalue()
    file.seek(0)
    file.truncate()
    return written
