"""Recordings as the API sends them: made to order, and kept in the order of its answers."""

from __future__ import annotations

import functools
import json
import threading
from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from zoneinfo import ZoneInfo

Recording = dict[str, Any]

SERVICE_TYPES = ("calling", "customerAssist")
OWNER_TYPES = ("user", "place", "virtualLine", "callQueue")
REGIONS = ("US", "SG", "GB", "JP", "DE", "AU", "IN", "CA")
CALLERS = (
    "+1 555 0100",
    "Ana María Ñíguez",
    "+49 30 555 0142",
    "山田 太郎",
    "Help Desk / Tier 2",
    'Dana "DJ" O\'Neil; Sales, EMEA',
    "Zoë 🎧 Müller",
    "anonymous",
)
OFFSETS = (UTC, *(timezone(timedelta(hours=hours)) for hours in (8, -5, 5.5)))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_datetime(value: str | datetime) -> datetime:
    """A plain aware datetime, from pendulum's too; a time without an offset is taken as UTC."""
    moment = datetime.fromisoformat(value if isinstance(value, str) else value.isoformat())
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def to_microseconds(value: str | datetime) -> int:
    return (to_datetime(value) - EPOCH) // MICROSECOND


def to_text(moment: datetime, *, offset: timezone = UTC, milliseconds: bool = False) -> str:
    """The time as the API writes it, with "Z" for UTC."""
    text = moment.astimezone(offset).isoformat(timespec="milliseconds" if milliseconds else "seconds")
    return text.removesuffix("+00:00") + "Z" if offset is UTC else text


def make_recordings(
    count: int,
    start: str | datetime,
    end: str | datetime,
    *,
    seed: int = 0,
    owners: int = 7,
    statuses: tuple[str, ...] = ("available",),
    offsets: bool = False,
    milliseconds: bool = False,
) -> list[Recording]:
    """Evenly spread over [start, end), the oldest exactly at start; newest first, as the API lists them.

    `offsets`: times are written with "Z" in some and with an offset in others.
    """
    first, last = to_datetime(start).astimezone(UTC), to_datetime(end).astimezone(UTC)
    step = (last - first) / max(count, 1)
    rng = Random(seed)
    recordings = []
    for number in range(count):
        created = first + number * step
        offset = OFFSETS[number % len(OFFSETS)] if offsets else UTC
        write = functools.partial(to_text, offset=offset, milliseconds=milliseconds)
        recordings.append(_recording(rng, number, created, owners, statuses[number % len(statuses)], write))
    recordings.reverse()
    return recordings


def _recording(
    rng: Random, number: int, created: datetime, owners: int, status: str, write: Callable[[datetime], str]
) -> Recording:
    recorded = created - timedelta(seconds=120 + (int(rng.random() * 25_000) if number % 3 == 0 else 0))
    owner = int(rng.random() * owners)
    seconds = 5 + int(rng.random() * 3600)
    time_recorded = write(recorded)
    call_time = time_recorded[:10].replace("-", "") + " " + time_recorded[11:16].replace(":", "")
    recording = {
        "id": _identifier(rng, dashed=number % 3 != 0),
        "topic": f"Call with {CALLERS[int(rng.random() * len(CALLERS))]} -{call_time}",
        "createTime": write(created),
        "timeRecorded": time_recorded,
        "ownerId": _fixed_identifier(f"owner {owner}"),
        "ownerType": OWNER_TYPES[owner % len(OWNER_TYPES)],
        "ownerEmail": f"user{owner}@example.com",
        "format": "MP3",
        "durationSeconds": seconds,
        "sizeBytes": seconds * (1000 + int(rng.random() * 3000)),
        "serviceType": SERVICE_TYPES[number % 5 == 4],
        "storageRegion": REGIONS[number % len(REGIONS)],
        "status": status,
    }
    if number % 10 != 9:
        location = _fixed_identifier(f"location {owner % 3}")
        recording["serviceData"] = {"locationId": location, "callSessionId": _identifier(rng)}
    return recording


def _identifier(rng: Random, *, dashed: bool = True) -> str:
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}" if dashed else text


