"""The conversations with Webex, each written once as a generator; `messages` says what they yield.

`call` sends one request with a token and renews that after a 401; `list_recordings` goes from page to page.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from airflow_provider_webex_recordings.webex.auth import Auth
from airflow_provider_webex_recordings.webex.errors import WebexAuthenticationError
from airflow_provider_webex_recordings.webex.messages import Flow, Page, Recording, Request, Response
from airflow_provider_webex_recordings.webex.paging import (
    next_link,
    page_size_of,
    read_object,
    read_page,
    with_page_size,
)
from airflow_provider_webex_recordings.webex.query import RecordingsQuery
from airflow_provider_webex_recordings.webex.retry import RetryPolicy
from airflow_provider_webex_recordings.webex.seen import Course, SeenIds, unseen
from airflow_provider_webex_recordings.webex.sending import Answered, send
from airflow_provider_webex_recordings.webex.windows import TimeWindow

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Api:
    """What every call needs: where, as whom, and how patiently.

    :param base_url: the API's base URL, such as ``https://webexapis.com/v1``, without a slash at the end
    """

    base_url: str
    auth: Auth
    policy: RetryPolicy


class PageTooLarge(Exception):  # noqa: N818 - a signal within this module, which no caller ever sees
    """The gateway times out on this page again, and its link carries no `max` that could be lowered."""


def call(
    api: Api,
    request: Request,
    read: Callable[[Response], T],
    lighten: Callable[[Request, int], Request] | None = None,
) -> Flow[Answered[T]]:
    """Send a request with an access token; after a 401, once more with a new one.

    :raises WebexAuthenticationError: where there is no new one, or it is refused too
    """
    token = yield from api.auth.token()
    while True:
        headers = {**request.headers, "Authorization": f"Bearer {token.value}"}
        try:
            return (yield from send(replace(request, headers=headers), read, api.policy, api.auth.secrets, lighten))
        except WebexAuthenticationError as refusal:
            error = refusal
        other = yield from api.auth.renew(token)
        if other is None:
            raise WebexAuthenticationError(
                error.request, error.status, error.message, error.tracking_id, api.auth.advice
            )
        token = other


def whoami(api: Api) -> Flow[dict[str, Any]]:
    """Return the person a token belongs to; needs the scope spark:people_read.

    https://developer.webex.com/docs/api/v1/people/get-my-own-details
    """
    return (yield from call(api, Request(f"{api.base_url}/people/me"), read_object)).value


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
    answer = None
    with closing(list_recordings(api, query, window, min(count, page_size))) as listing:
        while len(found) < count:
            try:
                message = listing.send(answer)
            except StopIteration:
                break
            if isinstance(message, Page):
                found += message.recordings
                answer = None
            else:
                answer = yield message
    return found[:count]


def newest_recordings(api: Api, query: RecordingsQuery, window: TimeWindow, count: int) -> Flow[list[Recording]]:
    """Return the first recordings that the API lists for a window of at most 30 days, in one request."""
    request = Request(query.url(api.base_url, window, count), headers=query.headers())
    return (yield from call(api, request, read_page)).value


def _list_pages(api: Api, query: RecordingsQuery, piece: TimeWindow, page_size: int, seen: SeenIds) -> Flow[bool]:
    """List a window of at most 30 days; return False where it must be listed again in smaller pages."""

    def lighten(request: Request, attempt: int) -> Request:
        """Halve `max`, as https://developer.webex.com/docs/basics#api-errors advises for 504."""
        size = page_size_of(request.url)
        if size is None and page_size > 1 and attempt > 1:
            raise PageTooLarge
        return replace(request, url=with_page_size(request.url, max(1, (size or 1) // 2)))

    first = query.url(api.base_url, piece, page_size)
    headers, course = query.headers(), Course(query.path, first, seen)
    url: str | None = first
    while url is not None:
        try:
            # Under no name, which would keep a page in memory until the next one is there.
            url = yield from _hand_on(
                (yield from call(api, Request(url, headers=headers), read_page, lighten)), page_size, seen, course
            )
        except PageTooLarge:
            return False
    return True


def _hand_on(page: Answered[list[Recording]], page_size: int, seen: SeenIds, course: Course) -> Flow[str | None]:
    """Yield what is new on a page, and return the URL of the next one."""
    news = unseen(page.value, seen)
    yield Page(news)
    following = next_link(page.response, page.url, page_size)
    if following is not None:
        course.go_on(len(page.value), len(news), following, page.response)
    return following
