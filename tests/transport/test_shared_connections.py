"""A thousand triggers in one event loop: they share connections, and leave none behind."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from airflow_provider_webex_recordings.transport.aiohttp_exchange import AiohttpExchange
from airflow_provider_webex_recordings.webex.messages import Failure, Response
from tests.helpers.exchanging import OPTIONS, deaf_port, listing, options_of
from tests.helpers.logs import all_logs
from tests.helpers.tls import Certificate, tls_server
from tests.webex_api import WebexApi, faults
from tests.webex_api.script import Fault


def connections_to(port: int) -> int:
    """How many this process has open."""
    return sum(bool(found.raddr) and found.raddr.port == port for found in psutil.Process().net_connections())


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0)


def test_exchanges_of_one_loop_share_connections_until_the_last_closes(api: WebexApi) -> None:
    async def story() -> None:
        first, second, third = (AiohttpExchange(**options_of(OPTIONS)) for _ in range(3))
        for exchange in (first, second, first):
            await exchange(listing(api.url))
        assert api.connections == 1
        await first.close()
        await second(listing(api.url))
        assert api.connections == 1, "one exchange still used the connection"
        await second.close()
        await third(listing(api.url))
        assert api.connections == 2, "the last exchange had closed it"
        await third.close()

    asyncio.run(story())


def test_who_comes_while_the_last_closes_is_served(api: WebexApi) -> None:
    async def story() -> None:
        first, second = AiohttpExchange(**options_of(OPTIONS)), AiohttpExchange(**options_of(OPTIONS))
        await first(listing(api.url))
        _, answer = await asyncio.gather(first.close(), second(listing(api.url)))
        assert isinstance(answer, Response)
        await second.close()

    asyncio.run(story())


def test_an_exchange_is_made_before_its_loop_and_outlives_it(api: WebexApi) -> None:
    exchange = AiohttpExchange(**options_of(OPTIONS))

    async def story() -> Any:
        answers = [await exchange(listing(api.url))]
        await exchange.close()
        await exchange.close()
        return [*answers, await exchange(listing(api.url)), await exchange.close()]

    for _ in range(2):
        first, second, _ = asyncio.run(story())
        assert isinstance(first, Response)
        assert isinstance(second, Response)


def test_a_crowd_waits_for_its_turn_and_no_time_out_counts_that(api: WebexApi) -> None:
    api.latency = 0.2

    async def story() -> list[Response | Failure]:
        options = options_of(OPTIONS | {"connect_timeout": 5.0, "total_timeout": 5.0})
        exchanges = [AiohttpExchange(**options) for _ in range(300)]
        answers = await asyncio.gather(*[exchange(listing(api.url)) for exchange in exchanges])
        for exchange in exchanges:
            await exchange.close()
        return answers

    answers = asyncio.run(story())

    assert [type(answer) for answer in answers] == [Response] * 300
    assert api.connections <= 256, "the triggerer keeps open files for other things"


@pytest.mark.parametrize("fault", [faults.stall(), faults.stall_body(), faults.drip(1, 0.05)])
def test_a_cancelled_request_leaves_no_connection_open(api: WebexApi, fault: Fault) -> None:
    api.faults.add(fault)

    async def story() -> None:
        exchange = AiohttpExchange(**options_of(OPTIONS))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(exchange(listing(api.url)), 0.2)
        await until(lambda: connections_to(api.port) == 0)
        assert isinstance(await exchange(listing(api.url)), Response)
        assert api.connections == 2
        await exchange.close()

    asyncio.run(story())


def test_a_cancelled_attempt_to_connect_leaves_no_connection_open() -> None:
    async def story() -> None:
        exchange = AiohttpExchange(**options_of(OPTIONS))
        with deaf_port() as port:
            before = connections_to(port)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(exchange(listing(f"http://127.0.0.1:{port}/v1")), 0.2)
            await until(lambda: connections_to(port) == before)
        await exchange.close()

    asyncio.run(story())


def test_a_cancelled_request_ends_at_once_and_no_one_else_with_it(api: WebexApi) -> None:
    api.faults.add(faults.stall(0.3), times=2)

    async def story() -> None:
        first, second = AiohttpExchange(**options_of(OPTIONS)), AiohttpExchange(**options_of(OPTIONS))
        requests = [asyncio.create_task(exchange(listing(api.url))) for exchange in (first, second)]
        await until(lambda: len(api.requests) == 2)
        requests[0].cancel()
        await asyncio.wait(requests, return_when=asyncio.FIRST_COMPLETED)
        assert requests[0].cancelled()
        assert not requests[1].done()
        await first.close()
        assert isinstance(await requests[1], Response)
        await second.close()

    asyncio.run(story())


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_who_closes_leaves_nothing_to_complain_about(api: WebexApi, tmp_path: Path) -> None:
    certificate = Certificate.make(tmp_path)

    async def story() -> None:
        with tls_server(certificate) as port:
            for url in (api.url, f"https://127.0.0.1:{port}/v1"):
                exchange = AiohttpExchange(**options_of(OPTIONS | {"verify": str(certificate.path)}))
                assert isinstance(await exchange(listing(url)), Response)
                await exchange.close()

    assert complaints(story) == []


def test_who_does_not_close_breaks_nothing(api: WebexApi) -> None:
    async def story() -> None:
        forgetful = [AiohttpExchange(**options_of(OPTIONS)) for _ in range(2)]
        for number in range(2):
            await forgetful[number](listing(api.url))
        forgetful.pop()
        gc.collect()
        careful = AiohttpExchange(**options_of(OPTIONS))
        await careful(listing(api.url))
        assert api.connections == 1
        forgetful.clear()
        gc.collect()
        await careful.close()
        await careful(listing(api.url))
        assert api.connections == 2, "who was forgotten keeps no connection open"
        await careful.close()

    assert complaints(story) == []


def complaints(story: Callable[[], Any]) -> list[str]:
    """Run a story, and return what Python and aiohttp warn of."""
    with warnings.catch_warnings(record=True) as warned, all_logs() as told:
        warnings.simplefilter("always")
        asyncio.run(story())
        gc.collect()
    logged = [line for line in told if line.startswith(("WARNING", "ERROR"))]
    return [*logged, *[str(warning.message) for warning in warned if warning.category is ResourceWarning]]
