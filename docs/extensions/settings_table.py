"""The connection's extras as a table, made of the provider info."""

from __future__ import annotations

from typing import Any

from airflow_provider_webex_recordings.get_provider_info import get_provider_info


def table() -> str:
    """Return the table as Markdown."""
    (connection_type,) = get_provider_info()["connection-types"]
    rows = [_row(name, field) for name, field in connection_type["conn-fields"].items()]
    return "\n".join(["| extra | values | meaning |", "|---|---|---|", *rows])


def _row(name: str, field: dict[str, Any]) -> str:
    return f"| `{name}` | {_values(field)} | {field['description']} |"


def _values(field: dict[str, Any]) -> str:
    schema = field["schema"]
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("format") == "password":
        return "text, secret"
    if "maximum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}"
    if field["label"].endswith("(s)"):
        return "seconds"
    return {"string": "text", "integer": f"at least {schema.get('minimum')}", "number": "number"}[schema["type"][0]]
