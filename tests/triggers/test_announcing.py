"""Whatever happens to the triggerer: windows meet, none overlap, and no recording is left out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_webex_recordings.triggers.announcing import STORED_AFTER, Announcer
from airflow_provider_webex_recordings.triggers.position import PositionStore
from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.windows import TimeWindow
from tests.helpers.state_stores import OldStateStore, StateStore

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@dataclass
class World:
    """Webex, a triggerer that dies now and then, and what Airflow has stored of what was fired."""

    state: Any = field(default_factory=StateStore)
    since: datetime | None = START
    settle: timedelta = 5 * MINUTE
    lookback: timedelta = timedelta(0)
    now: datetime = START + MINUTE
    shown: list[datetime] = field(default_factory=list)
    fired: list[TimeWindow] = field(default_factory=list)
    stored: list[TimeWindow] = field(default_factory=list)
    is_webex_away: bool = False
    pending: TimeWindow | None = None

    def __post_init__(self) -> None:
        self.start_triggerer()

    def start_triggerer(self) -> None:
        store = PositionStore(self.state, "an asset", {"webex_conn_id": "webex_default"})
        self.announcer = Announcer(
            store, self.has_recordings, since=self.since, settle=self.settle, lookback=self.lookback
        )

    async def has_recordings(self, window: TimeWindow) -> bool:
        if self.is_webex_away:
            raise OSError("Webex is away")
        return any(self.shown_in(window))

    def shown_in(self, window: TimeWindow) -> list[datetime]:
        return [created for created in self.shown if window.start <= created < window.end]

    def record(self, late: timedelta = timedelta(0)) -> None:
        """A recording appears now, that was created a while ago."""
        self.shown.append(self.now - late)

    def crash(self, *, was_stored: bool) -> None:
        """Kill the triggerer, with the event that it has just fired or without, and start it again."""
        if was_stored:
            self.store_event()
        self.pending = None
        self.start_triggerer()

    def store_event(self) -> None:
        if self.pending is not None:
            self.stored.append(self.pending)
        self.pending = None

    def poll(self, after: timedelta) -> dict[str, Any] | None:
        """Let time pass, in which Airflow stores what was fired, and poll."""
        self.now += after
        self.store_event()
        try:
            announced = asyncio.run(self.announcer.poll(self.now))
        except OSError:
            return None
        if announced is None:
            return None
        assert announced.lookback == self.lookback
        self.pending = TimeWindow(announced.window.start + self.lookback, announced.window.end)
        self.fired.append(self.pending)
        return announced.to_payload()


@dataclass(frozen=True)
class Step:
    """Something happens."""

    kind: str
    seconds: float = 0.0
    flag: Any = None


polls = st.builds(Step, st.just("poll"), st.sampled_from([STORED_AFTER, 60.5, 400.0, 1500.0]))
steps = st.lists(
    polls
    | polls
    | st.builds(Step, st.just("record"), st.floats(0, 1))
    | st.builds(Step, st.just("crash"), flag=st.booleans())
    | st.builds(Step, st.just("write"), flag=st.sampled_from(["refused", "unanswered"]))
    | st.builds(Step, st.just("webex"), flag=st.booleans()),
    min_size=12,
    max_size=40,
)
lengths = st.integers(0, 400).map(lambda seconds: seconds * SECOND)
stores = st.sampled_from([StateStore, OldStateStore])


def happen(world: World, step: Step) -> None:
    match step.kind:
        case "poll":
            before = list(world.fired)
            payload = world.poll(step.seconds * SECOND)
            if payload is not None:
                check_event(world, payload, before)
        case "record":
            world.record(late=step.seconds * world.settle)
        case "crash":
            world.crash(was_stored=step.flag)
        case "write":
            world.state.next_write = step.flag
        case "webex":
            world.is_webex_away = step.flag


def check_event(world: World, payload: dict[str, Any], before: list[TimeWindow]) -> None:
    window = world.fired[-1]
    assert world.shown_in(window), "it announces nothing"
    assert window.end <= world.now - world.settle, "what Webex shows late would not be inside"
    if not payload["repeated"]:
        assert not any(window.start < other.end and other.start < window.end for other in before)


def check_history(world: World) -> None:
    distinct = list(dict.fromkeys(world.fired))
    assert all(earlier.end == later.start for earlier, later in pairwise(distinct)), "windows meet"
    assert world.fired == sorted(world.fired, key=lambda window: window.start), "none comes after a later one"
    end = max((window.end for window in world.stored), default=START)
    told = {created for window in world.stored for created in world.shown_in(window)}
    assert {created for created in world.shown if world.since <= created < end} <= told, "a recording is lost"


@settings(max_examples=200)
@given(story=steps, settle=lengths, lookback=lengths, kind=stores)
def test_windows_meet_and_no_recording_is_left_out_whatever_happens(
    story: list[Step], settle: timedelta, lookback: timedelta, kind: type[Any]
) -> None:
    world = World(kind(), settle=settle, lookback=lookback)
    for step in story:
        happen(world, step)
        check_history(world)
    # At last all is well again: everything that is old enough is announced, and stored.
    world.is_webex_away, world.state.next_write = False, ""
    for _ in range(3):
        happen(world, Step("poll", 3000))
    check_history(world)
    covered = {created for window in world.stored for created in world.shown_in(window)}
    assert covered == {created for created in world.shown if created >= START}


@given(story=steps)
def test_an_event_is_repeated_only_after_a_crash_and_with_the_very_window(story: list[Step]) -> None:
    world, has_crashed = World(), False
    for step in story:
        if step.kind != "poll":
            happen(world, step)
            # After a write without an answer, a window is announced that was written down and never fired.
            world.state.next_write = world.state.next_write.replace("unanswered", "refused")
            has_crashed = has_crashed or step.kind == "crash"
            continue
        before = list(world.fired)
        payload = world.poll(step.seconds * SECOND)
        if payload is not None and payload["repeated"]:
            assert has_crashed
            assert world.fired[-1] == before[-1]
            has_crashed = False


def test_each_of_two_announcements_is_fired_once_and_they_meet() -> None:
    world = World()
    world.poll(MINUTE)
    world.record()
    assert world.poll(MINUTE) is None, "Webex may still show what was recorded before it"
    first = world.poll(5 * MINUTE)
    assert world.poll(MINUTE) is None
    world.record()
    second = world.poll(6 * MINUTE)

    assert first == {
        "window": {"start": "2026-11-22T12:00:00.000Z", "end": "2026-11-22T12:03:00.000Z"},
        "lookback": 0.0,
        "repeated": False,
    }
    assert second == {
        "window": {"start": "2026-11-22T12:03:00.000Z", "end": "2026-11-22T12:10:00.000Z"},
        "lookback": 0.0,
        "repeated": False,
    }


@pytest.mark.parametrize("was_stored", [True, False])
def test_after_a_crash_the_last_event_is_fired_again_as_it_was(was_stored: bool) -> None:
    """Nobody can tell whether it was stored."""
    world = World()
    world.record()
    first = world.poll(10 * MINUTE)
    world.record()
    world.crash(was_stored=was_stored)

    again = world.poll(30 * MINUTE)

    assert again == {**first, "repeated": True}
    assert world.poll(MINUTE)["repeated"] is False


def test_after_a_crash_between_two_events_nothing_is_repeated() -> None:
    world = World()
    world.record()
    world.poll(10 * MINUTE)
    world.poll(MINUTE)
    world.crash(was_stored=True)

    assert world.poll(MINUTE) is None


def test_with_a_lookback_each_window_starts_earlier_by_it() -> None:
    world = World(lookback=2 * MINUTE)
    windows = []
    for _ in range(2):
        world.record()
        windows.append(world.poll(10 * MINUTE)["window"])

    assert windows == [
        {"start": "2026-11-22T11:58:00.000Z", "end": "2026-11-22T12:06:00.000Z"},
        {"start": "2026-11-22T12:04:00.000Z", "end": "2026-11-22T12:16:00.000Z"},
    ]


def test_without_since_the_first_window_starts_where_it_would_have_ended() -> None:
    """What is younger than `settle` at the first poll may be shown at any moment, and is announced."""
    world = World(since=None)
    world.poll(MINUTE)
    world.record(late=4 * MINUTE)
    assert world.poll(10 * MINUTE)["window"]["start"] == "2026-11-22T11:57:00.000Z"


@given(story=steps)
def test_without_a_state_store_windows_never_overlap_and_nothing_is_announced_twice(story: list[Step]) -> None:
    world = World(state=None, since=None)
    for step in story:
        if step.kind != "write":
            happen(world, step)
    windows = sorted(world.fired, key=lambda window: window.start)
    assert all(earlier.end <= later.start for earlier, later in pairwise(windows))


def test_another_choice_of_recordings_has_a_position_of_its_own() -> None:
    state, keys = StateStore(), set()
    for what in ({"webex_conn_id": "a"}, {"webex_conn_id": "b"}, {"webex_conn_id": "a", "role": "admin"}):
        store = PositionStore(state, "an asset", what)
        announcer = Announcer(store, World().has_recordings, since=START, settle=MINUTE, lookback=0 * MINUTE)
        asyncio.run(announcer.poll(START))
        keys |= state.rows.keys()
    assert len(keys) == 3


def test_a_trigger_that_two_assets_share_is_told_how_to_part_them() -> None:
    class OfTwoAssets(StateStore):
        async def aget(self, key: str) -> Any:
            raise ValueError("Task has 2 concrete inlets and outlets")

    with pytest.raises(WebexInputError, match="the name of its own asset"):
        asyncio.run(World(OfTwoAssets()).announcer.poll(START))
