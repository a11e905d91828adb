"""The asynchronous methods in the triggerer: each may be called first, and none blocks the event loop."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import certifi
import pytest

from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from airflow_provider_webex_recordings.webex.query import RecordingsQuery
from airflow_provider_webex_recordings.webex.windows import TimeWindow
from tests.helpers.listing import connection
from tests.webex_api import WebexApi, make_recordings

START, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
WINDOW = TimeWindow(START, END)


class AsynchronousHook(WebexRecordingsHook):
    """A hook whose connection cannot be read on the event loop; Airflow 2 reads it in a thread."""

    @classmethod
    def get_connection(cls, conn_id: str) -> Any:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return super().get_connection(conn_id)
        raise AssertionError(f"{conn_id} is read in a way that blocks the event loop")


async def list_recordings(hook: WebexRecordingsHook) -> int:
    return len([recording async for recording in hook.alist_recordings(start=START, end=END)])


async def list_pages(hook: WebexRecordingsHook) -> int:
    return sum([len(page) async for page in hook.alist_pages(WINDOW, RecordingsQuery())])


async def find_recordings(hook: WebexRecordingsHook) -> int:
    return len(await hook.afind_recordings(WINDOW, RecordingsQuery(), 3))


METHODS: dict[str, Callable[[WebexRecordingsHook], Awaitable[Any]]] = {
    "alist_recordings": list_recordings,
    "alist_pages": list_pages,
    "afind_recordings": find_recordings,
    "aquery": lambda hook: hook.aquery(topic="complaint"),
    "load_settings": lambda hook: hook.load_settings(),
    "aclose": lambda hook: hook.aclose(),
}


def run(method: str, conn_id: str) -> Any:
    async def first() -> Any:
        hook = AsynchronousHook(conn_id)
        try:
            return await METHODS[method](hook)
        finally:
            await hook.aclose()

    return asyncio.run(first())


def test_each_asynchronous_method_is_here() -> None:
    methods = {name for name, item in vars(WebexRecordingsHook).items() if asyncio.iscoroutinefunction(item)}
    assert {name for name in methods if name[0] != "_"} <= set(METHODS)


@pytest.mark.parametrize("method", METHODS)
def test_any_asynchronous_method_may_be_called_first(method: str) -> None:
    with WebexApi(make_recordings(3, START, END)) as api, connection(api.url, api.token) as conn_id:
        found = run(method, conn_id)
    if isinstance(found, int):
        assert found == 3


class SlowFile:
    """A CA bundle that is read as slowly as the event loop allows: only while that turns is there something to read."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ca.pem"
        os.mkfifo(self.path)
        self.turns = 0
        self.has_turned = False
        self._writer = threading.Thread(target=self._write, daemon=True)

    def _write(self) -> None:
        with self.path.open("w") as file:  # waits for the reader
            before, deadline = self.turns, time.monotonic() + 5
            while self.turns < before + 3 and time.monotonic() < deadline:
                time.sleep(0.001)
            self.has_turned = self.turns >= before + 3
            # Whoever reads it again finds an ordinary file.
            shutil.copy(certifi.where(), self.path.with_name("ordinary.pem"))
            self.path.with_name("ordinary.pem").replace(self.path)
            file.write(certifi.contents())

    async def turn(self) -> None:
        self._writer.start()
        while True:
            self.turns += 1
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("method", ["alist_recordings", "alist_pages", "afind_recordings"])
def test_the_event_loop_turns_while_certificates_are_read(method: str, tmp_path: Path) -> None:
    """As while aiohttp is imported; both take longer than a thousand triggers can wait."""
    bundle = SlowFile(tmp_path)

    async def both(hook: WebexRecordingsHook) -> None:
        turning = asyncio.create_task(bundle.turn())
        try:
            await METHODS[method](hook)
        finally:
            turning.cancel()
            await hook.aclose()

    with WebexApi() as api, connection(api.url, api.token, ca_bundle=str(bundle.path)) as conn_id:
        asyncio.run(both(AsynchronousHook(conn_id)))
    assert bundle.has_turned


def test_calls_at_once_share_what_is_made_once() -> None:
    async def at_once(hook: WebexRecordingsHook) -> list[int]:
        try:
            return await asyncio.gather(*(find_recordings(hook) for _ in range(5)))
        finally:
            await hook.aclose()

    with WebexApi(make_recordings(3, START, END)) as api, connection(api.url, api.token) as conn_id:
        assert asyncio.run(at_once(AsynchronousHook(conn_id))) == [3] * 5
