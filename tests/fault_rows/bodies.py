"""Answers with status 200 that are none, and recordings that are not like the documents say."""

from __future__ import annotations

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

from airflow_provider_webex_recordings.webex.errors import WebexProtocolError
from tests.fault_rows.row import END, RECORDINGS, START, Change, Fails, Row, Truth, always, backoff, once
from tests.webex_api import faults, make_recordings
from tests.webex_api.recordings import Recording, in_zone

# No page at all: asked for again, an error when it stays so, and never taken for an empty page.
NO_PAGE = {
    "truncated JSON": (faults.truncated_json(), "is not valid JSON"),
    "truncated to one byte": (faults.body("{"), "is not valid JSON"),
    "HTML with status 200": (faults.html(), "(200, text/html"),
    "an empty body": (faults.empty_body(), "0 bytes"),
    "204 without a body": (faults.no_content(), "(204"),
    "no items": (faults.no_items(), "`items`"),
    "items null": (faults.items_null(), "`items`"),
    "items a text": (faults.items_not_a_list("none"), "`items`"),
    "items an object": (faults.items_not_a_list({"0": {}}), "`items`"),
    "items with a null among them": (faults.add_items([None]), "`items`"),
    "items with texts among them": (faults.add_items(["a", "b"], at_end=False), "`items`"),
    "a list without the object around it": (faults.json_list(), "is a JSON list"),
    "a text": (faults.body('"items"'), "is a JSON str"),
    "null": (faults.body("null"), "is a JSON NoneType"),
    "invalid UTF-8": (faults.invalid_utf8(), "is not valid JSON"),
    "JSON nested without end": (faults.body("[" * 200_000), "is not JSON that can be read"),
    "more values than a page has": (faults.body('{"items": [' + "{}," * 500_000 + "{}]}"), "more than 500,000 values"),
    "NaN": (faults.body('{"items": [{"id": "1", "durationSeconds": NaN}]}'), "holds NaN"),
    "Infinity": (faults.body('{"items": [{"id": "1", "durationSeconds": -Infinity}]}'), "holds -Infinity"),
    "a number beyond doubles": (faults.body('{"items": [{"id": "1", "sizeBytes": 1e400}]}'), "too large for a double"),
}

_NO_PAGE = [
    Row(name=f"{name}, once", faults=(once(fault, faults.nth_list_request(2)),), waits=backoff(1), requests=4)
    for name, (fault, _) in NO_PAGE.items()
] + [
    Row(
        name=f"{name}, for ever",
        faults=(always(fault, faults.nth_list_request(2)),),
        outcome=Fails(WebexProtocolError, ("attempt 3", says, "GET /v1/convergedRecordings"), delivered=10),
        settings={"max_attempts": 3},
        waits=backoff(1, 2),
        requests=4,
    )
    for name, (fault, says) in NO_PAGE.items()
]


def _with(**fields: object) -> Change:
    return lambda recordings: [{**recording, **fields} for recording in recordings]


def _without(*names: str) -> Change:
    return lambda recordings: [
        {name: value for name, value in recording.items() if name not in names} for recording in recordings
    ]


_NULLS = dict.fromkeys(("topic", "createTime", "ownerEmail", "durationSeconds", "serviceData"))
_UNKNOWN = {
    "newField": {"deep": [1, 2.5, None, {"er": "ü"}], "empty": {}},
    "status": "archived",
    "ownerType": "hologram",
    "sizeBytes": 123456789012345678901234567890,
    "durationSeconds": 12.5,
    "": "a field without a name",
}

