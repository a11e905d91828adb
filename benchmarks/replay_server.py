"""A Webex API that costs next to nothing: each page is rendered once and replayed from memory.

The stand-in of the tests (`tests.webex_api`) needs longer for a page than most clients do, which would hide how they
differ. This one answers from the same store, reads the same parameters and makes the same next links, but knows
neither faults nor scopes. By hand: `python -m benchmarks.replay_server --port 8765`.

`/_control/reset?latency=0.05` forgets what was seen and sets the seconds before each answer; `/_control/seen` tells
how many requests and connections there were since, and the server's own CPU seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from benchmarks.data import recordings
from tests.webex_api.errors import JSON_TYPE, ApiError, error_body
from tests.webex_api.paging import decode_cursor, next_url
from tests.webex_api.query import parse_query
from tests.webex_api.recordings import Store
from tests.webex_api.seen import LIST_PATHS

TOKEN = "benchmark_token"
HEAD = "HTTP/1.1 {status} X\r\ncontent-type: {type}\r\ntrackingid: ROUTER_0\r\n{more}content-length: {length}\r\n\r\n"
END = b"\r\n\r\n"


@dataclass
class Seen:
    """What came since the last reset."""

    requests: int = 0
    connections: set[int] = field(default_factory=set)
    cpu: float = field(default_factory=time.process_time)

    def to_json(self) -> bytes:
        """Return the counts."""
        counts: dict[str, Any] = {"requests": self.requests, "connections": len(self.connections)}
        return json.dumps({**counts, "server_cpu": time.process_time() - self.cpu}).encode()


class Replay:
    """All pages, rendered when they are first asked for."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.pages: dict[bytes, bytes] = {}
        self.latency = 0.0
        self.seen = Seen()
        self.origin = ""

    def answer(self, target: bytes) -> bytes:
        """Return the whole answer to a GET of a path and query."""
        page = self.pages.get(target)
        if page is None:
            try:
                page = self._render(*target.decode("latin-1").partition("?")[::2])
            except ApiError as error:
                return answer(error_body(error.status, "ROUTER_0", error.message), status=error.status)
            self.pages[target] = page
        return page

    def _render(self, path: str, query: str) -> bytes:
        if path not in LIST_PATHS:
            raise ApiError(404)
        given = dict(parse_qsl(query, keep_blank_values=True))
        position = decode_cursor(given.pop("cursor")) if "cursor" in given else {"query": {}}
        params = {**position["query"], **given}
        asked = parse_query(params, admin="/admin/" in path, now=datetime.now(UTC), window=position.get("window"))
        after = position.get("after")
        entries, more = self.store.page(
            asked.start, asked.end, asked.filters, asked.size, after=tuple(after) if after else None
        )
        body = b'{"items":[' + b",".join(entry.json() for entry in entries) + b"]}"
        if not more:
            return answer(body)
        following = {"window": [asked.start, asked.end], "query": params, "after": entries[-1].key}
        return answer(body, link=next_url(self.origin + path, params, following, "query"))

    def control(self, target: str) -> bytes:
        """Return the answer to a request about the server itself."""
        if target.startswith("/_control/reset"):
            self.latency = float(dict(parse_qsl(target.partition("?")[2])).get("latency", 0))
            self.seen = Seen()
        return answer(self.seen.to_json())


def answer(body: bytes, *, status: int = 200, link: str | None = None) -> bytes:
    """Return an answer as it goes over the wire."""
    more = f'link: <{link}>; rel="next"\r\n' if link else ""
    return HEAD.format(status=status, type=JSON_TYPE, more=more, length=len(body)).encode() + body


class Connection(asyncio.Protocol):
    """One client's connection, which asks for one page after the other."""

    numbers = itertools.count()

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._number = next(self.numbers)
        self._buffer = b""

    def connection_made(self, transport: Any) -> None:
        """Keep the way back."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request whose head is complete; none has a body."""
        self._buffer += data
        while END in self._buffer:
            head, _, self._buffer = self._buffer.partition(END)
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        target = head.split(b" ", 2)[1]
        if target.startswith(b"/_control/"):
            self._transport.write(self._replay.control(target.decode()))
            return
        self._replay.seen.requests += 1
        self._replay.seen.connections.add(self._number)
        if TOKEN.encode() not in head:
            self._transport.write(answer(error_body(401, "ROUTER_0"), status=401))
        elif self._replay.latency:
            loop = asyncio.get_running_loop()
            loop.call_later(self._replay.latency, self._transport.write, self._replay.answer(target))
        else:
            self._transport.write(self._replay.answer(target))


async def serve(port: int) -> None:
    """Serve until the process is ended, and print the base URL once there is somebody to talk to."""
    replay = Replay(Store(recordings()))
    server = await asyncio.get_running_loop().create_server(lambda: Connection(replay), "127.0.0.1", port, backlog=512)
    replay.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    print(f"{replay.origin}/v1", flush=True)  # noqa: T201
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay_server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    asyncio.run(serve(parser.parse_args().port))
