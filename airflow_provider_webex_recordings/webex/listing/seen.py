"""What a listing has seen: each recording is handed on once, and going round in circles ends."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from airflow_provider_webex_recordings.webex.errors import WebexProtocolError
from airflow_provider_webex_recordings.webex.messages import Response
from airflow_provider_webex_recordings.webex.recording import Recording

# Stands for the hash 0, which marks a free slot; no number has it.
_ZERO = 1 << 62


class SeenIds:
    """A set of ids in 16 to 64 bytes each: 64-bit hashes in one open-addressing table.

    A set of str takes some 150 bytes an id, and listings of a hundred thousand must stay in constant memory. Two
    ids of a million share a hash with a probability below one in ten million.
    """

    def __init__(self) -> None:
        self._table = _table(1024)
        self._count = 0

    def add(self, key: Hashable) -> bool:
        """Remember a key; return whether it is new."""
        return not self.add_all([key])

    def add_all(self, keys: Sequence[Hashable]) -> set[int]:
        """Remember keys; return the positions of those that are not new."""
        while 2 * (self._count + len(keys)) > len(self._table):
            self._grow()
        known = _insert(self._table, map(hash, keys))
        self._count += len(keys) - len(known)
        return known

    def _grow(self) -> None:
        old, self._table = self._table, _table(4 * len(self._table))
        _insert(self._table, filter(None, old))

    def __len__(self) -> int:
        return self._count


def _table(slots: int) -> memoryview[int]:
    # Quicker to read and to write than an array.
    return memoryview(bytearray(8 * slots)).cast("q")


def _insert(table: memoryview[int], digests: Iterable[int]) -> set[int]:
    """Put hashes into a table that has room for them; return the positions of those that it held before."""
    mask = len(table) - 1
    known = set()
    for position, digest in enumerate(digests):
        digest = digest or _ZERO
        slot = digest & mask
        while held := table[slot]:
            if held == digest:
                known.add(position)
                break
            slot = (slot + 1) & mask
        else:
            table[slot] = digest
    return known


def unseen(recordings: list[Recording], seen: SeenIds) -> list[Recording]:
    """Return the recordings that were not seen before, and remember them. One without a usable id is always new."""
    ids = [recording.get("id") for recording in recordings]
    if set(map(type, ids)) <= {str}:
        known = seen.add_all(ids)
        return [recording for place, recording in enumerate(recordings) if place not in known] if known else recordings
    return [recording for recording in recordings if _is_new(recording.get("id"), seen)]


def _is_new(recording_id: Any, seen: SeenIds) -> bool:
    if isinstance(recording_id, str):
        return seen.add(recording_id)
    if isinstance(recording_id, int | float):
        # Not the number itself: 1, 1.0 and True are equal, and a number's hash can be chosen by who sends it.
        return seen.add((type(recording_id).__name__, repr(recording_id)))
    return True


# A page without news that has a next link is legal; this many in a row are a loop.
MAX_BARREN_PAGES = 50


class LoopGuard:
    """Watches the way from page to page, which must not lead back.

    :param path: what is listed, for the errors
    :param url: of the first page
    :param seen: the recordings seen before; a listing that starts again meets them, which is not a loop
    """

    def __init__(self, path: str, url: str, seen: SeenIds) -> None:
        self._path, self._known, self._barren = path, len(seen), 0
        self._patience = MAX_BARREN_PAGES
        self._visited = SeenIds()
        self._visited.add(url)

    def check(self, recordings: int, news: int, following: str, response: Response) -> None:
        """Note a page and the next one's URL, or refuse to go there.

        :param recordings: how many were on the page
        :param news: how many of them were new
        :param following: the next page's URL
        :raises WebexProtocolError: where the listing goes round in circles
        """
        self._barren = 0 if news else self._barren + 1
        if recordings:
            self._patience = MAX_BARREN_PAGES + self._known // recordings
        if self._barren > self._patience:
            raise self._endless(f"{self._barren} pages in a row held nothing new and named a next one", response)
        if not self._visited.add(following):
            raise self._endless("a next link leads back to a page that was listed before", response)

    def _endless(self, problem: str, response: Response) -> WebexProtocolError:
        return WebexProtocolError(f"GET {self._path}: {problem}", response.tracking_id)
