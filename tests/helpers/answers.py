"""Answers as a flow gets them, made by hand."""

from __future__ import annotations

import json
from typing import Any

from airflow_provider_webex_recordings.webex.messages import Response

URL = "https://webexapis.com/v1/convergedRecordings"


def answer(status: int = 200, body: Any = None, *, at: float = 0.0, **headers: str | list[str]) -> Response:
    """An answer with a body (bytes as they are, all else as JSON) and headers, `_` standing for `-`."""
    lines = [
        (name.replace("_", "-"), value)
        for name, values in headers.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    return Response(status, tuple(lines), body if isinstance(body, bytes) else json.dumps(body).encode(), at)
