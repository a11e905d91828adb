"""Names of temporary files, which show which file they belong to."""

from __future__ import annotations

import re
from secrets import token_hex


def part_name(name: str) -> str:
    """Return a new hidden name for an unfinished file; readers of whole folders skip hidden files."""
    return f".{name}.part-{token_hex(4)}"


def is_part_of(name: str, other: str) -> bool:
    """Return whether another name is one that `part_name` returned for a name."""
    return re.fullmatch(rf"\.{re.escape(name)}\.part-[0-9a-f]{{8}}", other) is not None
