"""A trigger that measures, from within, how much the others of its triggerer keep from the event loop."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
from airflow.providers.standard.triggers.temporal import DateTimeTrigger
from airflow.triggers.base import BaseTrigger, TriggerEvent

STEP = 0.01


class Probe(BaseTrigger):
    """Sleeps 10 ms again and again, and says how late it woke; so does one of Airflow's own triggers.

    :param seconds: how long
    :param path: where the answer goes, beside the event
    """

    def __init__(self, seconds: float, path: str) -> None:
        super().__init__()
        self.seconds, self.path = seconds, path

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the arguments."""
        return f"{__name__}.{type(self).__name__}", {"seconds": self.seconds, "path": self.path}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield the one event."""
        runner = psutil.Process()
        supervisor = runner.parent() or runner
        began, cpu, supervisor_cpu = time.monotonic(), _cpu(runner), _cpu(supervisor)
        lateness, of_others = await asyncio.gather(self._lateness(), self._lateness_of_others())
        took = time.monotonic() - began
        found = {
            **{f"lag_{name}": value for name, value in _percentiles(lateness).items()},
            "other_late": max(of_others),
            "other_fired": len(of_others),
            "cpu": (_cpu(runner) - cpu) / took,
            "supervisor_cpu": (_cpu(supervisor) - supervisor_cpu) / took,
            "rss": runner.memory_info().rss,
            "tasks": len(asyncio.all_tasks()),
        }
        await asyncio.to_thread(Path(self.path).write_text, json.dumps(found))
        yield TriggerEvent(found)

    async def _lateness(self) -> list[float]:
        until, found = time.monotonic() + self.seconds, []
        while (now := time.monotonic()) < until:
            await asyncio.sleep(STEP)
            found.append(time.monotonic() - now - STEP)
        return found

    async def _lateness_of_others(self) -> list[float]:
        """It looks once a second whether its moment has come, so a moment some whole seconds ahead is met closely."""
        until, found = time.monotonic() + self.seconds - 3, []
        while not found or time.monotonic() < until:
            moment = datetime.now(UTC) + timedelta(seconds=2)
            async with aclosing(DateTimeTrigger(moment).run()) as events:
                await anext(events)
            found.append((datetime.now(UTC) - moment).total_seconds())
        return found


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _percentiles(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    last = len(ordered) - 1
    return {name: ordered[round(last * share)] for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))}
