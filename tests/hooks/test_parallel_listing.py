"""Parts of a window listed side by side: the recordings and the order of a serial listing, lazily."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from airflow_provider_webex_recordings.operators.webex_recordings import ListRecordingsOperator
from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.windows import TimeWindow
from tests.helpers.credentials import TOKEN
from tests.helpers.listing import connection, run_listing
from tests.helpers.network import Between
from tests.helpers.parallel import (
    DAY,
    END,
    PAGE_SIZE,
    RECORDINGS,
    START,
    WINDOW,
    Gate,
    hook_for,
    webex,
)
from tests.helpers.threads import no_other_threads, until
from tests.helpers.tls import Certificate
from tests.webex_api import faults, make_recordings
from tests.webex_api.recordings import Recording


def made(count: int, begin: timedelta, length: timedelta, seed: int) -> list[Recording]:
    return make_recordings(count, START + begin, START + begin + length, seed=seed, milliseconds=True)


# Sixty pages each.
SHAPES: dict[str, list[Recording]] = {
    "evenly": made(1200, 0 * DAY, 80 * DAY, 1),
    "nine tenths in a hundredth of the window": made(1080, 40 * DAY, 0.8 * DAY, 1) + made(120, 0 * DAY, 80 * DAY, 2),
    "all in one second": made(1200, 17 * DAY, timedelta(seconds=1), 1),
    "all in one millisecond": made(1200, 17 * DAY, timedelta(milliseconds=1), 1),
    "two full days and empty months": made(600, 0 * DAY, DAY, 1) + made(600, 79 * DAY, DAY, 2),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_however_recordings_are_spread_the_listing_is_the_serial_one(shape: str) -> None:
    arguments = {"start": START, "end": START + 80 * DAY, "page_size": 20}
    with webex(SHAPES[shape]) as api, hook_for(api) as hook:
        serial = list(hook.list_recordings(**arguments, parallel=1))
        requests = len(api.list_requests)
        for parallel in (2, 4, 8):
            api.reset()

            assert list(hook.list_recordings(**arguments, parallel=parallel)) == serial

            assert len(api.list_requests) <= 1.6 * requests + 2 * parallel

    assert serial == api.recordings.between(START, START + 80 * DAY)
    assert len(serial) == 1200


@pytest.mark.parametrize("count", [0, 1, 25, 26, 250])
def test_a_small_window_costs_no_extra_request(count: int) -> None:
    with webex(made(count, 0 * DAY, 10 * DAY, 1)) as api, hook_for(api) as hook:
        assert len(list(hook.list_recordings(**WINDOW, parallel=8))) == count

        assert len(api.list_requests) == max(1, -(-count // PAGE_SIZE))


@pytest.mark.parametrize("parallel", [2, 8])
def test_never_are_more_requests_under_way_than_allowed_and_all_of_these_are_used(parallel: int) -> None:
    gate = Gate(seconds=0.02)
    with webex() as api, hook_for(api, parallel=parallel) as hook:
        api.faults.add(gate.fault, times=None)

        assert list(hook.list_recordings(**WINDOW)) == RECORDINGS

    assert max(under_way for _, under_way in gate.seen) == parallel


def test_nothing_is_sent_before_the_first_recording_is_wanted_nor_while_nobody_wants_more() -> None:
    gate = Gate(seconds=0.02)
    with webex() as api, hook_for(api) as hook:
        api.faults.add(gate.fault, times=None)
        recordings = hook.list_recordings(**WINDOW, parallel=4)
        assert api.requests == []

        first = next(recordings)

        assert first == RECORDINGS[0]
        assert len(api.requests) == 1, "one page tells whether more than one is worth it"
        for _ in range(10 * PAGE_SIZE):
            next(recordings)
        sent = len(api.requests)
        assert sent <= 11 + 4 * 15, "what is read ahead is bounded"
        assert until(lambda: gate.under_way == 0), "those under way end"
        assert len(api.requests) <= sent + 4, "and none is sent in their place"
        assert [first, *([None] * 10 * PAGE_SIZE), *recordings][-1] == RECORDINGS[-1]


def test_whoever_stops_reading_stops_everything() -> None:
    before = threading.enumerate()
    gate = Gate(seconds=0.05)
    with webex() as api, hook_for(api) as hook:
        api.faults.add(gate.fault, times=None)
        alone = threading.enumerate()
        pages = hook.list_pages(TimeWindow(START, END), hook.query(), PAGE_SIZE, 4)
        while gate.under_way < 2:
            next(pages)
        sent = len(api.requests)

        pages.close()

        assert until(partial(no_other_threads, alone)), "its threads end with the requests under way"
        assert len(api.requests) <= sent + 4
        assert list(pages) == []
    assert until(partial(no_other_threads, before))


def test_a_whole_listing_leaves_no_thread_behind() -> None:
    with webex() as api, hook_for(api) as hook:
        alone = threading.enumerate()
        for _ in range(3):
            assert len(list(hook.list_recordings(**WINDOW, parallel=8))) == len(RECORDINGS)

        assert until(partial(no_other_threads, alone))


#: what a task knows of its run, as far as the operator asks
CONTEXT: Any = {"ti": SimpleNamespace(dag_id="recordings", task_id="list", map_index=-1), "outlet_events": {}}
REFUSED = {"0": 0, "17": 17, "-1": -1, "true": True, "a text": "4", "a fraction": 2.5}


@pytest.mark.parametrize("parallel", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_a_number_of_parts_is_refused_before_the_first_request(parallel: Any) -> None:
    with webex() as api, hook_for(api) as hook:
        operator = ListRecordingsOperator(
            task_id="list", start=START, end=END, parallel=parallel, webex_conn_id=hook.webex_conn_id
        )
        for attempt, error in (
            (lambda: hook.list_recordings(**WINDOW, parallel=parallel), WebexInputError),
            (lambda: hook.list_pages(TimeWindow(START, END), hook.query(), parallel=parallel), WebexInputError),
            (lambda: operator.execute(CONTEXT), AirflowFailException),
        ):
            with pytest.raises(error, match=r"^parallel=.*must be a whole number from 1 to 16"):
                attempt()

        assert api.requests == []


@pytest.mark.parametrize("parallel", [0, 17, -1, True, "four", 2.5])
def test_a_connection_with_such_a_number_is_refused_before_the_first_request(parallel: Any) -> None:
    with webex() as api, connection(api.url, TOKEN, parallel=parallel) as conn_id:
        with pytest.raises(WebexInputError, match=r"parallel=.*must be a whole number from 1 to 16"):
            WebexRecordingsHook(conn_id).list_recordings(**WINDOW)

        assert api.requests == []


def test_an_operator_lists_with_as_many_parts_as_it_is_told_or_the_connection_says() -> None:
    with webex() as api, connection(api.url, TOKEN, parallel="2") as conn_id:
        for given, expected in ((None, 2), (6, 6)):
            gate = Gate(seconds=0.02)
            api.reset()
            api.faults.add(gate.fault, times=None)
            arguments = {"parallel": given, "page_size": PAGE_SIZE, "max_xcom_bytes": 10_000_000}
            operator = ListRecordingsOperator(task_id="list", start=START, end=END, webex_conn_id=conn_id, **arguments)

            listed = operator.execute(CONTEXT)

            assert listed == RECORDINGS
            assert max(under_way for _, under_way in gate.seen) == expected


def test_the_asynchronous_listing_goes_from_page_to_page_whatever_the_connection_says() -> None:
    gate = Gate()
    with webex() as api, connection(api.url, TOKEN, parallel=8) as conn_id:
        api.faults.add(gate.fault, times=None)

        listing = run_listing("async", conn_id, **WINDOW)

    assert listing.recordings == RECORDINGS
    assert [under_way for _, under_way in gate.seen] == [1] * 120


def test_parts_are_listed_over_tls_through_a_proxy_on_few_connections(tmp_path: Path) -> None:
    certificate = Certificate.make(tmp_path)
    with (
        webex() as api,
        Between(api.port, certificate=certificate) as tls,
        Between(tls.port, proxy=True) as proxy,
        connection(
            f"https://127.0.0.1:{tls.port}/v1",
            TOKEN,
            ca_bundle=str(certificate.path),
            proxy=f"http://user:secret@127.0.0.1:{proxy.port}",
        ) as conn_id,
        closing(WebexRecordingsHook(conn_id)) as hook,
    ):
        # The stand-in behind it does not know that it is spoken to over TLS.
        api.faults.add(faults.next_link("relative-path"), times=None)

        listed = list(hook.list_recordings(**WINDOW, parallel=8))

    assert listed == RECORDINGS
    assert len(proxy.heads) <= len(api.list_requests) / 6
    assert {head.partition(" HTTP/")[0] for head in proxy.heads} == {f"CONNECT 127.0.0.1:{tls.port}"}
    assert not any(TOKEN in head for head in proxy.heads)


def test_what_a_server_repeats_is_listed_once() -> None:
    with webex() as api, hook_for(api) as hook:
        for number in (10, 20, 30):
            api.faults.add(faults.duplicate_items(), times=None, when=faults.nth_list_request(number))

        listed = list(hook.list_recordings(**WINDOW, parallel=4))

    assert listed == RECORDINGS
