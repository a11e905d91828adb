"""Faults in what the API holds: recordings that come and go, tokens that end, in the middle of a listing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.webex_api.recordings import make_recordings, to_datetime
from tests.webex_api.script import fault

if TYPE_CHECKING:
    from tests.webex_api.call import Call
    from tests.webex_api.script import Apply


@fault
def insert_recording(recording: dict[str, Any] | None = None) -> Apply:
    """Add a recording to the store (by default one just newer than the newest), then answer."""

    async def apply(call: Call) -> None:
        call.api.recordings.add(recording or _newer_recording(call))
        await call.pass_on()

    return apply


def _newer_recording(call: Call) -> dict[str, Any]:
    everything = call.api.recordings.all()
    created = to_datetime(everything[0]["createTime"]) + timedelta(seconds=1) if everything else call.api.current_time()
    return make_recordings(1, created, created + timedelta(seconds=1), seed=1_000_000 + len(everything))[0]


@fault
def remove_recording(recording_id: str) -> Apply:
    """Remove a recording from the store, then answer."""

    async def apply(call: Call) -> None:
        call.api.recordings.remove(recording_id)
        await call.pass_on()

    return apply


@fault
def expire_token() -> Apply:
    """Expire the access token that the request carries, then answer (with 401, where one is needed)."""

    async def apply(call: Call) -> None:
        call.api.expire((call.seen.header("authorization") or "").removeprefix("Bearer "))
        await call.pass_on()

    return apply
