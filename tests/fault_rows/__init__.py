"""The table of faults: every way in which Webex or the network is known to fail, and what comes of it."""

from __future__ import annotations

from tests.fault_rows import bodies, links, page_sizes, statuses, tokens, wire
from tests.fault_rows.row import Row

ROWS: list[Row] = statuses.ROWS + page_sizes.ROWS + wire.ROWS + bodies.ROWS + links.ROWS + tokens.ROWS
