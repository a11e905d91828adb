"""Recordings as JSON: one line each, or one array."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from airflow_provider_webex_recordings.webex.recording import Recording

_ENCODER = msgspec.json.Encoder()


def encode(value: Any) -> bytes:
    """Return a value as JSON."""
    try:
        return _ENCODER.encode(value)
    except (UnicodeEncodeError, OverflowError):
        # Half of a surrogate pair, as in a topic cut in the middle of an emoji, can only be written escaped, and
        # msgspec does not write integers above 64 bits.
        return json.dumps(value).encode()


def encode_lines(recordings: list[Recording]) -> bytes:
    """Return one line of JSON for each recording."""
    try:
        return _ENCODER.encode_lines(recordings)
    except (UnicodeEncodeError, OverflowError):
        return b"".join(encode(recording) + b"\n" for recording in recordings)


def json_lines(pages: Iterable[list[Recording]], metadata: Mapping[str, str]) -> Iterator[bytes]:  # noqa: ARG001
    """Encode recordings as JSON Lines, which has no place for metadata.

    https://jsonlines.org
    """
    return map(encode_lines, pages)


def gzipped_json_lines(pages: Iterable[list[Recording]], metadata: Mapping[str, str]) -> Iterator[bytes]:
    """Encode recordings as JSON Lines in gzip.

    Equal recordings give equal bytes: zlib's gzip header has neither a time nor a file name. Its comment field would
    have room for metadata, but no reader shows it.
    """
    compressor = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    for lines in json_lines(pages, metadata):
        yield compressor.compress(lines)
    yield compressor.flush()


def json_array(pages: Iterable[list[Recording]], metadata: Mapping[str, str]) -> Iterator[bytes]:  # noqa: ARG001
    """Encode recordings as one JSON array, one recording a line. JSON has no place for metadata."""
    separator = b"[\n"
    for page in pages:
        # Line breaks inside a recording are escaped, so these are the ones between recordings.
        yield separator + encode_lines(page).removesuffix(b"\n").replace(b"\n", b",\n")
        separator = b",\n"
    yield b"[]\n" if separator == b"[\n" else b"\n]\n"
