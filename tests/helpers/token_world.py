"""What a flow about access tokens talks with, all of it values: a clock, what tasks share, and a token endpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from airflow_provider_webex_recordings.webex.messages import (
    Failure,
    Flow,
    LoadToken,
    Message,
    Note,
    Request,
    Response,
    SaveToken,
    StoredToken,
    TokenWait,
    Wait,
)
from airflow_provider_webex_recordings.webex.sending.retry import RetryPolicy
from airflow_provider_webex_recordings.webex.tokens.access import RefreshableToken
from airflow_provider_webex_recordings.webex.tokens.endpoint import TokenEndpoint
from tests.helpers.answers import answer

HOUR = 3600.0
ENDPOINT = TokenEndpoint("https://webexapis.com/v1/access_token", "a-client", "canary/client+secret")
REFRESH_TOKEN = "canary-refresh-token"
POLICY = RetryPolicy(max_attempts=3)


def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a form as it is sent."""
    return dict(parse_qsl((request.body or b"").decode(), keep_blank_values=True))


class World:
    """Answers a flow as a driver would, at once; waiting moves the clock.

    `stored` is what tasks share. `endpoint` answers each request, at first with a new token that lives an hour. What is
    put into `meanwhile` happens during the next wait, one thing a wait.
    """

    def __init__(self) -> None:
        self.time = 1e9
        self.stored: StoredToken | None = None
        self.endpoint: Callable[[Request], Response | Failure] = self.grant
        self.minted = 0
        self.meanwhile: list[Callable[[], object]] = []
        self.said: list[Message] = []

    def now(self) -> float:
        return self.time

    def auth(self, refresh_token: str = REFRESH_TOKEN, *, shared: bool = True) -> RefreshableToken:
        """Start a task: tokens of its own, in this world."""
        return RefreshableToken(ENDPOINT, refresh_token, POLICY, self.now, shared=shared)

    def run(self, flow: Flow[Any]) -> Any:
        """Answer a flow until it returns; `said` has what it said."""
        self.said, coming = [], None
        while True:
            try:
                message = flow.send(coming)
            except StopIteration as end:
                return end.value
            self.said.append(message)
            coming = self._answer(message)

    def _answer(self, message: Message) -> Response | Failure | StoredToken | None:
        match message:
            case Request():
                return self.endpoint(message)
            case LoadToken():
                return self.stored
            case SaveToken(token):
                self.stored = token
            case Wait(seconds) | TokenWait(seconds):
                self.time += seconds
                if self.meanwhile:
                    self.meanwhile.pop(0)()
        return None

    def grant(self, request: Request, lifetime: float = HOUR, **fields: Any) -> Response:
        """Answer with a new token."""
        self.minted += 1
        return answer(200, {"access_token": f"canary-minted-{self.minted}", "expires_in": lifetime, **fields})

    def another_shares(self, access_token: str = "canary-other", left: float = HOUR, **fields: Any) -> StoredToken:
        """Share a token that another task has obtained with the same credentials."""
        own = {"lifetime": HOUR, "credentials": self.auth().credentials, **fields}
        self.stored = StoredToken(access_token, self.time + left, **own)
        return self.stored

    @property
    def requests(self) -> list[Request]:
        return [message for message in self.said if isinstance(message, Request)]

    @property
    def looks(self) -> int:
        """How often the flow read what tasks share."""
        return sum(isinstance(message, LoadToken) for message in self.said)

    @property
    def pauses(self) -> list[float]:
        """How long the flow waited for other tasks, each time."""
        return [message.seconds for message in self.said if isinstance(message, TokenWait)]

    @property
    def notes(self) -> list[str]:
        return [message.text for message in self.said if isinstance(message, Note)]
