"""Waiting for threads, which nobody tells when they end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


def no_other_threads(before: list[threading.Thread]) -> bool:
    return set(threading.enumerate()) <= set(before)


def until(condition: Callable[[], object], seconds: float = 5.0) -> bool:
    """Whether a condition comes true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        threading.Event().wait(0.005)
    return True
