"""Parts of a window listed side by side, when Webex refuses: all of them wait, renew the token once, or stop."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from airflow_provider_webex_recordings.webex.errors import (
    WebexAuthenticationError,
    WebexError,
    WebexLinkError,
    WebexPermissionError,
    WebexRateLimitError,
    WebexRequestError,
    WebexServerError,
)
from tests.helpers.credentials import CLIENT
from tests.helpers.listing import comparable
from tests.helpers.parallel import RECORDINGS, WINDOW, Gate, MovingClock, hook_for, webex
from tests.helpers.threads import no_other_threads, until
from tests.webex_api import ForeignServer, faults
from tests.webex_api.recordings import Recording


def test_while_webex_asks_for_patience_nobody_sends_anything() -> None:
    """In real time. Four requests, which were under way together, are refused."""
    with webex(latency=0.02) as api, hook_for(api) as hook:
        api.faults.add(faults.status(429, retry_after=1), times=4, when=faults.nth_list_request(30))

        assert list(hook.list_recordings(**WINDOW, parallel=8)) == RECORDINGS

        refused = [seen for seen in api.list_requests if seen.status == 429]
        assert len(refused) == 4
        last = max(seen.at for seen in refused)
        # What was under way when the first refusal arrived has reached the server by then.
        during = [seen for seen in api.list_requests if last + 0.3 < seen.at < last + 1]
        assert during == []
        assert any(seen.at > last + 1 for seen in api.list_requests)


def test_after_a_refusal_half_as_many_are_under_way_and_then_more_again() -> None:
    moving, numbers = MovingClock(), itertools.count(1)
    gate = Gate(lambda inside, at_this_moment: next(numbers) != 30, seconds=0.05, now=moving.now)
    # As in reality: what is under way is answered while the others wait.
    moving.meanwhile = lambda: until(lambda: gate.under_way == 0)
    with webex() as api, hook_for(api, moving.clock) as hook:
        api.faults.add(gate.fault, times=None)

        assert list(hook.list_recordings(**WINDOW, parallel=8)) == RECORDINGS

    ((refused, _),) = moving.waits
    before = [under_way for moment, under_way in gate.seen if moment == refused]
    after = [under_way for moment, under_way in gate.seen if moment > refused]
    assert max(before) == 8
    assert max(after[:5]) <= 4, "however many good answers come to what was sent before"
    assert max(after) >= 7


def test_of_two_refusals_that_come_together_the_longer_wait_holds_up_all() -> None:
    moving, numbers = MovingClock(), itertools.count(1)
    gate = Gate(seconds=0.05, now=moving.now)

    def lets_in(inside: int, at_this_moment: int) -> bool:
        number = next(numbers)
        gate.retry_after = 5 if number == 30 else 60
        return number not in (30, 31)

    gate.lets_in = lets_in
    # As in reality: both refusals have arrived before the shorter wait is over.
    moving.meanwhile = lambda: until(lambda: gate.under_way == 0) and until(lambda: False, 0.2)
    with webex() as api, hook_for(api, moving.clock) as hook:
        api.faults.add(gate.fault, times=None)

        assert list(hook.list_recordings(**WINDOW, parallel=8)) == RECORDINGS

    refused = moving.waits[0][0]
    assert gate.refused == 2
    assert min(moment for moment, _ in gate.seen if moment > refused) >= refused + 60


# A server that is strict: who gets in, given how many are inside, and how many got in at this moment.
STRICT: dict[str, Callable[[int, int], bool]] = {
    "one at a time": lambda inside, at_this_moment: inside < 1,
    "two at a time": lambda inside, at_this_moment: inside < 2,
    "one in a second": lambda inside, at_this_moment: at_this_moment < 1,
    "three in a second": lambda inside, at_this_moment: at_this_moment < 3,
}


@pytest.mark.parametrize("strict", STRICT)
@pytest.mark.parametrize("parallel", [4, 8])
def test_a_server_that_lets_few_in_is_listed_to_the_end(strict: str, parallel: int) -> None:
    random.seed(3)
    moving = MovingClock()
    gate = Gate(STRICT[strict], seconds=0.005, now=moving.now)
    with webex() as api, hook_for(api, moving.clock, max_attempts=7) as hook:
        api.faults.add(gate.fault, times=None)

        assert list(hook.list_recordings(**WINDOW, parallel=parallel)) == RECORDINGS

    assert len(gate.seen) < 4 * 120, "hardly more requests than a serial listing sends to a server that lets in one"


def test_a_server_that_never_lets_anyone_in_is_given_up_as_in_the_serial_listing() -> None:
    errors, requests = [], []
    for parallel in (1, 8):
        random.seed(3)
        with webex() as api, hook_for(api, MovingClock().clock) as hook:
            api.faults.add(faults.status(503), times=None, when=faults.nth_list_request(2))
            listed, error = delivered(hook, parallel)
            errors.append(error)
            requests.append(len(api.list_requests))
            assert listed == RECORDINGS[:25]

    assert [type(error) for error in errors] == [WebexRateLimitError] * 2
    assert comparable(errors[0]) == comparable(errors[1])
    assert requests[1] <= requests[0] + 8, "those that were refused together"


def delivered(hook: Any, parallel: int) -> tuple[list[Recording], WebexError | None]:
    """What a listing delivers before it ends, and the error that ends it."""
    listed: list[Recording] = []
    try:
        for recording in hook.list_recordings(**WINDOW, parallel=parallel):
            listed.append(recording)
    except WebexError as error:
        return listed, error
    return listed, None


# What ends a listing at once, and the error that says so.
FINAL: dict[str, tuple[Callable[[ForeignServer], Any], type[WebexError]]] = {
    "405": (lambda foreign: faults.status(405), WebexRequestError),
    "401": (lambda foreign: faults.status(401), WebexAuthenticationError),
    "403": (lambda foreign: faults.status(403), WebexPermissionError),
    "a link elsewhere": (lambda foreign: faults.next_origin(foreign.origin), WebexLinkError),
    "a wait too long": (lambda foreign: faults.status(429, retry_after=3600), WebexRateLimitError),
}


@pytest.mark.parametrize("kind", FINAL)
def test_the_first_final_error_stops_everything_at_once_and_is_the_serial_one(kind: str) -> None:
    make, error_type = FINAL[kind]
    errors = []
    for parallel in (1, 4):
        with webex() as api, ForeignServer() as foreign, hook_for(api) as hook:
            alone = threading.enumerate()
            final = api.faults.add(make(foreign), when=faults.nth_list_request(20))
            if parallel > 1:
                api.faults.add(faults.stall(1.5), times=2, when=faults.nth_list_request(18))
            began = time.monotonic()

            listed, error = delivered(hook, parallel)

            assert time.monotonic() - began < 1.2, "those that stall are not waited for"
            sent = len(api.list_requests)
            assert until(partial(no_other_threads, alone)), "they end when they are answered"
            assert len(api.list_requests) <= sent + 1, "and nothing is sent in their place"
            assert final.applied == 1
            assert foreign.requests == []
        assert type(error) is error_type
        assert listed == RECORDINGS[: len(listed)]
        errors.append(error)
    assert comparable(errors[0]) == comparable(errors[1])
    assert (errors[0].final, errors[0].retry_after) == (errors[1].final, errors[1].retry_after)


def test_an_error_worth_another_try_costs_one_wait_and_nothing_else() -> None:
    moving = MovingClock()
    with webex() as api, hook_for(api, moving.clock) as hook:
        for number, fault in ((10, faults.status(500)), (20, faults.reset()), (30, faults.truncated_json())):
            api.faults.add(fault, when=faults.nth_list_request(number))

        assert list(hook.list_recordings(**WINDOW, parallel=4)) == RECORDINGS

    assert len(moving.waits) == 3


def test_an_error_that_lasts_ends_after_as_many_attempts_as_in_the_serial_listing() -> None:
    with webex() as api, hook_for(api, MovingClock().clock, max_attempts=3) as hook:
        api.faults.add(faults.status(500), times=None, when=faults.nth_list_request(20))

        listed, error = delivered(hook, 4)

        assert isinstance(error, WebexServerError)
        assert "attempt 3" in str(error)
        assert listed == RECORDINGS[: len(listed)]


@pytest.mark.parametrize("parallel", [4, 8])
def test_a_token_that_expires_under_all_parts_at_once_is_renewed_once(parallel: int) -> None:
    with webex(latency=0.02) as api:
        api.add_client(CLIENT["login"], CLIENT["password"], CLIENT["refresh_token"])
        api.faults.add(faults.expire_token(), when=faults.nth_list_request(40))
        with hook_for(api, **CLIENT) as hook:
            assert list(hook.list_recordings(**WINDOW, parallel=parallel)) == RECORDINGS

        refused = [seen for seen in api.list_requests if seen.status == 401]
        assert 1 < len(refused) <= parallel
        assert api.token_requests == 2, "the first one, and one in its place"


def test_waiting_for_a_token_that_another_task_may_be_renewing_does_not_slow_a_listing_down() -> None:
    """The Variable cannot be reached here: nobody else's token comes, and the wait for it is all there is."""
    moving = MovingClock()
    gate = Gate(seconds=0.02, now=moving.now)
    with webex() as api, hook_for(api, moving.clock, **{**CLIENT, "token_store": "variable"}) as hook:
        api.add_client(CLIENT["login"], CLIENT["password"], CLIENT["refresh_token"])
        api.faults.add(faults.expire_token(), when=faults.nth_list_request(40))
        api.faults.add(gate.fault, times=None)

        assert list(hook.list_recordings(**WINDOW, parallel=8)) == RECORDINGS

    ((waited, _),) = moving.waits
    after = [under_way for moment, under_way in gate.seen if moment > waited]
    assert max(after[:40]) == 8, "after a refusal it would take a hundred good answers"
