"""Which format a file gets, by its suffix or by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from airflow_provider_webex_recordings.storage.formats.csv_table import csv_for_spreadsheets, csv_table
from airflow_provider_webex_recordings.storage.formats.json_text import gzipped_json_lines, json_array, json_lines
from airflow_provider_webex_recordings.storage.formats.parquet import parquet
from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.recording import Recording


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write recordings.

    :param name: the value of the argument `output_format`
    :param suffix: of a file's name, without the dot before it
    :param encode: turns pages, none of them empty, and metadata about them into the bytes of a file, piece by piece
    """

    name: str
    suffix: str
    encode: Callable[[Iterable[list[Recording]], Mapping[str, str]], Iterator[bytes]]


_FORMATS = (
    Format("jsonl", "jsonl", json_lines),
    Format("jsonl.gz", "jsonl.gz", gzipped_json_lines),
    Format("json", "json", json_array),
    Format("csv", "csv", csv_table),
    Format("csv-safe", "csv", csv_for_spreadsheets),
    Format("parquet", "parquet", parquet),
)
FORMATS = {one.name: one for one in _FORMATS}
# ndjson is another name for JSON Lines.
_SYNONYMS = {"ndjson": "jsonl", "ndjson.gz": "jsonl.gz"}


def output_format(path: str, name: str | None) -> Format:
    """Return the format named by the argument, else by the path's suffix, else JSON Lines.

    :param path: where the file will be; a path that ends with a slash has no suffix
    :param name: the argument; None or empty if it is not given
    :raises WebexInputError: if the name or the suffix is not a known one
    """
    known = FORMATS | {synonym: FORMATS[meant] for synonym, meant in _SYNONYMS.items()}
    if name:
        if name.lower() in known:
            return known[name.lower()]
        raise WebexInputError("output_format", name, f"is not one of {', '.join(FORMATS)}")
    file = path.rpartition("/")[2].lower()
    by_suffix = {name: one for name, one in known.items() if one.name == one.suffix}
    for suffix, one in by_suffix.items():
        if file.endswith(f".{suffix}"):
            return one
    if suffix := PurePosixPath(file).suffix:
        suffixes = ", ".join(f".{one}" for one in by_suffix)
        raise WebexInputError(
            "output_format",
            None,
            f"is not set and cannot be inferred from the suffix {suffix} of {path}; end the path with one of "
            f"{suffixes}, or set output_format to one of {', '.join(FORMATS)}",
        )
    return FORMATS["jsonl"]
