"""The filters of a listing: their names, their checks, their form on the wire."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Literal, TypeAlias, TypedDict, get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.windows import TimeWindow, iso

Role: TypeAlias = Literal["user", "admin"]

#: https://developer.webex.com/docs/api/v1/converged-recordings
LIST_PATHS: Mapping[str, str] = {"user": "/convergedRecordings", "admin": "/admin/convergedRecordings"}

# Python name -> the API's query parameter.
WIRE_NAMES: Mapping[str, str] = {
    "status": "status",
    "service_type": "serviceType",
    "format": "format",
    "owner_type": "ownerType",
    "storage_region": "storageRegion",
    "location_id": "locationId",
    "topic": "topic",
    "owner_id": "ownerId",
    "owner_email": "ownerEmail",
}

# What Webex's documents list today. It adds values every few months, so these warn and never refuse.
LISTED_VALUES: Mapping[str, tuple[str, ...]] = {
    "status": ("available", "deleted", "purged"),
    "service_type": ("calling", "customerAssist"),
    "format": ("MP3",),
    "owner_type": ("user", "place", "virtualLine", "callQueue"),
    "storage_region": ("US", "SG", "GB", "JP", "DE", "AU", "IN", "CA"),
}


class Filters(TypedDict, total=False):
    """The fields of `RecordingsQuery`, as keywords."""

    role: Role | None
    status: str | None
    service_type: str | None
    format: str | None
    owner_type: str | None
    storage_region: str | None
    location_id: str | None
    topic: str | None
    owner_id: str | None
    owner_email: str | None
    timezone: str | None


@dataclass(frozen=True, slots=True)
class RecordingsQuery:
    """Which recordings to list, apart from when they were created.

    :param role: ``user`` lists the token owner's recordings, ``admin`` the organisation's
    :param timezone: IANA name, sent as the ``timezone`` header: the zone in which Webex writes times
    :raises WebexInputError: where a filter is empty or no text, an owner is asked for on the own list, or the
        role or time zone is unknown

    The other fields are the API's filters; None leaves a filter out.
    https://developer.webex.com/docs/api/v1/converged-recordings/list-recordings
    """

    role: Role = "user"
    status: str | None = None
    service_type: str | None = None
    format: str | None = None
    owner_type: str | None = None
    storage_region: str | None = None
    location_id: str | None = None
    topic: str | None = None
    owner_id: str | None = None
    owner_email: str | None = None
    timezone: str | None = None

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self)):
            _check_text(name, getattr(self, name))
        if self.role not in get_args(Role):
            raise WebexInputError("role", self.role, "is neither 'user' (own recordings) nor 'admin' (organisation)")
        for name in ("owner_id", "owner_email"):
            if self.role == "user" and getattr(self, name) is not None:
                raise WebexInputError(
                    name,
                    getattr(self, name),
                    "the own list cannot filter by owner; set role='admin' here or on the connection, or leave it out",
                )
        _check_timezone(self.timezone)

    @property
    def path(self) -> str:
        """The list endpoint's path below the API's base URL."""
        return LIST_PATHS[self.role]

    def url(self, base_url: str, window: TimeWindow, page_size: int) -> str:
        """Return the URL of the first page: filters, borders and `max` are always all sent."""
        filters = {wire: getattr(self, name) for name, wire in WIRE_NAMES.items()}
        borders = {"from": iso(window.start), "to": iso(window.end), "max": page_size}
        given = {name: value for name, value in (borders | filters).items() if value is not None}
        return f"{base_url}{self.path}?{urlencode(given)}"

    def headers(self) -> dict[str, str]:
        """Return the headers of each page's request."""
        return {"Accept": "application/json"} | ({"timezone": self.timezone} if self.timezone else {})

    def unlisted_values(self) -> list[str]:
        """Return a sentence for each value that Webex's documents do not list; it is sent all the same."""
        return [
            f"{name}={getattr(self, name)!r} is not among the values that Webex documents "
            f"({', '.join(listed)}); it is sent as it is"
            for name, listed in LISTED_VALUES.items()
            if getattr(self, name) not in (None, *listed)
        ]

    def to_dict(self) -> dict[str, str]:
        """Return what differs from the defaults, for a trigger's arguments; `RecordingsQuery(**d)` reverses it."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def _check_text(name: str, value: object) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        raise WebexInputError(name, value, "is no text")
    if not value.strip():
        raise WebexInputError(
            name, value, "is empty, which would list more than was meant; leave it out, or give None, for no filter"
        )
    if re.search("[\ud800-\udfff]", value):
        raise WebexInputError(name, value, "holds half of a surrogate pair, which no request can carry")


def _check_timezone(name: str | None) -> None:
    try:
        if name is not None:
            ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise WebexInputError("timezone", name, "is no IANA time zone; give a name such as Europe/Berlin") from error
