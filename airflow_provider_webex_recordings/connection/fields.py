"""The fields of the connection form. They stand here and nowhere else."""

from __future__ import annotations

from typing import Any

# Airflow 3.3.1 and 3.3.2 refuse to test a connection without a port (apache/airflow pull request 73298), so the port is
# shown although the base URL can hold it.
FIELD_BEHAVIOUR = {
    "hidden-fields": ["schema"],
    "relabeling": {
        "host": "API base URL",
        "login": "Client ID",
        "password": "Access token or client secret",
    },
    "placeholders": {
        "host": "https://webexapis.com/v1 (FedRAMP: https://api-usgov.webex.com/v1)",
        "login": "leave empty for a plain access token",
        "password": "the access token; with a client ID, the client secret",
        "port": "443 (Airflow 3.3.1 and 3.3.2 need it to test the connection)",
    },
}


def _field(label: str, description: str, kind: str = "string", **schema: Any) -> dict[str, Any]:
    return {"label": label, "description": description, "schema": {"type": [kind, "null"], **schema}}


def _seconds(label: str, description: str) -> dict[str, Any]:
    return _field(label, description, "number", minimum=0)


# In the order in which they are asked for: who, whose recordings, by which way, how patiently.
FIELDS = {
    "refresh_token": _field(
        "Refresh token",
        "With a client ID only: the refresh token of the integration or service app. Access tokens are obtained and "
        "renewed with it.",
        format="password",
    ),
    "role": _field(
        "Role",
        "Whose recordings are listed, where a task does not say. The organisation's need an admin's or a compliance "
        "officer's token.",
        enum=["user", "admin"],
        values_display={"user": "user: the token owner's", "admin": "admin: the whole organisation's"},
        default="user",
    ),
    "proxy": _field(
        "Proxy",
        "URL of an HTTP proxy, such as http://user:password@proxy.example.com:3128. Default: the proxy variables of "
        "the machine.",
        format="password",
    ),
    "ca_bundle": _field(
        "CA bundle",
        "Path of a PEM file on all workers and triggerers, where a private CA or a proxy that inspects TLS is used.",
    ),
    "page_size": _field(
        "Page size", "Recordings per request, 1 to 100. Default: 100.", "integer", minimum=1, maximum=100
    ),
    "parallel": _field(
        "Parallel",
        "How many parts of a long window a task lists side by side, 1 to 16. Recordings and order stay the same. "
        "Default: 4.",
        "integer",
        minimum=1,
        maximum=16,
    ),
    "connect_timeout": _seconds("Connect time-out (s)", "How long a connection may take to stand. Default: 10."),
    "read_timeout": _seconds("Read time-out (s)", "How long Webex may be silent within a request. Default: 60."),
    "total_timeout": _seconds("Total time-out (s)", "How long one request may take as a whole. Default: 300."),
    "max_attempts": _field(
        "Attempts", "How often a failing request is sent, the first time included. Default: 8.", "integer", minimum=1
    ),
    "max_retry_seconds": _seconds("Retry time (s)", "How long a request is retried, waits included. Default: 600."),
    "max_retry_wait": _seconds(
        "Longest wait (s)",
        "The longest single wait between attempts. Where Webex asks for a longer one, the task fails. Default: 120.",
    ),
    "token_store": _field(
        "Token store",
        "With a client ID only: where tasks share an access token. Default: an encrypted Airflow Variable. With "
        "memory, each process obtains its own, and a refresh token that Webex replaces is lost.",
        enum=["variable", "memory"],
        values_display={"variable": "variable: an Airflow Variable", "memory": "memory: not shared"},
    ),
    "token_url": _field(
        "Token endpoint", "With a client ID only: where access tokens come from. Default: /access_token below the URL."
    ),
}
