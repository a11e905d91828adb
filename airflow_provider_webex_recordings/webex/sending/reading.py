"""Reading an answer's body as JSON."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

import msgspec

from airflow_provider_webex_recordings.webex.errors import WebexProtocolError
from airflow_provider_webex_recordings.webex.messages import Response

# Decoded, a value takes some 60 bytes and more, however few it has in the body. A page of 100 recordings holds 3,000.
MOST_VALUES = 500_000


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

    The decoders' own errors quote the body, in which a token may stand, so nothing of them is repeated but a position.
    """
    # Each value takes a byte at least, so nearly no body needs to be counted.
    if len(body) > MOST_VALUES and sum(map(body.count, (b",", b"[", b"{"))) > MOST_VALUES:
        return None, f"holds more than {MOST_VALUES:,} values"
    try:
        return msgspec.json.decode(body), None
    except (ValueError, RecursionError):
        pass
    try:
        # The standard library also reads a byte order mark, and half of a surrogate pair, as in a topic that was cut
        # in the middle of an emoji; and integers of more than 64 bits.
        return json.loads(body.decode("utf-8-sig"), parse_constant=_refuse, parse_float=_finite), None
    except json.JSONDecodeError as error:
        return None, f"is not valid JSON (at character {error.pos})"
    except UnicodeDecodeError as error:
        return None, f"is not valid JSON (at byte {error.start}, which is not UTF-8)"
    except _NumberError as error:
        return None, str(error)
    except (ValueError, RecursionError):
        return None, "is not JSON that can be read: a number of thousands of digits, or values nested too deeply"


class _NumberError(ValueError):
    """A number that no file format could return exactly."""


def _refuse(constant: str) -> NoReturn:
    raise _NumberError(f"is not valid JSON (it holds {constant})")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _NumberError("holds a number too large for a double")
    return number


def unreadable(response: Response, problem: str) -> WebexProtocolError:
    """Return the error of an answer that arrived whole but cannot be used.

    :param problem: what is wrong with it, as the end of a sentence
    """
    kind = response.header("content-type") or "no content type"
    return WebexProtocolError(
        f"the answer ({response.status}, {kind}, {len(response.body)} bytes) {problem}",
        response.tracking_id,
    )
