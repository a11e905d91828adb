"""The stand-in Webex API, and a foreign server that no secret may reach."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.webex_api.app import Gate, make_application, read_body
from tests.webex_api.recordings import Recording, Store, to_datetime
from tests.webex_api.script import FaultScript
from tests.webex_api.seen import TOKEN_PATH, RequestLog, SeenRequest
from tests.webex_api.server import LoopbackServer
from tests.webex_api.tokens import ALL_SCOPES, USER_SCOPE, Client, Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.webex_api.downloads import Ticket


def _utc_now() -> datetime:
    return datetime.now(UTC)


class WebexApi(LoopbackServer):
    """A Webex API on loopback that holds to its contract, until a fault is scripted.

    `cursor`: "keyset" (a page begins after the last recording of the one before, whatever is inserted) or "offset"
    (a recording inserted while paging shifts the pages, so that one is sent twice).
    `next_style`: the next link repeats the query beside its cursor ("query"), or has only the cursor ("cursor").
    `me`: the ownerId whose recordings the own list shows; None shows all.
    `now`: the clock by which tokens and links expire, default windows end and the Date header is written; it may be
    replaced at any time.
    """

    def __init__(
        self,
        recordings: Iterable[Recording] = (),
        *,
        token: str | None = None,
        latency: float = 0.0,
        now: Callable[[], datetime] = _utc_now,
        cursor: str = "keyset",
        next_style: str = "query",
        me: str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(host, port)
        if cursor not in ("keyset", "offset") or next_style not in ("query", "cursor"):
            raise ValueError("cursor is 'keyset' or 'offset', next_style is 'query' or 'cursor'")
        self.recordings = Store(recordings)
        self.requests = RequestLog()
        self.faults = FaultScript()
        self.tokens = Tokens(self.current_time)
        self.tickets: dict[str, Ticket] = {}
        self.latency = latency
        self.now = now
        self.cursor = cursor
        self.next_style = next_style
        self.me = me
        self.token = self.tokens.issue(ALL_SCOPES, value=token, counted=False)
        self.application = make_application(self)
        self.asgi = Gate(self)

    @property
    def url(self) -> str:
        return f"{self.origin}/v1"

    def current_time(self) -> datetime:
        return to_datetime(self.now())

    @property
    def list_requests(self) -> list[SeenRequest]:
        return [seen for seen in self.requests.copy() if seen.is_list]

    @property
    def connections(self) -> int:
        return self.requests.connections()

    @property
    def token_requests(self) -> int:
        """How many requests the token endpoint has seen, faults included, since the start or the last reset."""
        return sum(seen.path == TOKEN_PATH for seen in self.requests.copy())

    @property
    def live_tokens(self) -> list[str]:
        """The access tokens that are valid now, except the built-in `token`."""
        return self.tokens.live()

    def issue_token(self, scopes: Iterable[str] = (USER_SCOPE,), expires_in: float | None = None) -> str:
        return self.tokens.issue(scopes, expires_in)

    def expire(self, token: str) -> None:
        self.tokens.expire(token)

    revoke = expire

    def add_client(
        self,
        client_id: str,
        client_secret: str,
        refresh_token: str,
        *,
        access_token_seconds: int = 1209599,
        scopes: Iterable[str] = ALL_SCOPES,
        rotates: bool = False,
        invalidates_old: bool = False,
        revokes_access_tokens: bool = False,
    ) -> Client:
        """Register an OAuth client.

        `rotates`: each refresh gives a new refresh token; `invalidates_old`: the old one then ends;
        `revokes_access_tokens`: each refresh ends the access tokens of the refreshes before.
        """
        client = Client(
            client_id,
            client_secret,
            [refresh_token],
            access_token_seconds,
            tuple(scopes),
            rotates,
            invalidates_old,
            revokes_access_tokens,
        )
        self.tokens.clients[client_id] = client
        return client

    def reset(self) -> None:
        """Forget the requests seen and the faults."""
        self.requests.clear()
        self.faults.clear()


class ForeignServer(LoopbackServer):
    """A server that has no business with Webex: it records what it is sent, and answers always the same."""

    def __init__(self, *, status: int = 200, body: bytes = b'{"items":[]}') -> None:
        super().__init__()
        self.requests = RequestLog()
        self.status = status
        self.body = body
        self.asgi = self._answer

    @property
    def url(self) -> str:
        return f"{self.origin}/v1"

    def saw(self, text: str) -> bool:
        """Whether any request held this text anywhere."""
        return any(text in seen.text() for seen in self.requests.copy())

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        body = await read_body(receive)
        if body is None:
            return
        self.requests.note(scope, body).status = self.status
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(self.body)).encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})
