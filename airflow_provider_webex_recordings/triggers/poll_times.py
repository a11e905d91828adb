"""When a trigger polls. Every pause lasts, whatever happened before it: nothing makes a trigger poll faster."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from itertools import count, repeat

# An interval of zero would leave the event loop, and Webex, no time for other work.
SHORTEST = 1.0


def pauses(
    elapsed: float, interval: float, *, exponential_backoff: bool = False, max_wait: float | None = None
) -> Iterator[float]:
    """Yield the seconds before each poke, at the intervals that Airflow's sensors keep on a worker.

    :param elapsed: seconds since the poke on the worker; after a restart of the triggerer the intervals continue
    :param interval: the sensor's ``poke_interval``
    :param exponential_backoff: the sensor's: each pause is about twice as long as the one before
    :param max_wait: the longest pause
    """
    due = 0.0
    for pause in _doubling(interval, max_wait) if exponential_backoff else repeat(interval):
        due += max(pause, SHORTEST)
        if due > elapsed:
            yield due - elapsed
            elapsed = due


def _doubling(interval: float, longest: float | None) -> Iterator[float]:
    """Yield what `BaseSensorOperator._get_next_poke_interval` computes, its jitter included."""
    for number in count(1):
        shortest = max(int(interval * 2 ** min(number - 2, 30)), 1)
        pause = shortest * (1 + random.random())  # noqa: S311 - no secret
        # For Airflow, too, a `max_wait` of zero means no limit.
        yield min(pause, longest) if longest else pause


def next_tick(now: float, interval: float, at_least: float = 0.0) -> float:
    """Return the next multiple of the interval: all who share an interval poll at the same moments.

    :param now: Unix time in seconds
    :param interval: seconds
    :param at_least: seconds that pass before it
    """
    tick = (math.floor((now + at_least) / interval) + 1) * interval
    # For a tick itself the quotient may come out slightly too small; the same tick again would be no pause at all.
    return tick if tick > now + at_least else tick + interval
