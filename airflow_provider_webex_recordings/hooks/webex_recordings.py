"""The hook: Webex's recordings as plain Python iterators, configured by an Airflow connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import aclosing, closing
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Unpack

from airflow.providers.common.compat.connection import get_async_connection
from airflow.providers.common.compat.sdk import AirflowNotFoundException, BaseHook

from airflow_provider_webex_recordings.connection import form
from airflow_provider_webex_recordings.connection.assembly import http_options, make_api, make_token_store
from airflow_provider_webex_recordings.connection.checks import check_argument
from airflow_provider_webex_recordings.connection.errors import explain_missing_connection, name_connection
from airflow_provider_webex_recordings.connection.masking import amask, mask
from airflow_provider_webex_recordings.connection.settings import WebexSettings, read_connection
from airflow_provider_webex_recordings.connection.trial import try_connection
from airflow_provider_webex_recordings.hooks.journal import Journal
from airflow_provider_webex_recordings.transport.drivers import AsyncDriver, Clock, Driver, TokenStore
from airflow_provider_webex_recordings.transport.requests_exchange import RequestsExchange
from airflow_provider_webex_recordings.transport.workers import ParallelDriver
from airflow_provider_webex_recordings.webex.call import Api
from airflow_provider_webex_recordings.webex.errors import WebexError
from airflow_provider_webex_recordings.webex.listing import flows
from airflow_provider_webex_recordings.webex.listing.schedule import list_side_by_side
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
    400, 404, 409, 410 to a next link    that window is listed again, twice at most; then `WebexServerError`
    any other 4xx                        `WebexRequestError`
    next link or redirect elsewhere      `WebexLinkError`; the token is not sent there
    ==================================== =========================================================================

    Attempts (``max_attempts``) and time (``max_retry_seconds``) are both bounded; all three are settings of the
    connection. The table may change without being a breaking change. An error names the connection, unless it is an
    argument that cannot work.

    :param webex_conn_id: Airflow connection of type ``webex``
    :param clock: the time it lives in; for tests
    :param token_store: where the access token is shared; for tests. Default None: what the connection's
        ``token_store`` says
    """

    conn_name_attr = "webex_conn_id"
    default_conn_name = "webex_default"
    conn_type = "webex"
    hook_name = "Webex"

    def __init__(
        self,
        webex_conn_id: str = default_conn_name,
        clock: Clock = SYSTEM_CLOCK,
        token_store: TokenStore | None = None,
    ) -> None:
        super().__init__()
        self.webex_conn_id = webex_conn_id
        self._clock = clock
        self._given_token_store = token_store
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
        :param page_size: recordings per request, within the bounds of the connection's setting, which is the default
        :param parallel: how many parts of the window are listed side by side, likewise; recordings and their order
            stay the same
        :param filters: which recordings, by keyword: see `RecordingsQuery`; the role's default is the connection's
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

        What is wrong with the connection is raised while iterating.
        """
        return self._alist_recordings(TimeWindow(start, end), page_size, filters)

    async def _alist_recordings(
        self, window: TimeWindow, page_size: int | None, filters: Filters
    ) -> AsyncIterator[Recording]:
        async with aclosing(self.alist_pages(window, await self.aquery(**filters), page_size)) as pages:
            async for page in pages:
                for recording in page:
                    yield recording

    def query(self, **filters: Unpack[Filters]) -> RecordingsQuery:
        """Return checked filters, by default with the connection's role; warn of values new to Webex's documents.

        :param filters: see `RecordingsQuery`
        """
        query = RecordingsQuery.of(filters, default_role=self.settings.role)
        for sentence in query.unlisted_values():
            self.log.warning("%s", sentence)
        return query

    async def aquery(self, **filters: Unpack[Filters]) -> RecordingsQuery:
        """Return filters as `query` does, without blocking the event loop."""
        await self.load_settings()
        return self.query(**filters)

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
        with name_connection(self.webex_conn_id), Journal(self.log, f"{query.path} {window}") as journal:
            driver = self._driver(journal)
            if workers == 1:
                listing = driver.pages(flows.list_recordings(self._api, query, window, page_size))
            else:
                list_part = partial(flows.list_part, self._api, query, page_size, set())
                flow = list_side_by_side(window, workers, list_part)
                listing = ParallelDriver(driver, self._clock.now).pages(flow)
            with closing(listing) as pages:
                for page in pages:
                    yield page.recordings

    async def alist_pages(
        self, window: TimeWindow, query: RecordingsQuery, page_size: int | None = None
    ) -> AsyncGenerator[list[Recording]]:
        """List as `list_pages` does, asynchronously and one page after the other."""
        settings = await self.load_settings()
        size = settings.page_size if page_size is None else check_argument("page_size", page_size)
        with name_connection(self.webex_conn_id), Journal(self.log, f"{query.path} {window}") as journal:
            driver = await self._async_driver(journal)
            async with aclosing(driver.pages(flows.list_recordings(self._api, query, window, size))) as pages:
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
        with name_connection(self.webex_conn_id):
            driver = self._driver(Journal(self.log, f"{query.path} {window}"))
            return driver.value(flows.find_recordings(self._api, query, window, count, self.settings.page_size))

    async def afind_recordings(self, window: TimeWindow, query: RecordingsQuery, count: int) -> list[Recording]:
        """Find as `find_recordings` does, asynchronously."""
        settings = await self.load_settings()
        with name_connection(self.webex_conn_id):
            driver = await self._async_driver(Journal(self.log, f"{query.path} {window}"))
            return await driver.value(flows.find_recordings(self._api, query, window, count, settings.page_size))

    async def load_settings(self) -> WebexSettings:
        """Return the connection, read and checked, without blocking the event loop."""
        if "settings" not in self.__dict__:
            with explain_missing_connection(self.webex_conn_id), name_connection(self.webex_conn_id):
                settings = read_connection(await get_async_connection(self.webex_conn_id, self))
            await amask(*settings.secrets)
            self.settings = settings
        return self.settings

    @cached_property
    def settings(self) -> WebexSettings:
        """The connection, read and checked; asynchronous code takes `load_settings`."""
        with explain_missing_connection(self.webex_conn_id), name_connection(self.webex_conn_id):
            settings = read_connection(self.get_connection(self.webex_conn_id))
        mask(*settings.secrets)
        return settings

    @cached_property
    def _api(self) -> Api:
        return make_api(self.settings, self._clock.now)

    @cached_property
    def _token_store(self) -> TokenStore:
        if self._given_token_store is not None:
            return self._given_token_store
        return make_token_store(self.settings, self.webex_conn_id, self._api.auth)

    @cached_property
    def _exchange(self) -> RequestsExchange:
        with name_connection(self.webex_conn_id):
            return RequestsExchange(**http_options(self.settings))

    def _driver(self, journal: Journal) -> Driver:
        return Driver(self._exchange, self._token_store, journal.note, self._clock.sleep)

    async def _async_driver(self, journal: Journal) -> AsyncDriver:
        if self._async_exchange is None:
            # Importing aiohttp and reading certificates takes a tenth of a second and more, for which the event loop
            # would stand still.
            exchange = await asyncio.to_thread(self._make_async_exchange)
            # Another coroutine may have made one meanwhile.
            self._async_exchange = self._async_exchange or exchange
        return AsyncDriver(self._async_exchange, self._token_store, journal.note, self._clock.asleep)

    def _make_async_exchange(self) -> AiohttpExchange:
        from airflow_provider_webex_recordings.transport.aiohttp_exchange import AiohttpExchange

        return AiohttpExchange(**http_options(self.settings))

    def get_conn(self) -> requests.Session:
        """Return the pooled session that requests are sent with; it carries no token."""
        return self._exchange.session

    def close(self) -> None:
        """Close the pooled connections of the synchronous methods, if there are any."""
        if "_exchange" in self.__dict__:
            self._exchange.close()

    async def aclose(self) -> None:
        """Close the pooled connections of the asynchronous methods."""
        if self._async_exchange is not None:
            await self._async_exchange.close()

    def test_connection(self) -> tuple[bool, str]:
        """Ask for one recording, and for the token's owner; nothing is stored.

        :return: whether the connection works, and what was found or what to do next
        """
        try:
            return True, try_connection(self.settings, self._clock.now)
        except WebexError as error:
            # Not the connection's name: a form tests under an id that Airflow makes up.
            return False, error.text
        except AirflowNotFoundException as error:
            return False, str(error)

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """Return the form's fields for Airflow before 3.2; later versions read the provider info."""
        return form.widgets()

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """Return labels and placeholders for Airflow before 3.2; later versions read the provider info."""
        return form.field_behaviour()
