"""The settings of a connection, in one table: names, kinds, bounds, defaults, labels, help.

Both kinds of form, the checks, the known extras and the manual are made of it; nothing of it is written anywhere else.
Each `airflow` command imports this module, so it loads nothing that Airflow has not loaded already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from airflow_provider_webex_recordings.webex import limits

COMMERCIAL, FEDRAMP = "https://webexapis.com/v1", "https://api-usgov.webex.com/v1"


class Kind(Enum):
    """What a setting may be, in words for the manual."""

    TEXT = "text"
    SECRET = "text, secret"
    CHOICE = "choice"
    WHOLE_NUMBER = "whole number"
    SECONDS = "number of seconds"
    URL = "URL"
    SECRET_URL = "URL, secret"
    PATH = "path of a file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting.

    :param name: name of the connection's field, or key of the extra; Airflow masks a secret extra only where its key
        contains ``secret``, ``token``, ``password`` or ``proxy``
    :param kind: decides how it is checked, and how the forms show it
    :param label: its name in the forms
    :param help: what it means, in whole sentences that mention neither bounds nor default
    :param default: what holds where it is not set; None: nothing, or what `otherwise` says
    :param otherwise: in words, what holds where it is not set, if that is not one value
    :param least: smallest number allowed
    :param most: largest number allowed
    :param choices: each value allowed, and what it means
    :param placeholder: an example in an empty field; only the connection's own fields have one
    """

    name: str
    kind: Kind
    label: str
    help: str
    default: Any = None
    otherwise: str = ""
    least: float = 0
    most: float = 0
    choices: Mapping[str, str] = field(default_factory=dict)
    placeholder: str = ""

    @property
    def is_secret(self) -> bool:
        """Whether it must not be shown."""
        return self.kind in (Kind.SECRET, Kind.SECRET_URL)

    @property
    def bounds(self) -> str:
        """The values allowed, empty where the kind says it all."""
        return f"{self.least:g} to {self.most:g}" if self.most else " or ".join(self.choices)

    @property
    def default_in_words(self) -> str:
        """What holds where it is not set, empty where it then has no meaning."""
        return self.otherwise or ("" if self.default is None else f"{self.default:g}" if self.most else self.default)

    @property
    def description(self) -> str:
        """The whole help text: meaning, bounds and default."""
        facts = {"Values": self.bounds, "Default": self.default_in_words}
        return " ".join([self.help, *(f"{name}: {text}." for name, text in facts.items() if text)])


def _seconds(name: str, label: str, help_text: str, default: float) -> Setting:
    return Setting(
        name=name, kind=Kind.SECONDS, label=label, help=help_text, default=default, least=0.001, most=24 * 3600
    )


#: fields that every Airflow connection has
OWN_FIELDS = (
    Setting(
        name="host",
        kind=Kind.URL,
        label="API base URL",
        help="Where the API is. Plain http is accepted only within this machine.",
        default=COMMERCIAL,
        placeholder=f"{COMMERCIAL} (FedRAMP: {FEDRAMP})",
    ),
    Setting(
        name="port",
        kind=Kind.WHOLE_NUMBER,
        label="Port",
        help="The port of the base URL, if the URL has none.",
        otherwise="443, or 80 for plain http",
        least=1,
        most=65535,
        # https://github.com/apache/airflow/pull/73298; so the port is shown although the base URL can hold it.
        placeholder="443 (Airflow 3.3.1 and 3.3.2 need it to test the connection)",
    ),
    Setting(
        name="login",
        kind=Kind.TEXT,
        label="Client ID",
        help="Client ID of an integration or service app. Without it, the password is an access token.",
        placeholder="leave empty for a plain access token",
    ),
    Setting(
        name="password",
        kind=Kind.SECRET,
        label="Access token or client secret",
        help="The access token; with a client ID, the client secret.",
        placeholder="the access token; with a client ID, the client secret",
    ),
)

