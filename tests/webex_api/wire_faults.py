"""Faults below HTTP: connections that break, answers that stall or trickle."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from tests.webex_api.script import fault

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.webex_api.call import Answer, Call
    from tests.webex_api.script import Apply

# Long enough for the client to read what was sent before the connection breaks, which would discard it.
READING_TIME = 0.02


@fault
def reset() -> Apply:
    """A TCP reset before any byte of the answer."""
    return _apply(lambda call: call.reset())


@fault
def close() -> Apply:
    """The connection closed, without any byte of the answer."""
    return _apply(lambda call: call.close())


@fault
def reset_in_body(after: int | None = None) -> Apply:
    """The headers, `after` bytes of the body (default: half), and a TCP reset."""
    return _cut(after, lambda call: call.reset())


@fault
def close_in_body(after: int | None = None) -> Apply:
    """The headers, `after` bytes of the body (default: half), and the connection closed before Content-Length."""
    return _cut(after, lambda call: call.close())


def _apply(end: Callable[[Call], Awaitable[None]]) -> Apply:
    async def apply(call: Call) -> None:
        await end(call)

    return apply


def _cut(after: int | None, end: Callable[[Call], Awaitable[None]]) -> Apply:
    async def apply(call: Call) -> None:
        answer = await call.answer()
        await call.start(answer)
        await call.send_part(answer.body[: _cut_at(answer, after)])
        if not await call.wait(READING_TIME):
            await end(call)

    return apply


def _cut_at(answer: Answer, after: int | None) -> int:
    return len(answer.body) // 2 if after is None else after


@fault
def stall(seconds: float | None = None) -> Apply:
    """Silence before the headers, then the normal answer; without a time, silence until the client leaves."""

    async def apply(call: Call) -> None:
        if not await call.wait(seconds):
            await call.pass_on()

    return apply


@fault
def stall_body(seconds: float | None = None, *, after: int | None = None) -> Apply:
    """The headers and `after` bytes (default: half), silence, then the rest; without a time, silence for ever."""

    async def apply(call: Call) -> None:
        answer = await call.answer()
        cut = _cut_at(answer, after)
        await call.start(answer)
        await call.send_part(answer.body[:cut])
        if not await call.wait(seconds):
            await call.send_part(answer.body[cut:], last=True)

    return apply


@fault
def drip(size: int = 256, every: float = 0.01) -> Apply:
    """The body in pieces of `size` bytes, with a pause before each."""

    async def apply(call: Call) -> None:
        answer = await call.answer()
        await call.start(answer)
        for piece in _pieces(answer.body, size):
            if await call.wait(every):
                return
            await call.send_part(piece)
        await call.send_part(b"", last=True)

    return apply


@fault
def drip_headers(size: int = 16, every: float = 0.01) -> Apply:
    """Status line and headers in pieces, with a pause before each; then the body, and the connection is closed."""

    async def apply(call: Call) -> None:
        answer = await call.answer()
        call.seen.status = answer.status
        for piece in _pieces(_head(answer, call.common_headers()), size):
            if await call.wait(every):
                return
            call.write(piece)
        call.write(answer.body)
        await call.close()

    return apply


@fault
def raw(data: bytes | str) -> Apply:
    """These bytes instead of an HTTP answer, and the connection closed."""

    async def apply(call: Call) -> None:
        call.write(data.encode("latin-1") if isinstance(data, str) else data)
        await call.close()

    return apply


@fault
def chunked(size: int = 1000) -> Apply:
    """The normal answer with Transfer-Encoding chunked, without Content-Length."""

    async def apply(call: Call) -> None:
        answer = await call.answer()
        await call.start(answer.without_length(), length=False)
        for piece in _pieces(answer.body, size):
            await call.send_part(piece)
        await call.send_part(b"", last=True)

    return apply


@fault
def malformed_chunk() -> Apply:
    """The headers, half of the body in a chunk, and a chunk whose size is no number."""

    async def apply(call: Call) -> None:
        answer = await call.answer()
        await call.start(answer.without_length(), length=False)
        await call.send_part(answer.body[: _cut_at(answer, None)])
        if not await call.wait(READING_TIME):
            call.write(b"zz\r\n")
            await call.close()

    return apply


@fault
def close_afterwards() -> Apply:
    """The whole normal answer as if to keep the connection, which is closed just after it."""

    async def apply(call: Call) -> None:
        await call.pass_on()
        await call.close()

    return apply


def _pieces(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def _head(answer: Answer, common: list[tuple[str, str]]) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in [*answer.headers, *common] if name.lower() != "content-length"]
    lines += [f"content-length: {len(answer.body)}", "connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1")
