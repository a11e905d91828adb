"""The hook: Webex's recordings as plain Python iterators, configured by an Airflow connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import aclosing, closing
from datetime import datetime
from functools import cached_property, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Unpack

from airflow.providers.common.compat.connection import get_async_connection
from airflow.providers.common.compat.sdk import BaseHook

from airflow_provider_webex_recordings.connection import form
from airflow_provider_webex_recordings.connection.assembly import (
    explained_when_missing,
    http_options,
    make_api,
    make_token_store,
)
from airflow_provider_webex_recordings.connection.checks import check_argument
from airflow_provider_webex_recordings.connection.masking import amask, mask
from airflow_provider_webex_recordings.connection.settings import WebexSettings, read_connection
from airflow_provider_webex_recordings.connection.trial import try_connection
from airflow_provider_webex_recordings.hooks.journal import Journal
from airflow_provider_webex_recordings.transport.drivers import AsyncDriver, Clock, Driver, TokenStore
from airflow_provider_webex_recordings.transport.requests_exchange import RequestsExchange
from airflow_provider_webex_recordings.transport.side_by_side import SideBySide
from airflow_provider_webex_recordings.webex.call import Api
from airflow_provider_webex_recordings.webex.errors import WebexError
from airflow_provider_webex_recordings.webex.listing import flows
from airflow_provider_webex_recordings.webex.listing.parts import Parts
from airflow_provider_webex_recordings.webex.query import Filters, RecordingsQuery
from airflow_provider_webex_recordings.webex.recording import Recording
from airflow_provider_webex_recordings.webex.windows import TimeWindow

if TYPE_CHECKING:
    import requests

    from airflow_provider_webex_recordings.transport.aiohttp_exchange import AiohttpExchange

SYSTEM_CLOCK = Clock()


class WebexRecordingsHook(BaseHook):
    """Lists Webex Calling recordings (Converged Recordings API).

    What happens on which answer, the same for the synchronous and the asynchronous methods:

    ==================================== =========================================================================
    429, 423, 503                        waits as long as Retry-After says, or with exponential back-off; a wait
                                         longer than ``max_retry_wait`` raises `WebexRateLimitError`, which carries it
    500, 502, other 5xx, 408, 425        exponential back-off with jitter, then `WebexServerError`
    504                                  the same, with half the page size
    no, half or unreadable answer        exponential back-off, then `WebexTransportError` or `WebexProtocolError`
    401                                  the token is renewed once, where it can be; then `WebexAuthenticationError`
    403                                  `WebexPermissionError`
    any other 4xx                        `WebexRequestError`
    next link or redirect elsewhere      `WebexLinkError`; the token is not sent there
    ==================================== =========================================================================

    Attempts (``max_attempts``) and time (``max_retry_seconds``) are both bounded; all three settings stand in the
    connection. The table may change without being a breaking change.

    :param webex_conn_id: Airflow connection of type ``webex``
    :param clock: the time it lives in; for tests
    """

    conn_name_attr = "webex_conn_id"
    default_conn_name = "webex_default"
    conn_type = "webex"
    hook_name = "Webex"

    def __init__(self, webex_conn_id: str = default_conn_name, clock: Clock = SYSTEM_CLOCK) -> None:
        super().__init__()
        self.webex_conn_id = webex_conn_id
        self._clock = clock
        self._async_exchange: AiohttpExchange | None = None

    def list_recordings(
        self,
        *,
        start: datetime,
        end: datetime,
        page_size: int | None = None,
        parallel: int | None = None,
        **filters: Unpack[Filters],
    ) -> Iterator[Recording]:
        """List the recordings created in a window, the newest first, page by page as they are consumed.

        :param start: aware datetime, inclusive
        :param end: aware datetime, exclusive
        :param page_size: recordings per request, 1 to 100; default: the connection's
        :param parallel: how many parts of the window are listed side by side, 1 to 16; recordings and order stay the
            same; default: the connection's
        :param filters: ``role`` (``user`` or ``admin``; default: the connection's), ``status``, ``service_type``,
            ``format``, ``owner_type``, ``storage_region``, ``location_id``, ``topic``, ``owner_id`` and
            ``owner_email`` (both with role ``admin`` only), ``timezone`` (IANA name, in which Webex writes times)
        :return: the recordings, each once, as plain dicts exactly as the API sent them
        :raises WebexInputError: at once, where an argument or the connection cannot work
        :raises WebexError: while iterating; see the table above
        """
        pages = self.list_pages(TimeWindow(start, end), self.query(**filters), page_size, parallel)
        return (recording for page in pages for recording in page)

    def alist_recordings(
        self, *, start: datetime, end: datetime, page_size: int | None = None, **filters: Unpack[Filters]
    ) -> AsyncIterator[Recording]:
        """List as `list_recordings` does, asynchronously, one page after the other.

        The connection's faults are raised while iterating.
        """
        return self._alist_recordings(TimeWindow(start, end), page_size, filters)

    async def _alist_recordings(
        self, window: TimeWindow, page_size: int | None, filters: Filters
    ) -> AsyncIterator[Recording]:
        await self.load_settings()
        async with aclosing(self.alist_pages(window, self.query(**filters), page_size)) as pages:
            async for page in pages:
                for recording in page:
                    yield recording

    def query(self, **filters: Unpack[Filters]) -> RecordingsQuery:
        """Return checked filters, with the connection's role where none is given; warns of values unknown to Webex."""
        query = RecordingsQuery(**{**filters, "role": filters.get("role") or self.settings.role})  # type: ignore[arg-type]
        for sentence in query.unlisted_values():
            self.log.warning("%s", sentence)
        return query

    def list_pages(
        self, window: TimeWindow, query: RecordingsQuery, page_size: int | None = None, parallel: int | None = None
    ) -> Generator[list[Recording]]:
        """List as `list_recordings` does, a page at a time; a page may be empty.

        :param window: which time
        :param query: which recordings, from `query`
        """
        size = self.settings.page_size if page_size is None else check_argument("page_size", page_size)
        workers = self.settings.parallel if parallel is None else check_argument("parallel", parallel)
        return self._pages(window, query, size, workers)

    def _pages(
        self, window: TimeWindow, query: RecordingsQuery, page_size: int, workers: int
    ) -> Generator[list[Recording]]:
        journal = Journal(self.log, f"{query.path} {window}")
        driver = Driver(self._exchange, self._token_store, journal.note, self._clock.sleep)
        if workers == 1:
            listing = driver.pages(flows.list_recordings(self._api, query, window, page_size))
        else:
            list_part = partial(flows.list_part, self._api, query, page_size)
            listing = SideBySide(driver, Parts(window, workers), list_part, workers, self._clock.now).pages()
        with journal, closing(listing) as pages:
            for page in pages:
                yield page.recordings

    async def alist_pages(
        self, window: TimeWindow, query: RecordingsQuery, page_size: int | None = None
    ) -> AsyncGenerator[list[Recording]]:
        """List as `list_pages` does, asynchronously; `load_settings` comes first."""
        size = self.settings.page_size if page_size is None else check_argument("page_size", page_size)
        flow = flows.list_recordings(self._api, query, window, size)
        journal = Journal(self.log, f"{query.path} {window}")
        driver = AsyncDriver(self._aiohttp_exchange(), self._token_store, journal.note, self._clock.asleep)
        with journal:
            async with aclosing(driver.pages(flow)) as pages:
                async for page in pages:
                    yield page.recordings

    def find_recordings(self, window: TimeWindow, query: RecordingsQuery, count: int) -> list[Recording]:
        """Return the first recordings that Webex lists for a window, with as few requests as that takes.

        :param window: which time
        :param query: which recordings, from `query`
        :param count: how many are enough
        :return: up to `count` recordings, fewer where there are no more
        :raises WebexError: see the table above
        """
        journal = Journal(self.log, f"{query.path} {window}")
        return Driver(self._exchange, self._token_store, journal.note, self._clock.sleep).value(
            flows.find_recordings(self._api, query, window, count, self.settings.page_size)
        )

    async def afind_recordings(self, window: TimeWindow, query: RecordingsQuery, count: int) -> list[Recording]:
        """Find as `find_recordings` does, asynchronously; `load_settings` comes first."""
        journal = Journal(self.log, f"{query.path} {window}")
        return await AsyncDriver(self._aiohttp_exchange(), self._token_store, journal.note, self._clock.asleep).value(
            flows.find_recordings(self._api, query, window, count, self.settings.page_size)
        )

    async def load_settings(self) -> WebexSettings:
        """Read the connection without blocking the event loop; the other async methods need it once."""
        if "settings" not in self.__dict__:
            with explained_when_missing(self.webex_conn_id):
                connection = await get_async_connection(self.webex_conn_id, self)
            # Importing aiohttp takes a tenth of a second and more, for which the event loop would stand still.
            await asyncio.to_thread(import_module, "airflow_provider_webex_recordings.transport.aiohttp_exchange")
            self.settings = read_connection(connection)
            await amask(*self.settings.secrets)
        return self.settings

    @cached_property
    def settings(self) -> WebexSettings:
        """The connection, read and checked."""
        with explained_when_missing(self.webex_conn_id):
            connection = self.get_connection(self.webex_conn_id)
        settings = read_connection(connection)
        mask(*settings.secrets)
        return settings

    @cached_property
    def _api(self) -> Api:
        return make_api(self.settings, self._clock.now)

    @cached_property
    def _token_store(self) -> TokenStore:
        return make_token_store(self.settings, self.webex_conn_id, self._api.auth)

    @cached_property
    def _exchange(self) -> RequestsExchange:
        return RequestsExchange(**http_options(self.settings))

    def _aiohttp_exchange(self) -> AiohttpExchange:
        from airflow_provider_webex_recordings.transport.aiohttp_exchange import AiohttpExchange

        if self._async_exchange is None:
            self._async_exchange = AiohttpExchange(**http_options(self.settings))
        return self._async_exchange

    def get_conn(self) -> requests.Session:
        """Return the pooled session that requests are sent with; it carries no token."""
        return self._exchange.session

    def close(self) -> None:
        """Close the pooled connections of the synchronous methods."""
        self._exchange.close()

    async def aclose(self) -> None:
        """Close the pooled connections of the asynchronous methods."""
        if self._async_exchange is not None:
            await self._async_exchange.close()

    def test_connection(self) -> tuple[bool, str]:
        """Ask for one recording, and for the token's owner; nothing is written or stored.

        :return: whether the connection works, and what was found or what to do
        """
        try:
            return True, try_connection(self.settings, self._clock.now)
        except WebexError as error:
            return False, str(error)

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """Return the form's fields for Airflow before 3.2; later versions read the provider info."""
        return form.widgets()

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """Return labels and placeholders for Airflow before 3.2; later versions read the provider info."""
        return form.field_behaviour()
