"""The conversations of a listing, each written once as a generator; `messages` says what they yield."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from airflow_provider_webex_recordings.webex.call import Api, call
from airflow_provider_webex_recordings.webex.listing.paging import next_link, page_size_of, read_page, with_page_size
from airflow_provider_webex_recordings.webex.listing.seen import LoopGuard, SeenIds, unseen
from airflow_provider_webex_recordings.webex.messages import Flow, Page, Purpose, Request
from airflow_provider_webex_recordings.webex.query import RecordingsQuery
from airflow_provider_webex_recordings.webex.recording import Recording
from airflow_provider_webex_recordings.webex.sending.send import Parsed
from airflow_provider_webex_recordings.webex.windows import TimeWindow


class PageTooLarge(Exception):  # noqa: N818 - a signal within this module, which no caller ever sees
    """The gateway times out on this page again, and its link carries no `max` that could be lowered."""


def list_recordings(api: Api, query: RecordingsQuery, window: TimeWindow, page_size: int) -> Flow[None]:
    """Yield a `Page` for each page of the window, the newest first, each recording once.

    :raises WebexError: where going on is not safe; the pages yielded before are good
    """
    seen = SeenIds()
    for piece in window.pieces():
        yield from list_piece(api, query, piece, page_size, seen)


def list_piece(api: Api, query: RecordingsQuery, piece: TimeWindow, page_size: int, seen: SeenIds) -> Flow[None]:
    """List a window of at most 30 days as `list_recordings` does, without what was seen before."""
    while not (yield from _list_pages(api, query, piece, page_size, seen)):
        page_size //= 2


def list_part(api: Api, query: RecordingsQuery, page_size: int, window: TimeWindow) -> Flow[None]:
    """List a window of at most 30 days by itself; others may hold some of its recordings too."""
    return list_piece(api, query, window, page_size, SeenIds())


def find_recordings(
    api: Api, query: RecordingsQuery, window: TimeWindow, count: int, page_size: int
) -> Flow[list[Recording]]:
    """Return up to `count` recordings of the window, asking for no more than that takes.

    :raises WebexError: as `list_recordings` does
    """
    found: list[Recording] = []
    with closing(list_recordings(api, query, window, min(count, page_size))) as listing:
        while len(found) < count and (page := (yield from next_page(listing))):
            found += page.recordings
    return found[:count]


def next_page(listing: Flow[object]) -> Flow[Page | None]:
    """Carry a listing on to its next page, and return that; None at its end."""
    answer = None
    while True:
        try:
            message = listing.send(answer)
        except StopIteration:
            return None
        if isinstance(message, Page):
            return message
        answer = yield message


def newest_recordings(api: Api, query: RecordingsQuery, window: TimeWindow, count: int) -> Flow[list[Recording]]:
    """Return the first recordings that the API lists for a window of at most 30 days, in one request."""
    request = Request(query.url(api.base_url, window, count), headers=query.headers(), purpose=Purpose.LISTING)
    return (yield from call(api, request, read_page)).value


def _list_pages(api: Api, query: RecordingsQuery, piece: TimeWindow, page_size: int, seen: SeenIds) -> Flow[bool]:
    """List a window of at most 30 days; return False where it must be listed again in smaller pages."""

    def shrink(request: Request, attempt: int) -> Request:
        """Halve `max`, as https://developer.webex.com/docs/basics#api-errors advises for 504."""
        size = page_size_of(request.url)
        if size is None and page_size > 1 and attempt > 1:
            raise PageTooLarge
        return replace(request, url=with_page_size(request.url, max(1, (size or 1) // 2)))

    first = query.url(api.base_url, piece, page_size)
    headers, guard = query.headers(), LoopGuard(query.path, first, seen)
    url: str | None = first
    while url is not None:
        try:
            # Under no name, which would keep a page in memory until the next one is there.
            url = yield from _hand_on(
                (yield from call(api, Request(url, headers=headers, purpose=Purpose.LISTING), read_page, shrink)),
                page_size,
                seen,
                guard,
            )
        except PageTooLarge:
            return False
    return True


def _hand_on(page: Parsed[list[Recording]], page_size: int, seen: SeenIds, guard: LoopGuard) -> Flow[str | None]:
    """Yield what is new on a page, and return the URL of the next one."""
    news = unseen(page.value, seen)
    yield Page(news)
    following = next_link(page.response, page.url, page_size)
    if following is not None:
        guard.check(len(page.value), len(news), following, page.response)
    return following
