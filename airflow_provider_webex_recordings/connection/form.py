"""The connection form of both kinds of Airflow, made of the table in `fields`."""

from __future__ import annotations

from typing import Any

from airflow_provider_webex_recordings.connection.fields import EXTRAS, OWN_FIELDS, Kind, Setting

_JSON_TYPES = {Kind.WHOLE_NUMBER: "integer", Kind.SECONDS: "number"}


def conn_fields() -> dict[str, Any]:
    """Return the extras as Airflow 3.2 and later read them from the provider info."""
    return {
        setting.name: {"label": setting.label, "description": setting.description, "schema": _schema(setting)}
        for setting in EXTRAS
    }


def _schema(setting: Setting) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": [_JSON_TYPES.get(setting.kind, "string"), "null"]}
    if setting.is_secret:
        schema["format"] = "password"
    if setting.most:
        schema |= {"minimum": setting.least, "maximum": setting.most}
    if setting.choices:
        display = {value: f"{value}: {meaning}" for value, meaning in setting.choices.items()}
        schema |= {"enum": list(setting.choices), "values_display": display, "default": setting.default}
    return schema


def field_behaviour() -> dict[str, Any]:
    """Return hidden fields, labels and placeholders, under the names that Airflow before 3.2 has for them."""
    return {
        "hidden_fields": ["schema"],
        "relabeling": {setting.name: setting.label for setting in OWN_FIELDS},
        "placeholders": {setting.name: setting.placeholder for setting in OWN_FIELDS},
    }


def ui_field_behaviour() -> dict[str, Any]:
    """Return the same under the names of the provider info."""
    return {name.replace("_", "-"): value for name, value in field_behaviour().items()}


def widgets() -> dict[str, Any]:
    """Return a wtforms field for each extra, for Airflow before 3.2."""
    # These come with Airflow's old UI only, and cost half a second.
    from flask_appbuilder.fieldwidgets import BS3PasswordFieldWidget, BS3TextFieldWidget
    from wtforms import PasswordField, StringField
    from wtforms.validators import Optional

    fields = {}
    for setting in EXTRAS:
        kind, widget = (
            (PasswordField, BS3PasswordFieldWidget) if setting.is_secret else (StringField, BS3TextFieldWidget)
        )
        fields[setting.name] = kind(
            setting.label, validators=[Optional()], widget=widget(), description=setting.description
        )
    return fields
