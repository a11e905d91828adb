"""Webex Calling recordings in Apache Airflow."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from airflow_provider_webex_recordings.version import __version__

if TYPE_CHECKING:
    from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
    from airflow_provider_webex_recordings.operators.webex_recordings import ListRecordingsOperator
    from airflow_provider_webex_recordings.sensors.webex_recordings import NewRecordingsSensor
    from airflow_provider_webex_recordings.task.retry_policy import WebexRetryPolicy
    from airflow_provider_webex_recordings.task.window import split_period
    from airflow_provider_webex_recordings.triggers.webex_recordings import NewRecordingsEventTrigger
    from airflow_provider_webex_recordings.webex.errors import WebexError

__all__ = [
    "ListRecordingsOperator",
    "NewRecordingsEventTrigger",
    "NewRecordingsSensor",
    "WebexError",
    "WebexRecordingsHook",
    "WebexRetryPolicy",
    "__version__",
    "split_period",
]

# Airflow imports this package whenever it looks for providers, so the names are loaded when they are asked for.
_MODULES = {
    "ListRecordingsOperator": "operators.webex_recordings",
    "NewRecordingsEventTrigger": "triggers.webex_recordings",
    "NewRecordingsSensor": "sensors.webex_recordings",
    "WebexError": "webex.errors",
    "WebexRecordingsHook": "hooks.webex_recordings",
    "WebexRetryPolicy": "task.retry_policy",
    "split_period": "task.window",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