@functools.cache
def _fixed_identifier(name: str) -> str:
    return _identifier(Random(name))


def matches(recording: Recording, filters: dict[str, Any]) -> bool:
    for name, wanted in filters.items():
        if name == "topic":
            if wanted.casefold() not in (recording.get("topic") or "").casefold():
                return False
        elif name == "locationId":
            if (recording.get("serviceData") or {}).get("locationId") != wanted:
                return False
        elif recording.get(name) != wanted:
            return False
    return True


@dataclass(slots=True)
class Entry:
    """A recording with what the store has worked out about it."""

    recording: Recording
    key: tuple[int, str]
    encoded: bytes = b""

    def json(self) -> bytes:
        if not self.encoded:
            self.encoded = json.dumps(self.recording, ensure_ascii=False).encode()
        return self.encoded


def entry_for(recording: Recording) -> Entry:
    return Entry(recording, (-to_microseconds(recording["createTime"]), recording["id"]))


def in_zone(recording: Recording, zone: ZoneInfo) -> Recording:
    """The recording with its times written in another zone."""
    times = {}
    for name in ("createTime", "timeRecorded"):
        if recording.get(name):
            moment = to_datetime(recording[name]).astimezone(zone)
            times[name] = moment.isoformat(timespec="milliseconds" if "." in recording[name] else "seconds")
            if not moment.utcoffset():
                times[name] = times[name].removesuffix("+00:00") + "Z"
    return {**recording, **times}


class Store:
    """All recordings, sorted newest first and by id where two were created at once; safe to change while served."""

    def __init__(self, recordings: Iterable[Recording] = ()) -> None:
        self._lock = threading.RLock()
        self._by_id = {recording["id"]: entry_for(recording) for recording in recordings}
        self._entries = sorted(self._by_id.values(), key=lambda entry: entry.key)
        self._keys = [entry.key for entry in self._entries]

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, recording: Recording) -> None:
        """Add a recording; one with a known id replaces the old one."""
        entry = entry_for(recording)
        with self._lock:
            self.remove(recording["id"])
            self._by_id[recording["id"]] = entry
            insort(self._entries, entry, key=lambda other: other.key)
            insort(self._keys, entry.key)

    def remove(self, recording_id: str) -> None:
        with self._lock:
            entry = self._by_id.pop(recording_id, None)
            if entry is not None:
                index = bisect_left(self._keys, entry.key)
                del self._keys[index], self._entries[index]

    def update(self, recording_id: str, **changes: Any) -> None:
        """Change fields of a recording, such as status="deleted"."""
        self.add({**self._by_id[recording_id].recording, **changes})

    def get(self, recording_id: str) -> Recording | None:
        entry = self._by_id.get(recording_id)
        return entry.recording if entry else None

    def all(self) -> list[Recording]:
        with self._lock:
            return [entry.recording for entry in self._entries]

    def between(
        self, start: str | datetime, end: str | datetime, *, status: str | None = "available", **filters: Any
    ) -> list[Recording]:
        """What a complete listing of [start, end) holds, in the API's order; filters by their names on the wire."""
        if status is not None:
            filters["status"] = status
        with self._lock:
            return [entry.recording for entry in self._matching(to_microseconds(start), to_microseconds(end), filters)]

    def page(
        self,
        start: int,
        end: int,
        filters: dict[str, Any],
        limit: int,
        *,
        after: tuple[int, str] | None = None,
        skip: int = 0,
    ) -> tuple[list[Entry], bool]:
        """Up to `limit` entries of [start, end) after a key or a number of entries, and whether more follow."""
        with self._lock:
            found = list(islice(self._matching(start, end, filters, after), skip, skip + limit + 1))
        return found[:limit], len(found) > limit

    def _matching(
        self, start: int, end: int, filters: dict[str, Any], after: tuple[int, str] | None = None
    ) -> Iterator[Entry]:
        first = bisect_left(self._keys, (1 - end, ""))
        if after is not None:
            first = max(first, bisect_right(self._keys, after))
        last = bisect_left(self._keys, (1 - start, ""))
        for index in range(first, last):
            if matches(self._entries[index].recording, filters):
                yield self._entries[index]
