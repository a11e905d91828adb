"""The body of an answer, decoded as it arrives, in bounded memory: the same rules for both HTTP libraries."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

# A page of 100 recordings has some 60 KB; this leaves room for 300 KB each.
LONGEST_BODY = 32 * 2**20
# Of an error, only a message is read.
LONGEST_ERROR_BODY = 64 * 2**10
# A server sends one; each further one costs a copy of what follows.
MOST_GZIP_MEMBERS = 100

_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class MalformedAnswerError(Exception):
    """An answer that breaks the rules of HTTP, or ours; its text is our own and quotes nothing."""


class Body:
    """Collects the body of one answer.

    It is decoded here and not by the libraries: they differ in what they accept, and neither bounds what comes out.

    :param status: the status code; the body of anything from 300 on is cut at `LONGEST_ERROR_BODY`
    :param encodings: the values of the Content-Encoding headers
    :raises MalformedAnswerError: for a coding that was not asked for
    """

    def __init__(self, status: int, encodings: Iterable[str]) -> None:
        self._is_error = status >= 300
        self._limit = LONGEST_ERROR_BODY if self._is_error else LONGEST_BODY
        self._decoder = _decoder([coding.strip().lower() for line in encodings for coding in line.split(",")])
        self._chunks: list[bytes] = []
        self._size = 0

    @property
    def is_full(self) -> bool:
        """Whether the rest need not be read."""
        return self._is_error and self._size >= self._limit

    def add(self, chunk: bytes) -> None:
        """Take the next bytes as they came.

        :raises MalformedAnswerError: if the body grows too large, or cannot be decoded
        """
        room = self._limit - self._size + 1
        data = chunk if self._decoder is None else self._decoder.decode(chunk, room)
        self._size += len(data)
        if self._size > self._limit and not self._is_error:
            raise MalformedAnswerError(f"its body is larger than {LONGEST_BODY // 2**20} MiB")
        self._chunks.append(data[:room])

    def whole(self) -> bytes:
        """Return the body once all of it has arrived.

        :raises MalformedAnswerError: if compressed data ends too early
        """
        if self._decoder is not None and not self._is_error:
            self._decoder.finish()
        return b"".join(self._chunks)


def _decoder(codings: list[str]) -> _Decoder | None:
    codings = [coding for coding in codings if coding not in ("", "identity")]
    if not codings:
        return None
    if codings in (["gzip"], ["x-gzip"]):
        return _Decoder(_GZIP)
    if codings == ["deflate"]:
        return _Decoder(_ZLIB)
    raise MalformedAnswerError("it has a Content-Encoding that was not asked for")


class _Decoder:
    """One layer of compression. Data after a complete stream is ignored, unless it is another member of gzip's."""

    def __init__(self, form: int) -> None:
        self._form, self._members, self._has_begun = form, 0, False
        self._stream = zlib.decompressobj(form)

    def decode(self, data: bytes, room: int) -> bytes:
        """Return what bytes stand for, no more than there is room for."""
        decoded = b""
        while data and not (self._stream.eof and not self._next_member(data)):
            try:
                decoded += self._stream.decompress(data, room - len(decoded))
            except zlib.error:
                if self._form != _ZLIB or self._has_begun:
                    raise MalformedAnswerError("its body is not compressed as its Content-Encoding says") from None
                # Some servers send deflate without zlib's frame: https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.2
                self._form, self._stream = _RAW, zlib.decompressobj(_RAW)
                continue
            self._has_begun = True
            if len(decoded) >= room:
                return decoded
            data = self._stream.unused_data
        return decoded

    def _next_member(self, data: bytes) -> bool:
        """Begin with another member of gzip's, if there is one."""
        if self._form != _GZIP or data[:2] not in (b"\x1f", b"\x1f\x8b"):
            return False
        self._members += 1
        if self._members > MOST_GZIP_MEMBERS:
            raise MalformedAnswerError(f"its body has more than {MOST_GZIP_MEMBERS} members of gzip")
        self._stream = zlib.decompressobj(_GZIP)
        return True

    def finish(self) -> None:
        """Refuse a stream that has begun and is not complete."""
        if self._has_begun and not self._stream.eof:
            raise MalformedAnswerError("its compressed body ends too early")
