"""The connection form for Airflow before 3.2, made of the same table as the declared one."""

from __future__ import annotations

from typing import Any

from airflow_provider_webex_recordings.get_provider_info import get_provider_info


def _connection_type() -> dict[str, Any]:
    (connection_type,) = get_provider_info()["connection-types"]
    return dict(connection_type)


def widgets() -> dict[str, Any]:
    """Return a wtforms field for each extra."""
    # These come with Airflow's old UI only, and cost half a second.
    from flask_appbuilder.fieldwidgets import BS3PasswordFieldWidget, BS3TextFieldWidget
    from wtforms import PasswordField, StringField
    from wtforms.validators import Optional

    fields = {}
    for name, field in _connection_type()["conn-fields"].items():
        secret = field["schema"].get("format") == "password"
        kind, widget = (PasswordField, BS3PasswordFieldWidget) if secret else (StringField, BS3TextFieldWidget)
        fields[name] = kind(field["label"], validators=[Optional()], widget=widget(), description=field["description"])
    return fields


def field_behaviour() -> dict[str, Any]:
    """Return hidden fields, labels and placeholders under their old names."""
    behaviour = _connection_type()["ui-field-behaviour"]
    return {key.replace("-", "_"): value for key, value in behaviour.items()}
