"""The API's data, as it is sent."""

from __future__ import annotations

from typing import TypedDict


class ServiceData(TypedDict, total=False):
    """What belongs to the call of a recording."""

    locationId: str
    callSessionId: str


class Recording(TypedDict, total=False):
    """A recording exactly as the API sent it: any field may be missing or null, and others may be there.

    https://developer.webex.com/docs/api/v1/converged-recordings/list-recordings
    """

    id: str
    topic: str
    createTime: str
    timeRecorded: str
    ownerId: str
    ownerType: str
    ownerEmail: str
    format: str
    durationSeconds: float
    sizeBytes: float
    serviceType: str
    storageRegion: str
    status: str
    serviceData: ServiceData
