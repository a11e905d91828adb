"""The settings of a connection as a table, made of the package's own."""

from __future__ import annotations

from airflow_provider_webex_recordings.connection.fields import EXTRAS, OWN_FIELDS, ManualRow, manual_rows

SETTINGS = {"fields": OWN_FIELDS, "extras": EXTRAS}


def table(which: str) -> str:
    """Return a table as Markdown.

    :param which: ``fields`` or ``extras``
    """
    rows = [_row(row) for row in manual_rows(SETTINGS[which])]
    return "\n".join(["| name | meaning | values | default |", "|---|---|---|---|", *rows])


def _row(row: ManualRow) -> str:
    return f"| `{row.name}` | {row.meaning} | {_values(row)} | {row.default} |"


def _values(row: ManualRow) -> str:
    """Return what is allowed, in few words: the column is narrow."""
    if row.kind == "number of seconds":
        return f"up to {row.bounds.rpartition(' ')[2]} s"
    return row.bounds or row.kind
