"""How the value of a setting is checked: one check for each kind, with the bounds of the table."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from airflow_provider_webex_recordings.connection.fields import SETTINGS, Kind, Setting
from airflow_provider_webex_recordings.connection.urls import proxy_url, safe_url
from airflow_provider_webex_recordings.webex.errors import WebexInputError

# Characters; an access token has more.
LONGEST_SHOWN = 30


def checked(setting: Setting, value: Any) -> Any:
    """Return the value of a setting, the default where it is not set.

    None and the empty string mean "not set", and a number may be given as text: both are what Airflow's forms and
    connection URIs make of a field.

    :raises WebexInputError: where it cannot work; the error names the setting, and never repeats a secret
    """
    value = value.strip() if isinstance(value, str) else value
    return setting.default if value in (None, "") else CHECKS[setting.kind](setting, value)


def check_argument(name: str, value: Any) -> int:
    """Return a task's own value for a whole number that the connection sets too, checked by the same bounds.

    :param name: of the argument, and of the setting
    :raises WebexInputError: where it is not an int within the bounds
    """
    setting = SETTINGS[name]
    return _whole_number(setting, value if isinstance(value, int) else _refuse(setting, value))


def _refuse(setting: Setting, value: Any) -> Any:
    place = f"from {setting.bounds}" if setting.bounds else ""
    # Never the whole of what may have been pasted into the wrong field.
    shown = value if isinstance(value, int | float) or len(str(value)) <= LONGEST_SHOWN else "***"
    raise WebexInputError(setting.name, shown, f"must be a {setting.kind.value} {place}".strip())


def _number(setting: Setting, value: Any) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    return number if setting.least <= number <= setting.most else _refuse(setting, value)


def _whole_number(setting: Setting, value: Any) -> int:
    number = _number(setting, value)
    return int(number) if number == int(number) else _refuse(setting, value)


def _choice(setting: Setting, value: Any) -> str:
    if not isinstance(value, str) or value not in setting.choices:
        raise WebexInputError(
            setting.name, value if len(str(value)) <= LONGEST_SHOWN else "***", f"must be {setting.bounds}"
        )
    return value


def _text(setting: Setting, value: Any) -> str:
    return value if isinstance(value, str) else _refuse(setting, value)


def _secret(setting: Setting, value: Any) -> str | None:
    """Return a secret without what was copied along with it, None where nothing else was."""
    if not isinstance(value, str):
        raise WebexInputError(setting.name, "***", "must be a string")
    text = re.sub(r"^bearer(\s+|$)", "", value, flags=re.IGNORECASE)
    if text == "***":
        raise WebexInputError(setting.name, text, "is Airflow's placeholder, not the secret itself; enter it again")
    if not re.fullmatch(r"[\x21-\x7e]*", text) or text[:1] in ('"', "'"):
        raise WebexInputError(setting.name, "***", "contains spaces, quotes or unprintable characters; copy it again")
    return text or None


CHECKS: Mapping[Kind, Callable[[Setting, Any], Any]] = {
    Kind.TEXT: _text,
    Kind.SECRET: _secret,
    Kind.CHOICE: _choice,
    Kind.WHOLE_NUMBER: _whole_number,
    Kind.SECONDS: _number,
    Kind.URL: lambda setting, value: safe_url(setting.name, value),
    Kind.SECRET_URL: lambda setting, value: proxy_url(setting.name, value),
    Kind.PATH: _text,
}
