"""The connection form for Airflow before 3.2, made of the same table as the declared one."""

from __future__ import annotations

from typing import Any

from airflow_provider_webex_recordings.connection.fields import FIELD_BEHAVIOUR, FIELDS


def widgets() -> dict[str, Any]:
    """Return a wtforms field for each extra."""
    # These come with Airflow's old UI only, and cost half a second.
    from flask_appbuilder.fieldwidgets import BS3PasswordFieldWidget, BS3TextFieldWidget
    from wtforms import PasswordField, StringField
    from wtforms.validators import Optional

    fields = {}
    for name, field in FIELDS.items():
        secret = field["schema"].get("format") == "password"
        kind, widget = (PasswordField, BS3PasswordFieldWidget) if secret else (StringField, BS3TextFieldWidget)
        fields[name] = kind(field["label"], validators=[Optional()], widget=widget(), description=field["description"])
    return fields


def field_behaviour() -> dict[str, Any]:
    """Return hidden fields, labels and placeholders under their old names."""
    return {key.replace("-", "_"): value for key, value in FIELD_BEHAVIOUR.items()}
