"""The conversations of a listing, each written once as a generator; `messages` says what they yield."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from airflow_provider_webex_recordings.webex.call import Api, call
from airflow_provider_webex_recordings.webex.errors import WebexRequestError, WebexServerError
from airflow_provider_webex_recordings.webex.listing.fit import Fit
from airflow_provider_webex_recordings.webex.listing.paging import next_link, page_size_of, read_page, with_page_size
from airflow_provider_webex_recordings.webex.listing.seen import LoopGuard, SeenIds, unseen
from airflow_provider_webex_recordings.webex.messages import Flow, Note, Page, Purpose, Request
from airflow_provider_webex_recordings.webex.query import RecordingsQuery
from airflow_provider_webex_recordings.webex.recording import Recording
from airflow_provider_webex_recordings.webex.sending.send import Parsed, redact
from airflow_provider_webex_recordings.webex.windows import TimeWindow

# Statuses that a server answers where it no longer knows a cursor. Of our own first request they mean what they say.
_DEAD_CURSOR = frozenset({400, 404, 409, 410})
# How often a window is listed again from its beginning, before it is left to the task's retries.
MAX_RESTARTS = 2


class CursorRefused(Exception):  # noqa: N818 - a signal within this module, which no caller ever sees
    """Webex refuses its own link to the next page."""

    def __init__(self, refusal: WebexRequestError) -> None:
        self.refusal = refusal


class PageTooLarge(Exception):  # noqa: N818 - a signal within this module, which no caller ever sees
    """The gateway times out on this page again, and its link carries no `max` that could be lowered."""


def list_recordings(api: Api, query: RecordingsQuery, window: TimeWindow, page_size: int) -> Flow[None]:
    """Yield a `Page` for each page of the window, the newest first, each recording once.

    :raises WebexError: where going on is not safe; the pages yielded before are good
    """
    seen, warned = SeenIds(), set[str]()
    for piece in window.pieces():
        yield from list_piece(api, query, piece, page_size, seen, warned)


def list_piece(
    api: Api, query: RecordingsQuery, piece: TimeWindow, page_size: int, seen: SeenIds, warned: set[str]
) -> Flow[None]:
    """List a window of at most 30 days as `list_recordings` does, without what was seen before.

    :param warned: what the listing has warned of; see `Fit`
    """
    restarts = 0
    while True:
        try:
            return (
                yield from _list_pages(
                    api,
                    query,
                    piece,
                    page_size,
                    seen,
                    Fit(query, piece, warned, lambda text: redact(text, api.auth.secrets())),
                )
            )
        except PageTooLarge:
            page_size //= 2
            continue
        except CursorRefused as signal:
            refusal = signal.refusal
        restarts += 1
        if restarts > MAX_RESTARTS:
            raise _refused_again(refusal)
        yield Note(f"{refusal.summary}. That was Webex's own link to the next page; listing {piece} again")


def _refused_again(refusal: WebexRequestError) -> WebexServerError:
    advice = (
        f"That was Webex's own link to the next page, and {MAX_RESTARTS + 1} listings ended like this. Run the task "
        "again later; if the problem persists, choose a shorter window, or quote the trackingId to Cisco support"
    )
    return WebexServerError(refusal.request, refusal.status, refusal.message, refusal.tracking_id, advice)


def list_part(api: Api, query: RecordingsQuery, page_size: int, warned: set[str], window: TimeWindow) -> Flow[None]:
    """List a window of at most 30 days by itself; others may hold some of its recordings too."""
    return list_piece(api, query, window, page_size, SeenIds(), warned)


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


def _list_pages(
    api: Api, query: RecordingsQuery, piece: TimeWindow, page_size: int, seen: SeenIds, fit: Fit
) -> Flow[None]:
    """List a window of at most 30 days.

    :raises PageTooLarge: where it must be listed again in smaller pages
    :raises CursorRefused: where it must be listed again, because a link has expired
    """

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
                fit,
            )
        except WebexRequestError as refusal:
            if url == first or refusal.status not in _DEAD_CURSOR:
                raise
            raise CursorRefused(refusal) from None


def _hand_on(
    page: Parsed[list[Recording]], page_size: int, seen: SeenIds, guard: LoopGuard, fit: Fit
) -> Flow[str | None]:
    """Yield what is new on a page, and return the URL of the next one."""
    for warning in fit.check(page.value, page.response.tracking_id):
        yield Note(warning)
    news = unseen(page.value, seen)
    yield Page(news)
    following = next_link(page.response, page.url, page_size)
    if following is not None:
        guard.check(len(page.value), len(news), following, page.response)
    return following
