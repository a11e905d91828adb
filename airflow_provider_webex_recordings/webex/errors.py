"""Everything that can go wrong, as one tree.

WebexError
├─ WebexInputError               an argument or a connection setting cannot work; nothing was sent (a ValueError too)
├─ WebexTransportError           no whole answer arrived, in spite of retries: network, proxy, TLS, time-out
├─ WebexProtocolError            an answer arrived, in spite of retries, that cannot be read as this API's
│  └─ WebexLinkError             a next link or redirect to another origin, which is not followed
└─ WebexApiError                 Webex answered with an error status
   ├─ WebexAuthenticationError   401, or the token endpoint refuses the client: authorise again
   ├─ WebexPermissionError       403: scope or role is missing
   ├─ WebexRequestError          any other status that repeating cannot change: 400, 404, 405, 409, 410, 415, 428 ...
   ├─ WebexRateLimitError        429, 423 or 503, and the wait is longer than the policy allows: see `retry_after`
   └─ WebexServerError           500, 502, 504 and their like, in spite of retries

Each error says in `final` whether repeating the same call later can help, and in `retry_after` after how many
seconds Webex wants to be asked again, where it said so. All of them pickle: their fields are their arguments.
"""

from __future__ import annotations

from typing import Self


class WebexError(Exception):
    """The root of the tree: catch this to catch everything this package raises about Webex."""

    final: bool = False
    retry_after: float | None = None

    @property
    def summary(self) -> str:
        """What happened, in one sentence without the advice."""
        return str(self.args[0])


class WebexInputError(WebexError, ValueError):
    """An argument or a connection setting that cannot work, refused before the first request.

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
        """Which value is refused, and why."""
        return f"{self.field}={self.value!r}: {self.advice}"

    def __str__(self) -> str:
        return self.summary


class WebexTransportError(WebexError):
    """No whole answer arrived.

    :param summary: what was asked for, what happened, how often it was tried
    :param advice: the next step
    :param final: True where repeating cannot help, such as a certificate that does not verify
    """

    def __init__(self, summary: str, advice: str, final: bool = False) -> None:
        super().__init__(summary, advice, final)
        self.advice, self.final = advice, final

    def __str__(self) -> str:
        return f"{self.summary}. {self.advice}"


class WebexProtocolError(WebexError):
    """An answer arrived that cannot be read as this API's.

    :param summary: what was asked for and what is wrong with the answer
    :param tracking_id: Webex's tracking id, empty where the answer has none
    """

    #: the next step
    advice = (
        "Run the task again later; if it goes on, look for a proxy or portal between Airflow and Webex, else quote the "
        "trackingId to Cisco support"
    )

    def __init__(self, summary: str, tracking_id: str = "") -> None:
        super().__init__(summary, tracking_id)
        self.tracking_id = tracking_id

    def __str__(self) -> str:
        return f"{self.summary} (trackingId {self.tracking_id or 'none given'}). {self.advice}"


class WebexLinkError(WebexProtocolError):
    """A next link or redirect to another origin. It was not followed; the token was not sent there."""

    final = True
    advice = "If that host is meant, make it the API base URL (host) of the connection"


class WebexApiError(WebexError):
    """Webex answered with an error status.

    :param request: method and path of the request
    :param status: the HTTP status code
    :param message: Webex's own words
    :param tracking_id: Webex's tracking id; quote it to Cisco support
    :param advice: the next step
    :param retry_after: seconds after which Webex wants to be asked again, None where it did not say
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
        """What Webex answered to what."""
        message, tracking_id = self.message or "(no message)", self.tracking_id or "none given"
        return f"Webex answered {self.status} to {self.request}: {message} (trackingId {tracking_id})"

    def with_advice(self, advice: str) -> Self:
        """Return this error with another next step, from where more is known about what to do."""
        return type(self)(self.request, self.status, self.message, self.tracking_id, advice, self.retry_after)

    def __str__(self) -> str:
        return f"{self.summary}. {self.advice}"


class WebexAuthenticationError(WebexApiError):
    """The access token is refused, or cannot be renewed."""

    final = True


class WebexPermissionError(WebexApiError):
    """The token is good, but lacks the scope or the role."""

    final = True


class WebexRequestError(WebexApiError):
    """Webex refuses this request; repeating it cannot help."""

    final = True


class WebexRateLimitError(WebexApiError):
    """Webex asks to come back later than the retry policy may wait; `retry_after` says when."""


class WebexServerError(WebexApiError):
    """Webex, or something before it, is failing; the retries are used up."""
