"""The body of an answer, decoded in bounded memory: bytes in, bytes out."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_webex_recordings.transport.bodies import (
    LONGEST_BODY,
    LONGEST_ERROR_BODY,
    Body,
    MalformedAnswerError,
)


def read(chunks: Iterable[bytes], *encodings: str, status: int = 200) -> bytes:
    body = Body(status, encodings)
    rest = iter(chunks)
    while not body.is_full and (chunk := next(rest, None)) is not None:
        body.add(chunk)
    return body.whole()


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


CODINGS = {
    "": lambda data: data,
    "identity": lambda data: data,
    "gzip": gzip.compress,
    "X-GZIP": gzip.compress,
    "gzip, identity": gzip.compress,
    "deflate": zlib.compress,
    "deflate ": raw_deflate,
}


@given(st.binary(max_size=200), st.sampled_from(sorted(CODINGS)), st.integers(1, 30))
def test_however_it_is_cut_a_body_comes_back_whole(data: bytes, coding: str, size: int) -> None:
    sent = CODINGS[coding](data)

    assert read((sent[at : at + size] for at in range(0, len(sent), size)), coding) == data


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=5), st.integers(1, 30))
def test_members_of_gzip_are_joined(parts: list[bytes], size: int) -> None:
    sent = b"".join(map(gzip.compress, parts))

    assert read((sent[at : at + size] for at in range(0, len(sent), size)), "gzip") == b"".join(parts)


def test_an_empty_body_needs_no_compression() -> None:
    assert read([], "gzip") == b""


REFUSED: dict[str, tuple[tuple[str, ...], bytes, str]] = {
    "brotli": (("br",), b"", "not asked for"),
    "gzip twice": (("gzip, gzip",), gzip.compress(gzip.compress(b"x")), "not asked for"),
    "gzip twice, in two headers": (("gzip", "gzip"), gzip.compress(gzip.compress(b"x")), "not asked for"),
    "no gzip": (("gzip",), b"{}", "not compressed as its Content-Encoding says"),
    "no deflate": (("deflate",), b"\xff" * 20, "not compressed as its Content-Encoding says"),
    "half of gzip": (("gzip",), gzip.compress(b"x" * 100)[:-9], "ends too early"),
    "many members of gzip": (("gzip",), gzip.compress(b"") * 200, "more than 100 members"),
    "too large when decoded": (("gzip",), gzip.compress(bytes(LONGEST_BODY + 1)), "larger than 32 MiB"),
    "too large": ((), bytes(LONGEST_BODY + 1), "larger than 32 MiB"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_decoded_or_grows_too_large_is_refused(what: str) -> None:
    encodings, sent, says = REFUSED[what]

    with pytest.raises(MalformedAnswerError, match=says):
        read([sent], *encodings)


def test_a_body_of_the_largest_size_is_read() -> None:
    assert len(read([bytes(LONGEST_BODY)])) == LONGEST_BODY
    assert len(read([gzip.compress(bytes(LONGEST_BODY))], "gzip")) == LONGEST_BODY


def test_half_a_gigabyte_in_half_a_megabyte_takes_no_more_memory_than_the_largest_body() -> None:
    stream = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    bomb = b"".join(stream.compress(bytes(2**20)) for _ in range(512)) + stream.flush()

    tracemalloc.start()
    with pytest.raises(MalformedAnswerError, match="larger than"):
        read([bomb], "gzip")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * LONGEST_BODY


@pytest.mark.parametrize("times", [10, 1])
def test_of_an_error_only_the_beginning_is_read(times: int) -> None:
    chunks = iter([bytes(times * LONGEST_ERROR_BODY), b"never read"])

    assert read(chunks, status=503)[:LONGEST_ERROR_BODY] == bytes(LONGEST_ERROR_BODY)
    assert next(chunks) == b"never read"


def test_an_error_that_ends_too_early_is_read_as_far_as_it_goes() -> None:
    assert read([gzip.compress(b'{"message": "slow down"}' + bytes(50))[:-8]], "gzip", status=429).startswith(b'{"mess')
