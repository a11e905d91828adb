"""Names of files that are safe on every storage."""

from __future__ import annotations

import re


def file_name(*parts: object) -> str:
    """Return a file name made of parts, safe on every storage."""
    return re.sub(r"[^A-Za-z0-9._=-]+", "_", ".".join(str(part) for part in parts))
