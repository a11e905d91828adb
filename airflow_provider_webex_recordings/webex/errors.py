"""Everything that can go wrong, as one tree.

WebexError
├─ WebexInputError               an argument or a connection setting is not usable; nothing was sent (also a ValueError)
├─ WebexTransportError           no complete answer arrived, despite retries: network, proxy, TLS, time-out
├─ WebexProtocolError            an answer arrived, despite retries, that is not one of this API's
│  └─ WebexLinkError             a next link or redirect to another origin, which is not followed
└─ WebexApiError                 Webex answered with an error status
   ├─ WebexAuthenticationError   401, or the token endpoint refuses the client: authorise again
   ├─ WebexPermissionError       403: a scope or role is missing
   ├─ WebexRequestError          any other status that repeating cannot change: 400, 404, 405, 409, 410, 415, 428 ...
   ├─ WebexRateLimitError        429, 423 or 503, and the wait exceeds what the policy allows: see `retry_after`
   └─ WebexServerError           500, 502, 504 and similar, despite retries

`final` says that repeating the same call later cannot help; `retry_after` is the number of seconds after which Webex
asks to be called again, if it said so; `connection` is the id of the connection that the error has to do with, which
its text then begins with. All errors can be pickled: their fields are their arguments.
"""

from __future__ import annotations

from typing import Self


class WebexError(Exception):
    """The root of the tree: catch this to catch everything this package raises about Webex."""

    final: bool = False
    retry_after: float | None = None
    #: the next step
    advice: str = ""
    #: id of the Airflow connection that the error has to do with; empty where an argument alone cannot work
    connection: str = ""

    @property
    def summary(self) -> str:
        """What happened, in one sentence, without the advice."""
        return str(self.args[0])

    @property
    def text(self) -> str:
        """What happened and what to do next, without the connection."""
        return f"{self.summary}. {self.advice}" if self.advice else self.summary

    def __str__(self) -> str:
        return f"connection {self.connection!r}: {self.text}" if self.connection else self.text


class WebexInputError(WebexError, ValueError):
    """An argument or a connection setting that is not usable, refused before the first request.

    :param field: the name of the argument or setting
    :param value: the value as given; never a secret
    :param advice: what is wrong with it and what to do
    """

    final = True

    def __init__(self, field: str, value: object, advice: str) -> None:
        super().__init__(field, value, advice)
        self.field, self.value, self.advice = field, value, advice

    @property
    def summary(self) -> str:
        """Which value was refused, and why."""
        return f"{self.field}={self.value!r}: {self.advice}"

    @property
    def text(self) -> str:
        """The same: what to do is a part of it."""
        return self.summary


class WebexTransportError(WebexError):
    """No complete answer arrived.

    :param summary: what was requested, what happened, how often it was tried
    :param advice: the next step
    :param final: True if repeating cannot help, as with a certificate that does not verify
    """

    def __init__(self, summary: str, advice: str, final: bool = False) -> None:
        super().__init__(summary, advice, final)
        self.advice, self.final = advice, final


class WebexProtocolError(WebexError):
    """An answer arrived that is not one of this API's.

    :param summary: what was requested and what is wrong with the answer
    :param tracking_id: Webex's tracking id, empty where the answer has none
    """

    #: the next step
    advice = (
        "Run the task again later. If the problem persists, look for a proxy or login page between Airflow and Webex; "
        "otherwise quote the trackingId to Cisco support"
    )

    def __init__(self, summary: str, tracking_id: str = "") -> None:
        super().__init__(summary, tracking_id)
        self.tracking_id = tracking_id

    @property
    def text(self) -> str:
        """What is wrong with which answer, and what to do next."""
        return f"{self.summary} (trackingId {self.tracking_id or 'none given'}). {self.advice}"


class WebexLinkError(WebexProtocolError):
    """A next link or redirect to another origin. It was not followed; the token was not sent there."""

    final = True
    advice = "If that host is correct, set it as the API base URL (host) of the connection"


class WebexApiError(WebexError):
    """Webex answered with an error status.

    :param request: method and path of the request
    :param status: the HTTP status code
    :param message: Webex's own message
    :param tracking_id: Webex's tracking id; quote it to Cisco support
    :param advice: the next step
    :param retry_after: seconds after which Webex asks to be called again, None if it did not say
    """

    def __init__(
        self,
        request: str,
        status: int,
        message: str,
        tracking_id: str,
        advice: str,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(request, status, message, tracking_id, advice, retry_after)
        self.request, self.status, self.message = request, status, message
        self.tracking_id, self.advice, self.retry_after = tracking_id, advice, retry_after

    @property
    def summary(self) -> str:
        """What Webex answered, and to which request."""
        message, tracking_id = self.message or "(no message)", self.tracking_id or "none given"
        return f"Webex answered {self.status} to {self.request}: {message} (trackingId {tracking_id})"

    def with_advice(self, advice: str) -> Self:
        """Return this error with other advice, from a caller that knows more about what to do."""
        return type(self)(self.request, self.status, self.message, self.tracking_id, advice, self.retry_after)


class WebexAuthenticationError(WebexApiError):
    """The access token was refused, or cannot be renewed."""

    final = True


class WebexPermissionError(WebexApiError):
    """The token is valid, but lacks the scope or the role."""

    final = True


class WebexRequestError(WebexApiError):
    """Webex refused this request; repeating it cannot help."""

    final = True


class WebexRateLimitError(WebexApiError):
    """Webex asks for a longer wait than the retry policy allows; `retry_after` says how long."""


class WebexServerError(WebexApiError):
    """Webex, or something in front of it, is failing, and the retries are used up."""
