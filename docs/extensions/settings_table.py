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
    return f"| `{name}` | {_values(field['schema'])} | {field['description']} |".replace("{", r"\{")


def _values(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("format") == "password":
        return "text, secret"
    kind = {"string": "text", "integer": "whole number", "number": "number"}[schema["type"][0]]
    least, most = schema.get("minimum"), schema.get("maximum")
    if most is not None:
        return f"{kind}, {least} to {most}"
    return f"{kind}, at least {least}" if least else kind
