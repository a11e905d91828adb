"""One poll for all who ask the same at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

Polls: TypeAlias = dict[Hashable, tuple[asyncio.Task[Any], set[object]]]

# For each event loop: the polls that are under way, each with those who wait for it.
_polls_of: WeakKeyDictionary[asyncio.AbstractEventLoop, Polls] = WeakKeyDictionary()


async def share_poll(key: Hashable, poll: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Return what a poll returns, or raise what it raises; one poll answers all who wait under an equal key.

    :param key: what is asked
    :param poll: asks. It is cancelled only when nobody waits any more, so it must not use what belongs to one of them
    """
    polls = _polls_of.setdefault(asyncio.get_running_loop(), {})
    if key not in polls:
        polls[key] = asyncio.ensure_future(poll()), set()
    task, waiting = polls[key]
    waiting.add(me := object())
    try:
        return await asyncio.shield(task)
    finally:
        waiting.remove(me)
        if not waiting:
            del polls[key]
            task.cancel()
