"""One poll for all who ask the same at once: who waits, who leaves, and what each of them gets."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from airflow_provider_webex_recordings.triggers.shared_polls import share_poll


class Poll:
    """A poll that takes until it is let go."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.started = self.ended = self.cancelled = 0
        self.go = asyncio.Event()

    async def __call__(self) -> int:
        self.started += 1
        number = self.started
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        self.ended += 1
        if self.error is not None:
            raise self.error
        return number


def waiting(poll: Poll, count: int, key: object = "same") -> list[asyncio.Task[int]]:
    return [asyncio.create_task(share_poll(key, poll)) for _ in range(count)]


async def settled() -> None:
    """Until all that can run without a clock has run."""
    for _ in range(10):
        await asyncio.sleep(0)


def in_a_loop(story: Callable[[], Any]) -> list[Any]:
    """Run a story, and return what the event loop complained of."""
    complaints: list[Any] = []

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told))
        await story()
        await settled()
        gc.collect()

    asyncio.run(run())
    return complaints


def test_one_poll_answers_all_who_ask_meanwhile() -> None:
    async def story() -> None:
        poll = Poll()
        first = waiting(poll, 500)
        await settled()
        late = waiting(poll, 500)
        await settled()
        poll.go.set()

        assert await asyncio.gather(*first, *late) == [1] * 1000
        assert (poll.started, poll.cancelled) == (1, 0)

    assert in_a_loop(story) == []


def test_other_questions_have_looks_of_their_own() -> None:
    async def story() -> None:
        poll = Poll()
        poll.go.set()
        assert sorted(await asyncio.gather(*waiting(poll, 2, "a"), *waiting(poll, 2, "b"))) == [1, 1, 2, 2]

    assert in_a_loop(story) == []


def test_who_asks_after_the_answer_gets_a_new_one() -> None:
    async def story() -> None:
        poll = Poll()
        poll.go.set()
        assert [await share_poll("same", poll), await share_poll("same", poll)] == [1, 2]

    assert in_a_loop(story) == []


@pytest.mark.parametrize("leaver", [0, 1, 2])
def test_who_leaves_takes_nothing_from_the_others(leaver: int) -> None:
    async def story() -> None:
        poll = Poll()
        tasks = waiting(poll, 3)
        await settled()
        tasks[leaver].cancel()
        await settled()
        poll.go.set()

        answers = await asyncio.gather(*tasks, return_exceptions=True)

        assert isinstance(answers.pop(leaver), asyncio.CancelledError)
        assert answers == [1, 1]
        assert (poll.started, poll.cancelled) == (1, 0)

    assert in_a_loop(story) == []


def test_when_the_last_one_leaves_the_poll_ends() -> None:
    async def story() -> None:
        poll = Poll()
        tasks = waiting(poll, 3)
        await settled()
        for task in tasks:
            assert poll.cancelled == 0
            task.cancel()
            await settled()

        assert (poll.started, poll.ended, poll.cancelled) == (1, 0, 1)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    assert in_a_loop(story) == []


def test_after_a_poll_that_nobody_waited_for_a_newcomer_starts_a_new_one() -> None:
    async def story() -> None:
        poll = Poll()
        (gone,) = waiting(poll, 1)
        await settled()
        gone.cancel()
        (newcomer,) = waiting(poll, 1)
        await settled()
        poll.go.set()

        assert await newcomer == 2
        assert (poll.started, poll.cancelled) == (2, 1)

    assert in_a_loop(story) == []


def test_a_failure_reaches_all_and_is_forgotten() -> None:
    async def story() -> None:
        poll = Poll(OSError("the network"))
        tasks = waiting(poll, 3)
        await settled()
        poll.go.set()

        failures = await asyncio.gather(*tasks, return_exceptions=True)

        assert [str(failure) for failure in failures] == ["the network"] * 3
        poll.error = None
        assert await share_poll("same", poll) == 2

    assert in_a_loop(story) == []


def test_a_failure_that_comes_while_all_leave_is_no_complaint() -> None:
    async def story() -> None:
        poll = Poll(OSError("the network"))
        tasks = waiting(poll, 2)
        await settled()
        poll.go.set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    assert in_a_loop(story) == []


def test_each_event_loop_looks_by_itself() -> None:
    """A task of one loop cannot be waited for in another, as tests and `dag.test()` may have them."""
    both_look = threading.Barrier(2, timeout=10)

    async def poll() -> int:
        await asyncio.to_thread(both_look.wait)
        return threading.get_ident()

    def run_a_loop(_: int) -> bool:
        return asyncio.run(share_poll("same", poll)) == threading.get_ident()

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(run_a_loop, range(2))) == [True, True]
