"""Writing recordings to a path in a format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_webex_recordings.storage.atomic.replacing import replacing
from airflow_provider_webex_recordings.storage.formats.registry import Format
from airflow_provider_webex_recordings.webex.recording import Recording
from airflow_provider_webex_recordings.webex.times import instant, sort_as_moments

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import ObjectStoragePath


def write_recordings(
    path: ObjectStoragePath,
    pages: Iterable[list[Recording]],
    format: Format,  # noqa: A002 - the summary's name
    metadata: Mapping[str, str],
) -> dict[str, Any]:
    """Write recordings page by page, and replace what is there once all of them are written.

    The storage is opened before the first page is requested, so an unusable path costs no request.

    :param metadata: about the recordings, stored where the format or the storage supports it: as Parquet's key-value
        metadata, and as user metadata of an S3 object, at most 2 kB. Elsewhere it is left out
    :return: ``path``, ``format``, ``count``; ``bytes`` and ``sha256`` of the file as it is stored; the
        earliest and the latest ``createTime``, as sent, in ``first_create_time`` and ``last_create_time``, or None
    :raises WebexInputError: if nothing can be written to the path, or the format needs a package that is not installed
    :raises Exception: whatever the pages or the storage raise; the path then holds what it held before
    """
    tally = Tally()
    with replacing(path, metadata) as file:
        for data in format.encode(tally.watch(pages), metadata):
            file.write(data)
    return {
        "path": str(path),
        "format": format.name,
        "count": tally.count,
        "bytes": file.size,
        "sha256": file.sha256,
        "first_create_time": tally.first and tally.first[1],
        "last_create_time": tally.last and tally.last[1],
    }


class Tally:
    """Counts recordings as they pass, and keeps the earliest and the latest time of creation."""

    def __init__(self) -> None:
        self.count = 0
        # Each a moment and its text: texts with different offsets do not sort by time.
        self.first: tuple[datetime, str] | None = None
        self.last: tuple[datetime, str] | None = None

    def watch(self, pages: Iterable[list[Recording]]) -> Iterator[list[Recording]]:
        """Yield the pages that are not empty."""
        for page in pages:
            for text in _ends([recording.get("createTime") for recording in page]):
                self._note(text)
            self.count += len(page)
            if page:
                yield page

    def _note(self, text: str | None) -> None:
        moment = instant(text)
        if moment is None or text is None:
            return
        if self.first is None or moment < self.first[0]:
            self.first = moment, text
        if self.last is None or moment > self.last[0]:
            self.last = moment, text


def _ends(texts: list[Any]) -> list[Any]:
    """Return texts that include the earliest and the latest time: only these two, if texts sort as times do."""
    if sort_as_moments(texts):
        ends = [min(texts), max(texts)]
        if all(map(instant, ends)):
            return ends
    return texts