_FIELDS = [
    Row(
        name="missing fields",
        faults=(always(faults.edit_items(remove=["topic", "createTime", "ownerEmail", "serviceData"])),),
        outcome=Truth(change=_without("topic", "createTime", "ownerEmail", "serviceData")),
        requests=3,
    ),
    Row(
        name="null fields",
        faults=(always(faults.edit_items(change=_NULLS)),),
        outcome=Truth(change=_with(**_NULLS)),
        requests=3,
    ),
    Row(
        name="unknown fields and values",
        faults=(always(faults.edit_items(change=_UNKNOWN)),),
        outcome=Truth(change=_with(**_UNKNOWN)),
        requests=3,
    ),
    Row(
        name="recordings without an id are handed on all the same",
        faults=(always(faults.edit_items(remove=["id"])),),
        outcome=Truth(change=_without("id")),
        requests=3,
    ),
    Row(
        name="recordings whose id is null",
        faults=(always(faults.edit_items(change={"id": None})),),
        outcome=Truth(change=_with(id=None)),
        requests=3,
    ),
    Row(
        name="recordings whose id is a list",
        faults=(always(faults.edit_items(change={"id": ["a"]})),),
        outcome=Truth(change=_with(id=["a"])),
        requests=3,
    ),
    Row(
        name="times that are none",
        faults=(always(faults.edit_items(change={"createTime": "yesterday", "timeRecorded": 5})),),
        outcome=Truth(change=_with(createTime="yesterday", timeRecorded=5)),
        requests=3,
    ),
    Row(
        name="each recording twice in its page",
        faults=(always(faults.duplicate_items()),),
        requests=3,
    ),
    Row(
        name="recordings of an earlier page again",
        faults=(always(faults.add_items(RECORDINGS[:5], at_end=False), faults.nth_list_request(2)),),
        requests=3,
    ),
]

_TOPICS = [
    "",
    " ",
    "Ünïcödé 山田 🎧",
    "\u202eright to left",
    "a\u0000b\n\t\x7f",
    "‮ \ufeff \uffff",
    "e\u0301",
    '"\\/',
    "x" * 20_000,
]
_TEXTS: list[Recording] = [
    {**recording, "topic": topic}
    for topic, recording in zip(_TOPICS, make_recordings(len(_TOPICS), START, END), strict=True)
]
# A topic that was cut in the middle of an emoji: legal JSON, and no UTF-8 can hold it.
_CUT: list[Recording] = [{"id": "1", "topic": "cut \ud83d", "\udc00": "\udfff"}, {"id": "2", "topic": "whole 🎧"}]
_ZONES = ("Asia/Kolkata", "America/St_Johns", "UTC")


def _in_zone(name: str) -> Change:
    return lambda recordings: [in_zone(recording, ZoneInfo(name)) for recording in recordings]


_WRITING = [
    Row(name="unicode", recordings=_TEXTS, requests=1),
    Row(
        name="half surrogate pairs",
        faults=(always(faults.body(json.dumps({"items": _CUT}))),),
        outcome=Truth(change=lambda recordings: _CUT),
        requests=1,
    ),
    *[
        Row(
            name=f"times in the zone {zone}",
            filters={"timezone": zone},
            outcome=Truth(change=_in_zone(zone)),
            requests=3,
        )
        for zone in _ZONES
    ],
]

_BORDERS = [
    {**recording, "createTime": moment.isoformat()}
    for moment, recording in zip(
        [
            START - timedelta(milliseconds=1),
            START,
            START + timedelta(milliseconds=1),
            END - timedelta(milliseconds=1),
            END,
        ],
        make_recordings(5, START, END),
        strict=True,
    )
]
_QUARTER = timedelta(days=90)
_SPREAD = make_recordings(91, END - _QUARTER, END + timedelta(days=1), offsets=True)

_WINDOWS = [
    Row(name="no recordings", recordings=[], requests=1),
    Row(name="an empty window asks for nothing", end=START, requests=0),
    Row(name="recordings on the borders: the start belongs to the window, the end does not", recordings=_BORDERS),
    Row(name="30 days", start=END - timedelta(days=30), recordings=_SPREAD, page_size=100, requests=1),
    Row(
        name="30 days and a millisecond",
        start=END - timedelta(days=30, milliseconds=1),
        recordings=_SPREAD,
        page_size=100,
        requests=2,
    ),
    Row(name="90 days, a recording on each border", start=END - _QUARTER, recordings=_SPREAD, requests=9),
    Row(
        name="90 days, 504 whenever max is over 50",
        start=END - _QUARTER,
        recordings=_SPREAD,
        page_size=100,
        faults=(always(faults.status(504), faults.max_over(50)),),
        # Side by side, the pieces wait together.
        settings={"parallel": 1},
        waits=backoff(1, 1, 1),
        requests=6,
    ),
    Row(
        name="borders between two milliseconds",
        start=START + timedelta(microseconds=1500),
        end=END + timedelta(microseconds=999),
        recordings=_BORDERS,
        outcome=Truth(change=lambda _: [*reversed(_BORDERS[2:4])]),
    ),
]

ROWS = _NO_PAGE + _FIELDS + _WRITING + _WINDOWS
