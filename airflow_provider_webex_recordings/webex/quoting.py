"""Text of the other side, as it may appear in a message: one line, no control characters, cut.

Secrets are taken out first: a cut could leave half of one, which nobody would recognise.
"""

from __future__ import annotations

import re

# Long enough for every message that Webex documents; a log line must not grow with what a server sends.
LONGEST_QUOTE = 300

# C0 and C1, and what reorders text (https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters).
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")


def quoted(text: str, limit: int = LONGEST_QUOTE) -> str:
    """Return text for a message, with runs of white space and control characters as one blank.

    :param limit: characters; a longer text ends in ``...``
    """
    line = " ".join(_CONTROL.sub(" ", text[: 4 * limit]).split())
    return line if len(line) <= limit and len(text) <= 4 * limit else f"{line[: limit - 3]}..."
