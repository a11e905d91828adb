"""What Webex documents about listing recordings and about one recording's details, as data.

The stand-in is checked against this (test_contract.py). Where the vendor's OpenAPI file is at hand, so is this itself
(test_vendor_contract.py). https://developer.webex.com/docs/api/v1/converged-recordings

An object is a dict, with a question mark after the name of a field that may be missing; an array is a list; a tuple
holds the only values a text may have; all else is the name of a JSON type.
"""

from __future__ import annotations

from typing import Any

LIST = "/convergedRecordings"
ADMIN_LIST = "/admin/convergedRecordings"
LISTS = (LIST, ADMIN_LIST)
DETAILS = "/convergedRecordings/{recordingId}"

CONTENT_TYPE = "application/json;charset=UTF-8"
STATUSES = (200, 400, 401, 403, 404, 405, 409, 410, 415, 423, 428, 429, 500, 502, 503, 504)

FORMATS = ("MP3",)
OWNER_TYPES = ("user", "place", "virtualLine", "callQueue")
REGIONS = ("US", "SG", "GB", "JP", "DE", "AU", "IN", "CA")
SERVICE_TYPES = ("calling", "customerAssist")

RECORDING: dict[str, Any] = {
    "id": "string",
    "topic": "string",
    "createTime": "string",
    "timeRecorded": "string",
    "format": FORMATS,
    "serviceType": SERVICE_TYPES,
    "durationSeconds": "number",
    "sizeBytes": "number",
    "status": ("available", "deleted"),
    "ownerId": "string",
    "ownerEmail": "string",
    "ownerType": OWNER_TYPES,
    "storageRegion": "string",
    "serviceData?": {"locationId?": "string", "callSessionId?": "string"},
}
LINKS = {
    "audioDownloadLink?": "string",
    "transcriptDownloadLink?": "string",
    "suggestedNotesDownloadLink?": "string",
    "shortNotesDownloadLink?": "string",
    "actionItemsDownloadLink?": "string",
    "expiration?": "string",
}
PAGE = {"items?": [RECORDING]}

#: the body of a good answer
BODIES: dict[str, Any] = {
    LIST: PAGE,
    ADMIN_LIST: PAGE,
    DETAILS: {
        **RECORDING,
        "status": ("available", "deleted", "purged"),
        "temporaryDirectDownloadLinks?": LINKS,
    },
}
#: the body of every other answer; the documents show it in examples only
ERROR = {"message": "string", "errors": [{"description": "string"}], "trackingId": "string"}

FILTERS: dict[str, Any] = {
    "status": ("available", "deleted"),
    "serviceType": SERVICE_TYPES,
    "format": FORMATS,
    "ownerType": OWNER_TYPES,
    "storageRegion": REGIONS,
    "locationId": "string",
    "topic": "string",
}
RANGE: dict[str, Any] = {"max": "number", "from": "string", "to": "string"}
PARAMETERS: dict[str, dict[str, Any]] = {
    LIST: {**RANGE, **FILTERS},
    ADMIN_LIST: {
        **RANGE,
        **FILTERS,
        "status": ("available", "deleted", "purged"),
        "ownerId": "string",
        "ownerEmail": "string",
    },
    DETAILS: {},
}
#: headers that a request may have, besides the token
HEADERS = {"timezone": "string"}
DEFAULTS = {"max": 10, "status": "available"}
#: the limits stand in the documents' text only
LARGEST_PAGE = 100
LONGEST_SPAN_DAYS = 30


def json_schema(shape: Any) -> dict[str, Any]:
    """Return a JSON Schema that allows this shape and nothing else."""
    if isinstance(shape, dict):
        return {
            "type": "object",
            "required": [name for name in shape if not name.endswith("?")],
            "properties": {name.removesuffix("?"): json_schema(inner) for name, inner in shape.items()},
            "additionalProperties": False,
        }
    if isinstance(shape, list):
        return {"type": "array", "items": json_schema(shape[0])}
    return {"enum": list(shape)} if isinstance(shape, tuple) else {"type": shape}
