"""How `http.client` reads an answer: past interim ones, and never beyond the deadline of its request."""

from __future__ import annotations

import io
import threading
import time
from contextvars import ContextVar
from http.client import HTTPException, HTTPResponse
from socket import socket
from typing import Any

# A server that never comes to its answer is as good as none.
MOST_INTERIM = 20

#: when the request of this thread ends at the latest, by ``time.monotonic``
DEADLINE: ContextVar[float] = ContextVar("deadline", default=float("inf"))


class TimedResponse(HTTPResponse):
    """Reads heads, interim answers, chunk sizes, trailers and bodies alike within `DEADLINE`."""

    def __init__(self, sock: socket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        self.fp: Any = io.BufferedReader(_Timed(self.fp.detach(), sock))

    def begin(self) -> None:
        """Read the head of the final answer (https://www.rfc-editor.org/rfc/rfc9110#section-15.2)."""
        super().begin()
        for _ in range(MOST_INTERIM):
            if not 100 < self.status < 200 or self.status == 101:
                return
            # It reads a head only if it has none.
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()
        raise HTTPException


class _Timed(io.RawIOBase):
    """A socket's bytes, each read no longer than the request has left."""

    def __init__(self, raw: io.RawIOBase, sock: socket) -> None:
        self._raw, self._socket, self._timeout = raw, sock, sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = DEADLINE.get() - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if left < (threading.TIMEOUT_MAX if self._timeout is None else self._timeout):
            self._socket.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