#: in the order in which the forms ask: who, whose recordings, how much, by which way, how patiently
EXTRAS = (
    Setting(
        name="refresh_token",
        kind=Kind.SECRET,
        label="Refresh token",
        help="Only with a client ID: the refresh token of the integration or service app. Access tokens are obtained "
        "and renewed with it.",
    ),
    Setting(
        name="role",
        kind=Kind.CHOICE,
        label="Role",
        help="Whose recordings are listed, unless a task sets its own role. The organisation's recordings need the "
        "token of an administrator or a compliance officer.",
        choices={"user": "the token owner's", "admin": "the whole organisation's"},
        default="user",
    ),
    Setting(
        name="proxy",
        kind=Kind.SECRET_URL,
        label="Proxy",
        help="URL of an HTTP proxy, such as http://user:password@proxy.example.com:3128.",
        otherwise="the proxy variables of the machine",
    ),
    Setting(
        name="ca_bundle",
        kind=Kind.PATH,
        label="CA bundle",
        help="Path of a PEM file on all workers and triggerers; needed with a private CA, or with a proxy that "
        "inspects TLS.",
        otherwise="REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE, else the usual certificates",
    ),
    Setting(
        name="page_size",
        kind=Kind.WHOLE_NUMBER,
        label="Page size",
        help="Recordings per request.",
        default=limits.MAX_PAGE_SIZE,
        least=1,
        most=limits.MAX_PAGE_SIZE,
    ),
    Setting(
        name="parallel",
        kind=Kind.WHOLE_NUMBER,
        label="Parallel",
        help="How many parts of a long window a task lists side by side. Recordings and their order stay the same.",
        # Webex publishes no limit for this API; four at a time are modest.
        default=4,
        least=1,
        most=limits.MAX_PARALLEL,
    ),
    _seconds("connect_timeout", "Connect timeout (s)", "How long connecting may take.", 10),
    _seconds("read_timeout", "Read timeout (s)", "How long Webex may be silent during a request.", 60),
    _seconds("total_timeout", "Total timeout (s)", "How long one request may take as a whole.", 300),
    Setting(
        name="max_attempts",
        kind=Kind.WHOLE_NUMBER,
        label="Attempts",
        help="How often a failing request is sent, including the first time.",
        default=limits.RETRY_ATTEMPTS,
        least=1,
        most=1000,
    ),
    _seconds(
        "max_retry_seconds",
        "Retry time (s)",
        "How long a request is retried, including waits.",
        limits.RETRY_SECONDS,
    ),
    _seconds(
        "max_retry_wait",
        "Longest wait (s)",
        "The longest single wait between attempts. If Webex asks for a longer one, the task fails.",
        limits.RETRY_WAIT,
    ),
    Setting(
        name="token_store",
        kind=Kind.CHOICE,
        label="Token store",
        help="Only with a client ID: where tasks share an access token. With memory, each process obtains its own, "
        "and a refresh token that Webex replaces is lost.",
        choices={"variable": "an encrypted Airflow Variable", "memory": "not shared"},
        default="variable",
    ),
    Setting(
        name="token_url",
        kind=Kind.URL,
        label="Token endpoint",
        help="Only with a client ID: where access tokens come from.",
        otherwise="/access_token below the API base URL",
    ),
)

SETTINGS = {setting.name: setting for setting in (*OWN_FIELDS, *EXTRAS)}


class ManualRow(NamedTuple):
    """What the manual says about a setting, as plain text; a cell may be empty."""

    name: str
    kind: str
    meaning: str
    default: str
    bounds: str


def manual_rows(settings: Iterable[Setting]) -> list[ManualRow]:
    """Return the manual's table of settings.

    :param settings: `OWN_FIELDS`, `EXTRAS` or both
    """
    return [
        ManualRow(setting.name, setting.kind.value, setting.help, setting.default_in_words, setting.bounds)
        for setting in settings
    ]
