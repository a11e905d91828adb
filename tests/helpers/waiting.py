"""Waiting for recordings without an Airflow around it: pokes, deferrals and events, by hand and at once."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from airflow.models.trigger import Trigger
from airflow.providers.common.compat.sdk import TaskDeferred
from airflow.triggers.base import BaseTrigger

from airflow_provider_webex_recordings.sensors.webex_recordings import NewRecordingsSensor

#: Unix time is read by the worker and by the triggerer; the stand-in's recordings lie before and after
NOW = datetime.now(UTC).replace(microsecond=0)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
#: seconds; long enough to tell a second look from a first
LONG = 1000.0


def recording(recording_id: str, created: datetime = NOW - MINUTE) -> dict[str, Any]:
    return {"id": recording_id, "createTime": created.isoformat(), "status": "available"}


def sensor_for(conn_id: str, **arguments: Any) -> NewRecordingsSensor:
    """A sensor that waits for recordings of the last hour."""
    given = {"since": NOW - HOUR, "poke_interval": 0.02, "timeout": 10, "deferrable": False, **arguments}
    return NewRecordingsSensor(task_id="wait", webex_conn_id=conn_id, **given)


def deferral(sensor: NewRecordingsSensor, context: Any = None) -> TaskDeferred:
    """What a sensor, which finds too little at first, hands to the triggerer."""
    sensor.deferrable = True
    try:
        sensor.execute(context or {})
    except TaskDeferred as deferred:
        return deferred
    raise AssertionError("it did not defer")


def at_once(trigger: BaseTrigger) -> BaseTrigger:
    """The trigger as the triggerer makes it from the database, with its first look due."""
    kwargs = Trigger.from_object(trigger).kwargs
    sent = json.loads(json.dumps(kwargs))
    assert sent == kwargs, "plain JSON"
    if "started" in sent:
        sent["started"] = time.time() - sent["poke_interval"] + 0.02
    module, _, name = trigger.serialize()[0].rpartition(".")
    return getattr(import_module(module), name)(**sent)


async def event_of(trigger: BaseTrigger) -> dict[str, Any]:
    """The one event of a trigger, as it arrives at the worker."""
    async with aclosing(trigger.run()) as events:  # type: ignore[type-var]
        payloads = [event.payload async for event in events]
    (payload,) = payloads
    arrived = json.loads(json.dumps(payload))
    assert arrived == payload, "plain JSON"
    return arrived


def deferred_event(deferred: TaskDeferred) -> dict[str, Any]:
    """What the trigger says after its first look."""
    return asyncio.run(event_of(at_once(deferred.trigger)))


def resume(sensor: NewRecordingsSensor, event: dict[str, Any], left: float = LONG) -> Any:
    """Go on as the worker does when the event arrives, with so many seconds left."""
    return sensor.resume_execution("execute_complete", {"event": event, "deadline": time.time() + left}, {})
