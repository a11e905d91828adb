"""The opaque cursor and the next link (RFC 8288) that carries it."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any
from urllib.parse import urlencode

from tests.webex_api.errors import ApiError


def encode_cursor(position: dict[str, Any]) -> str:
    text = json.dumps(position, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def decode_cursor(cursor: str) -> dict[str, Any]:
    try:
        position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        position = None
    if not isinstance(position, dict) or not {"window", "query"} <= position.keys():
        raise ApiError(400, "cursor: is not valid.")
    return position


def next_url(url: str, params: dict[str, str], position: dict[str, Any], style: str) -> str:
    """The address of the next page: the same parameters and the cursor ("query"), or only the cursor ("cursor")."""
    kept = params if style == "query" else {}
    return f"{url}?{urlencode({**kept, 'cursor': encode_cursor(position)})}"
