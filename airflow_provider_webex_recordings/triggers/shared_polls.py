"""One look at Webex for all who want to know the same at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

Looks: TypeAlias = dict[Hashable, tuple[asyncio.Task[Any], set[object]]]

# Of each event loop: the looks that are under way, each with those who wait for it.
_looks_of: WeakKeyDictionary[asyncio.AbstractEventLoop, Looks] = WeakKeyDictionary()


async def shared(key: Hashable, look: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Return what a look returns, or raise what it raises; under an equal key, one look answers all who wait.

    :param key: what is asked
    :param look: asks. It ends early only when nobody waits any more, so it must not use what belongs to one of them
    """
    looks = _looks_of.setdefault(asyncio.get_running_loop(), {})
    if key not in looks:
        looks[key] = asyncio.ensure_future(look()), set()
    task, waiting = looks[key]
    waiting.add(me := object())
    try:
        return await asyncio.shield(task)
    finally:
        waiting.remove(me)
        if not waiting:
            del looks[key]
            task.cancel()
