"""Webex's error answers: one body for every status, with the tracking id of the request in it."""

from __future__ import annotations

import json

JSON_TYPE = "application/json;charset=UTF-8"

MESSAGES = {
    400: "The request was invalid or cannot be otherwise served.",
    401: "The request requires a valid access token set in the Authorization request header.",
    403: "The server understood the request, but refused to fulfill it because the access token is missing "
    "required scopes or the user is missing required roles or licenses.",
    404: "The requested resource could not be found.",
    405: "The requested method is not allowed for this resource.",
    409: "The request could not be processed because it conflicts with some established rule of the system.",
    410: "The requested resource is no longer available.",
    415: "The request was made to a resource without specifying a media type or used one that is not supported.",
    423: "The requested resource is temporarily unavailable.",
    428: "File(s) cannot be scanned for malware and need to be force downloaded.",
    429: "Too many requests have been sent in a given amount of time and the request has been rate limited.",
    500: "Something went wrong on the server.",
    502: "The server received an invalid response from an upstream server.",
    503: "Server is overloaded with requests. Try again later.",
    504: "An upstream server failed to respond on time. If your query uses max parameter, please try to reduce it.",
}


class ApiError(Exception):
    """Ends the handling of a request with this status and message."""

    def __init__(self, status: int, message: str | None = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message or MESSAGES.get(status, "Something went wrong.")
        self.headers = headers or {}


def error_body(status: int, tracking_id: str, message: str | None = None) -> bytes:
    text = message or MESSAGES.get(status, "Something went wrong.")
    body = {"message": text, "errors": [{"description": text}], "trackingId": tracking_id}
    return json.dumps(body, ensure_ascii=False).encode()
