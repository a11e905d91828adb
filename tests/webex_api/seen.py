"""A log of the requests a server has seen."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.webex_api.errors import ApiError
from tests.webex_api.paging import decode_cursor

LIST_PATHS = ("/v1/convergedRecordings", "/v1/admin/convergedRecordings")
TOKEN_PATH = "/v1/access_token"


@dataclass(slots=True)
class SeenRequest:
    """One request; `status` is that of the answer, or None while there is none (or never was)."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: list[tuple[str, str]]
    body: bytes
    url: str
    connection: int
    number: int
    list_number: int | None = None
    status: int | None = None
    at: float = field(default_factory=time.monotonic)

    @property
    def is_list(self) -> bool:
        return self.list_number is not None

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def parameters(self) -> dict[str, str]:
        """The query parameters in effect: those the cursor carries, and over them those of the URL."""
        params = dict(self.query)
        try:
            carried = decode_cursor(params["cursor"])["query"] if "cursor" in params else {}
        except ApiError:
            carried = {}
        return {**carried, **params}

    def text(self) -> str:
        """Everything that was sent, for a search."""
        headers = "".join(f"{name}: {value}\n" for name, value in self.headers)
        return f"{self.method} {self.url}\n{headers}\n{self.body.decode(errors='replace')}"


class RequestLog(list[SeenRequest]):
    """The requests in order of arrival; numbers count from 1 since the start or the last clear()."""

    def __init__(self) -> None:
        super().__init__()
        self._lists = 0

    def clear(self) -> None:
        super().clear()
        self._lists = 0

    def note(self, scope: dict[str, Any], body: bytes) -> SeenRequest:
        query = scope["query_string"].decode("latin-1")
        path = scope["path"]
        if path in LIST_PATHS and scope["method"] == "GET":
            self._lists += 1
        seen = SeenRequest(
            method=scope["method"],
            path=path,
            query=parse_qsl(query, keep_blank_values=True),
            headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]],
            body=body,
            url=scope.get("raw_path", path.encode()).decode("latin-1") + (f"?{query}" if query else ""),
            connection=scope["client"][1],
            number=len(self) + 1,
            list_number=self._lists if path in LIST_PATHS and scope["method"] == "GET" else None,
        )
        self.append(seen)
        return seen

    def connections(self) -> int:
        """How many distinct connections were used."""
        return len({seen.connection for seen in self.copy()})
