"""How much more memory a large file needs than a small one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.helpers.big_files import STATUS, write_and_measure
from tests.helpers.warm import FORKS

MEGABYTE = 2**20
needs_proc = pytest.mark.skipif(not STATUS.exists(), reason="reads the peak of memory from Linux's /proc")


def growth(write: Callable[..., int], few: tuple[Any, ...], many: tuple[Any, ...]) -> tuple[int, int, int]:
    """Write few recordings and then many, in one new process.

    :return: how many they were, few and many, and how many bytes more the process needed for the many
    """
    receiving, sending = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=write_and_measure, args=(write, [few, many], sending))
    process.start()
    sending.close()
    (fewer, before), (more, after) = receiving.recv(), receiving.recv()
    process.join()
    return fewer, more, after - before
