"""Reading an answer's body as JSON."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from airflow_provider_webex_recordings.webex.errors import WebexProtocolError
from airflow_provider_webex_recordings.webex.messages import Response


def read_object(response: Response) -> dict[str, Any]:
    """Decode an answer that must be a JSON object.

    :raises WebexProtocolError: if it is not one; worth another attempt
    """
    body, problem = decoded(response.body)
    if problem is None and not isinstance(body, dict):
        problem = f"is a JSON {type(body).__name__}, not an object"
    if problem is not None:
        raise unreadable(response, problem)
    return body  # type: ignore[no-any-return]


def decoded(body: bytes) -> tuple[Any, str | None]:
    """Return the value of a body, or what is wrong with it.

    The decoders' own errors hold the whole body, in which a token may stand, so nothing is raised from them.
    """
    try:
        return msgspec.json.decode(body), None
    except (ValueError, RecursionError):
        pass
    try:
        # The standard library also reads a byte order mark, and half of a surrogate pair, as in a topic that was cut
        # in the middle of an emoji.
        return json.loads(body.decode("utf-8-sig")), None
    except (ValueError, RecursionError) as error:
        return None, f"is not valid JSON ({error})"


def unreadable(response: Response, problem: str) -> WebexProtocolError:
    """Return the error of an answer that arrived whole but cannot be used.

    :param problem: what is wrong with it, as the end of a sentence
    """
    kind = response.header("content-type") or "no content type"
    return WebexProtocolError(
        f"the answer ({response.status}, {kind}, {len(response.body)} bytes) {problem}",
        response.tracking_id,
    )
