"""The metadata about this provider that Airflow reads."""

from __future__ import annotations

from typing import Any

from airflow_provider_webex_recordings.connection.form import conn_fields, ui_field_behaviour
from airflow_provider_webex_recordings.version import __version__

HOOK = "airflow_provider_webex_recordings.hooks.webex_recordings.WebexRecordingsHook"


def get_provider_info() -> dict[str, Any]:
    """Return the provider's metadata, in the form of Airflow's ``provider_info.schema.json``."""
    integration = "Webex Recordings"
    package = "airflow_provider_webex_recordings"
    return {
        "package-name": "airflow-provider-webex-recordings",
        "name": integration,
        "description": "List, await and archive the call recordings of `Webex Calling <https://developer.webex.com/>`__",
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
        "sensors": [{"integration-name": integration, "python-modules": [f"{package}.sensors.webex_recordings"]}],
        "triggers": [{"integration-name": integration, "python-modules": [f"{package}.triggers.webex_recordings"]}],
        "connection-types": [
            {
                "connection-type": "webex",
                "hook-class-name": HOOK,
                "hook-name": "Webex",
                "ui-field-behaviour": ui_field_behaviour(),
                "conn-fields": conn_fields(),
            }
        ],
    }
