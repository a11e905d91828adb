"""The filters of a listing: their names, their checks, their form on the wire."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeAlias, TypedDict, TypeVar, Unpack, cast, get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.windows import TimeWindow, iso

Role: TypeAlias = Literal["user", "admin"]
Text = TypeVar("Text")

#: https://developer.webex.com/docs/api/v1/converged-recordings
LIST_PATHS: Mapping[str, str] = {"user": "/convergedRecordings", "admin": "/admin/convergedRecordings"}


class ApiFilters(TypedDict, Generic[Text], total=False):
    """The API's filters: its names in snake case, and what holds their text."""

    status: Text | None
    service_type: Text | None
    format: Text | None
    owner_type: Text | None
    storage_region: Text | None
    location_id: Text | None
    topic: Text | None
    owner_id: Text | None
    owner_email: Text | None


class Filters(ApiFilters[str], total=False):
    """What `RecordingsQuery` takes, for the signature of whatever takes the same: ``**filters: Unpack[Filters]``."""

    role: Role | None
    timezone: str | None


FILTER_NAMES = tuple(Filters.__annotations__)

# Python name -> the API's query parameter: the same in camel case.
WIRE_NAMES: Mapping[str, str] = {
    name: re.sub("_(.)", lambda match: match[1].upper(), name) for name in ApiFilters.__annotations__
}

# What Webex's documents list today. It adds values every few months, so these warn and never refuse.
LISTED_VALUES: Mapping[str, tuple[str, ...]] = {
    "status": ("available", "deleted", "purged"),
    "service_type": ("calling", "customerAssist"),
    "format": ("MP3",),
    "owner_type": ("user", "place", "virtualLine", "callQueue"),
    "storage_region": ("US", "SG", "GB", "JP", "DE", "AU", "IN", "CA"),
}


@dataclass(frozen=True, slots=True, init=False)
class RecordingsQuery:
    """Which recordings to list, apart from when they were created.

    Everything is optional; None leaves a filter out. A value that Webex does not document is sent all the same.

    :param role: ``user`` for the token owner's recordings, ``admin`` for the organisation's. Default: the connection's
        where a connection is involved, else ``user``
    :param status: ``available`` (Webex's default), ``deleted``, or with role ``admin`` ``purged``
    :param service_type: such as ``calling`` or ``customerAssist``
    :param format: such as ``MP3``
    :param owner_type: such as ``user``, ``place``, ``virtualLine`` or ``callQueue``
    :param storage_region: such as ``US`` or ``DE``
    :param location_id: UUID of a Webex Calling location
    :param topic: text in the topic, in upper or lower case
    :param owner_id: UUID of the owner; role ``admin`` only
    :param owner_email: e-mail address of the owner; role ``admin`` only
    :param timezone: IANA name of the zone in which Webex writes times. Default: UTC
    :raises WebexInputError: where a filter is empty or not a string, an owner is given for role ``user``, or the role
        or the time zone is unknown

    https://developer.webex.com/docs/api/v1/converged-recordings/list-recordings
    """

    role: Role
    timezone: str | None
    filters: Mapping[str, str]

    def __init__(self, **filters: Unpack[Filters]) -> None:
        if unknown := filters.keys() - set(FILTER_NAMES):
            raise TypeError(f"there is no filter {', '.join(sorted(unknown))}; there are {', '.join(FILTER_NAMES)}")
        given: dict[str, Any] = {name: filters[name] for name in FILTER_NAMES if filters.get(name) is not None}  # type: ignore[literal-required]
        for name, value in given.items():
            _check_text(name, value)
        object.__setattr__(self, "role", _checked_role(given.pop("role", "user")))
        object.__setattr__(self, "timezone", _checked_timezone(given.pop("timezone", None)))
        object.__setattr__(self, "filters", given)
        for name in ("owner_id", "owner_email"):
            if self.role == "user" and name in given:
                raise WebexInputError(
                    name,
                    given[name],
                    "the list of your own recordings cannot be filtered by owner; set role='admin' here or on the "
                    "connection, or leave it out",
                )

    @classmethod
    def of(cls, filters: Filters, *, default_role: Role) -> RecordingsQuery:
        """Return the query of these filters, and of another role than ``user`` where they have none."""
        complete: Filters = {**filters, "role": filters.get("role") or default_role}
        return cls(**complete)

    @property
    def path(self) -> str:
        """The list endpoint's path below the API's base URL."""
        return LIST_PATHS[self.role]

    def url(self, base_url: str, window: TimeWindow, page_size: int) -> str:
        """Return the URL of the first page: borders and `max` are always sent, filters where they are given."""
        borders = {"from": iso(window.start), "to": iso(window.end), "max": page_size}
        filters = {WIRE_NAMES[name]: value for name, value in self.filters.items()}
        return f"{base_url}{self.path}?{urlencode(borders | filters)}"

    def headers(self) -> dict[str, str]:
        """Return the headers of each page's request."""
        return {"Accept": "application/json"} | ({"timezone": self.timezone} if self.timezone else {})

    def unlisted_values(self) -> list[str]:
        """Return a sentence for each value that Webex's documents do not list; it is sent all the same."""
        return [
            f"{name}={value!r} is not among the values that Webex documents "
            f"({', '.join(LISTED_VALUES[name])}); it is sent as it is"
            for name, value in self.filters.items()
            if value not in LISTED_VALUES.get(name, (value,))
        ]

    def to_dict(self) -> Filters:
        """Return what is given, for a trigger's arguments; `RecordingsQuery(**d)` reverses it."""
        zone = {} if self.timezone is None else {"timezone": self.timezone}
        return cast("Filters", {"role": self.role, **zone, **self.filters})


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise WebexInputError(name, value, "must be a string")
    if not value.strip():
        raise WebexInputError(
            name, value, "is empty, which would list more than was meant; leave it out, or give None, for no filter"
        )
    if re.search("[\ud800-\udfff]", value):
        raise WebexInputError(name, value, "holds half of a surrogate pair, which no request can carry")


def _checked_role(role: str) -> str:
    if role not in get_args(Role):
        raise WebexInputError("role", role, "must be 'user' (your own recordings) or 'admin' (the organisation's)")
    return role


def _checked_timezone(name: str | None) -> str | None:
    try:
        if name is not None:
            ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise WebexInputError(
            "timezone", name, "is not an IANA time zone; give a name such as Europe/Berlin"
        ) from error
    return name
