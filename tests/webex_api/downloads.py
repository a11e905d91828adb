"""The temporary download links of a recording, and what is behind them."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tests.webex_api.errors import ApiError
from tests.webex_api.recordings import to_text
from tests.webex_api.tokens import ORG_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from tests.webex_api.api import WebexApi

LIFETIME = timedelta(hours=3)
KINDS = {
    "audioDownloadLink": ("/nbr/MultiThreadDownloadServlet", "audio/mpeg", "mp3"),
    "transcriptDownloadLink": ("/nbr/MultiThreadDownloadServlet/transcript.txt", "text/plain;charset=UTF-8", "txt"),
    "suggestedNotesDownloadLink": ("/nbr/notes", "text/html;charset=UTF-8", "html"),
    "shortNotesDownloadLink": ("/nbr/shortNotes", "text/html;charset=UTF-8", "html"),
    "actionItemsDownloadLink": ("/nbr/actionItems", "text/html;charset=UTF-8", "html"),
}
BLOCK = 64 * 1024


@dataclass(frozen=True)
class Ticket:
    """The right to download one file of one recording until a time."""

    kind: str
    recording: dict[str, Any]
    expires_at: datetime


def origin(request: Request) -> str:
    """The origin as the client names it, so that links stay on it."""
    host = request.headers.get("host")
    return f"http://{host}" if host else request.app.state.api.origin


def make_links(api: WebexApi, request: Request, recording: dict[str, Any]) -> dict[str, str]:
    """New links for every file of a recording, each with its own ticket."""
    now = api.current_time()
    expires_at = now + LIFETIME
    links = {}
    for kind, (path, _, _) in KINDS.items():
        ticket = secrets.token_urlsafe(32)
        api.tickets[ticket] = Ticket(kind, recording, expires_at)
        query = {
            "type": "calling",
            "orgId": ORG_ID,
            "recordUUID": recording["id"],
            "ticket": ticket,
            "timestamp": int(now.timestamp() * 1000),
        }
        links[kind] = f"{origin(request)}{path}?{urlencode(query)}"
    return {**links, "expiration": to_text(expires_at)}


async def download(request: Request) -> Response:
    api: WebexApi = request.app.state.api
    ticket = api.tickets.get(request.query_params.get("ticket", ""))
    if ticket is None or KINDS[ticket.kind][0] != request.url.path:
        raise ApiError(403, "The download link is not valid.")
    if api.current_time() >= ticket.expires_at:
        raise ApiError(410, "The download link has expired.")
    _, media_type, extension = KINDS[ticket.kind]
    name = quote(f"{ticket.recording['topic']}.{extension}", safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    if ticket.kind == "audioDownloadLink":
        headers["Content-Length"] = str(ticket.recording["sizeBytes"])
        return StreamingResponse(audio_blocks(ticket.recording), headers=headers, media_type=media_type)
    return Response(text_of(ticket.kind, ticket.recording), headers=headers, media_type=media_type)


def audio_blocks(recording: dict[str, Any]) -> Iterator[bytes]:
    """The recording's audio: as many bytes as it says, the same every time, different from other recordings."""
    block = hashlib.sha256(recording["id"].encode()).digest() * (BLOCK // 32)
    left = recording["sizeBytes"]
    while left > 0:
        yield block[:left]
        left -= BLOCK


def audio_of(recording: dict[str, Any]) -> bytes:
    return b"".join(audio_blocks(recording))


def text_of(kind: str, recording: dict[str, Any]) -> str:
    topic, speaker = recording["topic"], recording["ownerEmail"]
    if kind == "transcriptDownloadLink":
        return f'WEBVTT\n\n1 "{speaker}" ({recording["ownerId"]})\n00:00:00.000 --> 00:00:04.000\nThis is: {topic}.\n'
    return f"<html><body><h1>{kind.removesuffix('DownloadLink')}</h1><p>{topic}</p></body></html>"


def routes() -> list[Route]:
    return [Route(path, download) for path, _, _ in KINDS.values()]
