"""What Airflow is told about this provider. The connection form's fields stand here and nowhere else."""

from __future__ import annotations

from typing import Any

from airflow_provider_webex_recordings import __version__

HOOK = "airflow_provider_webex_recordings.hooks.webex_recordings.WebexRecordingsHook"

_FIELD_BEHAVIOUR = {
    "hidden-fields": ["schema", "port"],
    "relabeling": {
        "host": "API base URL",
        "login": "Client ID",
        "password": "Access token or client secret",
    },
    "placeholders": {
        "host": "https://webexapis.com/v1 (FedRAMP: https://api-usgov.webex.com/v1)",
        "login": "empty for a plain access token",
        "password": "the access token; with a client ID, the client secret",
    },
}


def _field(label: str, description: str, kind: str = "string", **schema: Any) -> dict[str, Any]:
    return {"label": label, "description": description, "schema": {"type": [kind, "null"], **schema}}


_FIELDS = {
    "refresh_token": _field(
        "Refresh token",
        "With a client ID: the refresh token of the integration or service app. Access tokens are renewed with it.",
        format="password",
    ),
    "role": _field(
        "Role",
        "Whose recordings are listed: user (the token owner's, the default) or admin (the organisation's).",
        enum=["user", "admin", None],
    ),
    "token_store": _field(
        "Token store",
        "Where tasks share a renewed access token: variable (an encrypted Airflow Variable, the default) or memory.",
        enum=["variable", "memory", None],
    ),
    "token_url": _field("Token endpoint", "Default: /access_token below the API base URL."),
    "page_size": _field(
        "Page size", "Recordings per request, 1 to 100. Default: 100.", "integer", minimum=1, maximum=100
    ),
    "connect_timeout": _field("Connect time-out", "Seconds to wait for a connection. Default: 10.", "number"),
    "read_timeout": _field(
        "Read time-out", "Seconds without a byte before a request is given up. Default: 60.", "number"
    ),
    "total_timeout": _field("Total time-out", "Seconds that one request may take. Default: 300.", "number"),
    "max_attempts": _field("Attempts", "How often one request is sent at the most. Default: 8.", "integer", minimum=1),
    "max_retry_seconds": _field(
        "Retry time", "Seconds that one request may take with all its retries and waits. Default: 600.", "number"
    ),
    "max_retry_wait": _field(
        "Longest wait",
        "Seconds of the longest single wait; a longer Retry-After fails the task. Default: 120.",
        "number",
    ),
    "proxy": _field(
        "Proxy",
        "URL of an HTTP proxy, with user and password where needed. Default: this machine's proxy variables.",
        format="password",
    ),
    "ca_bundle": _field("CA bundle", "Path of a PEM file on the workers, for a private CA or an inspecting proxy."),
}


def get_provider_info() -> dict[str, Any]:
    """Return the provider's metadata, in the form of Airflow's ``provider_info.schema.json``."""
    integration = "Webex Recordings"
    package = "airflow_provider_webex_recordings"
    return {
        "package-name": "airflow-provider-webex-recordings",
        "name": integration,
        "description": "List, await and archive `Webex <https://developer.webex.com/>`__ Calling recordings.",
        "versions": [__version__],
        "integrations": [
            {
                "integration-name": integration,
                "external-doc-url": "https://developer.webex.com/docs/api/v1/converged-recordings",
                "tags": ["service"],
            }
        ],
        "hooks": [{"integration-name": integration, "python-modules": [f"{package}.hooks.webex_recordings"]}],
        "operators": [{"integration-name": integration, "python-modules": [f"{package}.operators.webex_recordings"]}],
        "connection-types": [
            {
                "connection-type": "webex",
                "hook-class-name": HOOK,
                "hook-name": "Webex",
                "ui-field-behaviour": _FIELD_BEHAVIOUR,
                "conn-fields": _FIELDS,
            }
        ],
    }
