"""One request on its way through the server: its normal answer, and the wire below it for faults."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import socket
import struct
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from tests.webex_api.errors import JSON_TYPE, error_body

if TYPE_CHECKING:
    from tests.webex_api.api import WebexApi
    from tests.webex_api.seen import SeenRequest

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass
class Answer:
    """A whole answer; the server adds trackingId, Date and Content-Length where they are not given."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def with_header(self, name: str, *values: str) -> Answer:
        """The answer with this header replaced by one for each value."""
        kept = [(key, value) for key, value in self.headers if key.lower() != name.lower()]
        return replace(self, headers=kept + [(name, value) for value in values])

    def with_body(self, body: bytes) -> Answer:
        return replace(self.without_length(), body=body)

    def without_length(self) -> Answer:
        return self.with_header("content-length")

    def json(self) -> Any:
        return json.loads(self.body)

    def with_json(self, value: Any) -> Answer:
        return self.with_body(json.dumps(value, ensure_ascii=False).encode())


class Call:
    """What a fault may do with a request."""

    def __init__(self, api: WebexApi, scope: Any, receive: Any, send: Any, seen: SeenRequest) -> None:
        self.api = api
        self.scope = scope
        self.seen = seen
        self.tracking_id = f"ROUTER_{secrets.token_hex(16).upper()}"
        self._receive = receive
        self._send = send
        self._body_given = False
        self._answer: Answer | None = None
        scope["state"]["tracking_id"] = self.tracking_id

    @property
    def origin(self) -> str:
        """The origin as the client names it, so that links stay on it."""
        host = self.seen.header("host")
        return f"http://{host}" if host else self.api.origin

    async def pass_on(self) -> None:
        """Give the normal answer."""
        if self._answer is None:
            await self.api.application(self.scope, self._replay, self._send_finished)
        else:
            await self.send(self._answer)

    async def answer(self) -> Answer:
        """Work out the normal answer without sending it."""
        if self._answer is None:
            self._answer = Answer(200)
            await self.api.application(self.scope, self._replay, self._collect)
        return self._answer

    async def send(self, answer: Answer) -> None:
        await self.start(answer)
        await self.send_part(answer.body, last=True)

    async def start(self, answer: Answer, *, length: bool = True) -> None:
        """Send the status and headers, with the length of the whole body unless it is to be chunked."""
        if length and answer.status != 204 and answer.header("content-length") is None:
            answer = answer.with_header("content-length", str(len(answer.body)))
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        await self._send_finished({"type": "http.response.start", "status": answer.status, "headers": headers})

    async def send_part(self, data: bytes, *, last: bool = False) -> None:
        await self._send({"type": "http.response.body", "body": data, "more_body": not last})

    def error(self, status: int, message: str | None = None) -> Answer:
        return Answer(status, [("content-type", JSON_TYPE)], error_body(status, self.tracking_id, message))

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait, and say whether the client left meanwhile; without a time, wait until it does."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while (await self._receive())["type"] != "http.disconnect":
                    pass
            return True
        return False

    def write(self, data: bytes) -> None:
        """Put raw bytes on the connection, past the HTTP server; reset() or close() must follow."""
        self._transport.write(data)

    async def close(self) -> None:
        """Send what was written and close the connection."""
        self._transport.close()
        await self.wait()

    async def reset(self) -> None:
        """Break the connection with a TCP reset."""
        connection = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._transport.abort()
        await self.wait()

    @property
    def _transport(self) -> Any:
        return self.scope["state"]["transport"]

    async def _replay(self) -> Any:
        if self._body_given:
            return await self._receive()
        self._body_given = True
        return {"type": "http.request", "body": self.seen.body, "more_body": False}

    async def _collect(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self._answer.status = message["status"]
            self._answer.headers = [
                (name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]
            ]
        else:
            self._answer.body += message.get("body", b"")

    async def _send_finished(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.seen.status = message["status"]
            present = {name.lower() for name, _ in message["headers"]}
            common = [(name.encode(), value.encode()) for name, value in self.common_headers()]
            message["headers"] = [*message["headers"], *(header for header in common if header[0] not in present)]
        await self._send(message)

    def common_headers(self) -> list[tuple[str, str]]:
        """What every answer has."""
        date = formatdate(self.api.current_time().timestamp(), usegmt=True)
        return [("trackingid", self.tracking_id), ("date", date)]
