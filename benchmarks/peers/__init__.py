"""The clients that are compared: what each is called, and where its two functions are.

A module of this folder is imported only in the process that measures it. For a client named `x` it has
`list_x(job)`, an iterator over the recordings, and `write_x(job, path)`, which writes them as JSON Lines the way a
user of that client would.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be listed: the API's base URL without a slash at its end, a token, a window in ISO 8601."""

    base_url: str
    token: str
    start: str
    end: str
    page_size: int = 100

    @property
    def params(self) -> dict[str, str]:
        """The query of the first request."""
        return {"from": self.start, "to": self.end, "max": str(self.page_size)}

    @property
    def url(self) -> str:
        """The list endpoint."""
        return f"{self.base_url}/convergedRecordings"

    @property
    def headers(self) -> dict[str, str]:
        """What identifies the caller."""
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True, slots=True)
class Peer:
    """A client.

    :param name: what the arguments and the functions call it
    :param label: what the reader calls it
    :param module: the module of this folder that has its functions
    :param kind: ours, a peer, or a floor: a loop that leaves out what a client needs, to show what is possible
    :param package: the distribution whose version is told
    """

    name: str
    label: str
    module: str
    kind: Literal["ours", "peer", "floor"]
    package: str = "requests"


OURS = "airflow-provider-webex-recordings"
PEERS = {
    peer.name: peer
    for peer in (
        Peer("ours_16", "this package, parallel=16", "ours", "ours", OURS),
        Peer("ours_8", "this package, parallel=8", "ours", "ours", OURS),
        Peer("ours", "this package, parallel=1", "ours", "ours", OURS),
        Peer("session_loop", "Session loop", "hand_written", "peer"),
        Peer("naive_loop", "naive loop", "hand_written", "peer"),
        Peer("http_operator", "HttpOperator, paginated", "airflow_http", "peer", "apache-airflow-providers-http"),
        Peer("http_hook", "HttpHook in a loop", "airflow_http", "peer", "apache-airflow-providers-http"),
        Peer("wxc_sdk", "wxc-sdk", "sdks", "peer", "wxc-sdk"),
        Peer("webexpythonsdk", "webexpythonsdk", "sdks", "peer", "webexpythonsdk"),
        Peer("dlt", "dlt RESTClient", "sdks", "peer", "dlt"),
        Peer("bare_requests", "barest loop, requests", "floors", "floor"),
        Peer("bare_urllib3", "barest loop, urllib3", "floors", "floor", "urllib3"),
        Peer("bare_socket", "barest loop, socket", "floors", "floor", "msgspec"),
    )
}
# Whom the others are measured by: the best that is commonly written by hand.
REFERENCE = "session_loop"
