"""The flows of a listing, as conversations: here the test is Webex."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from airflow_provider_webex_recordings.webex.call import Api
from airflow_provider_webex_recordings.webex.errors import (
    WebexAuthenticationError,
    WebexLinkError,
    WebexProtocolError,
    WebexRequestError,
    WebexServerError,
)
from airflow_provider_webex_recordings.webex.listing.flows import (
    MAX_RESTARTS,
    find_recordings,
    list_part,
    list_recordings,
    newest_recordings,
)
from airflow_provider_webex_recordings.webex.listing.seen import MAX_BARREN_PAGES
from airflow_provider_webex_recordings.webex.messages import Flow, Note, Page, Purpose, Request, Response, Wait
from airflow_provider_webex_recordings.webex.query import RecordingsQuery
from airflow_provider_webex_recordings.webex.sending.retry import RetryPolicy
from airflow_provider_webex_recordings.webex.tokens.access import REPLACE_TOKEN, StaticToken
from airflow_provider_webex_recordings.webex.windows import TimeWindow
from tests.helpers.answers import URL, answer

START = datetime(2026, 11, 1, tzinfo=UTC)
WINDOW = TimeWindow(START, START + timedelta(days=1))
API = Api("https://webexapis.com/v1", StaticToken("canary-token"), RetryPolicy(max_attempts=4))
QUERY = RecordingsQuery()


def page_of(*ids: object, following: str | None = None) -> Response:
    """A page of recordings, and the link to the next one."""
    link = {} if following is None else {"link": f'<{following}>; rel="next"'}
    return answer(200, {"items": [{"id": str(each)} for each in ids]}, **link)


def listing(window: TimeWindow = WINDOW, page_size: int = 100) -> Flow[None]:
    return list_recordings(API, QUERY, window, page_size)


def parameters(request: Request) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(request.url).query).items()}


def is_over(flow: Flow[object], message: Any = None) -> bool:
    try:
        flow.send(message)
    except StopIteration:
        return True
    return False


def test_a_listing_asks_for_a_page_hands_it_on_and_follows_its_link_as_given() -> None:
    flow = listing()

    first = next(flow)
    assert isinstance(first, Request)
    assert (first.method, first.purpose, first.url.partition("?")[0]) == ("GET", Purpose.LISTING, URL)
    assert first.headers["Authorization"] == "Bearer canary-token"
    assert parameters(first) == {
        "from": "2026-11-01T00:00:00.000Z",
        "to": "2026-11-02T00:00:00.000Z",
        "max": "100",
    }
    following = f"{URL}?cursor=%7Eopaque&x"
    assert flow.send(page_of(1, 2, following=following)) == Page([{"id": "1"}, {"id": "2"}])
    second = next(flow)
    assert second.url == following  # type: ignore[union-attr]
    assert flow.send(page_of(3)) == Page([{"id": "3"}])
    assert is_over(flow)


def test_nothing_is_asked_for_before_the_page_before_was_taken() -> None:
    flow = listing()
    next(flow)

    assert isinstance(flow.send(page_of(1, following=f"{URL}?cursor=2")), Page)


def test_a_window_of_more_than_30_days_is_listed_in_pieces_and_each_recording_once() -> None:
    flow = listing(TimeWindow(START, START + timedelta(days=40)))

    first = next(flow)
    assert flow.send(page_of(1, 2)) == Page([{"id": "1"}, {"id": "2"}])
    second = next(flow)
    assert flow.send(page_of(2, 3)) == Page([{"id": "3"}])
    assert is_over(flow)
    newer, older = parameters(first), parameters(second)  # type: ignore[arg-type]
    assert (older["from"], newer["from"]) == ("2026-11-01T00:00:00.000Z", older["to"])
    assert newer["to"] == "2026-12-11T00:00:00.000Z"


def test_a_part_is_listed_by_itself() -> None:
    flow = list_part(API, QUERY, 50, set(), WINDOW)

    assert parameters(next(flow))["max"] == "50"  # type: ignore[arg-type]
    assert flow.send(page_of(1, 1)) == Page([{"id": "1"}])
    assert is_over(flow)


def test_where_the_gateway_times_out_half_as_many_are_asked_for_from_there_on() -> None:
    flow = listing()
    next(flow)
    flow.send(page_of(1, following=f"{URL}?cursor=2&max=100"))
    next(flow)

    assert isinstance(flow.send(answer(504)), Wait)
    smaller = next(flow)
    assert smaller.url == f"{URL}?cursor=2&max=50"  # type: ignore[union-attr]
    assert isinstance(flow.send(answer(504)), Wait)
    assert next(flow).url == f"{URL}?cursor=2&max=25"  # type: ignore[union-attr]
    assert flow.send(page_of(2)) == Page([{"id": "2"}])
    assert is_over(flow)


def test_where_a_link_carries_no_size_the_piece_is_listed_again_in_smaller_pages_without_repetition() -> None:
    flow = listing()
    first = next(flow)
    flow.send(page_of(1, 2, following=f"{URL}?cursor=2"))
    link = next(flow)

    assert isinstance(flow.send(answer(504)), Wait)
    assert next(flow) == link, "once may be chance"
    again = flow.send(answer(504))
    while isinstance(again, Wait):
        again = next(flow)
    assert isinstance(again, Request)
    assert parameters(again) == {**parameters(first), "max": "50"}  # type: ignore[arg-type]
    assert flow.send(page_of(1, following=f"{URL}?cursor=3")) == Page([])
    next(flow)
    assert flow.send(page_of(2, 3)) == Page([{"id": "3"}])
    assert is_over(flow)


def test_a_gateway_that_always_times_out_is_given_up() -> None:
    flow, sizes = listing(), []
    request = next(flow)
    with pytest.raises(WebexServerError, match="504"):
        while True:
            assert isinstance(request, Request)
            sizes.append(int(parameters(request)["max"]))
            assert isinstance(flow.send(answer(504)), Wait)
            request = next(flow)

    assert sizes == [100, 50, 25, 12]


def test_a_link_that_leads_back_is_refused_and_what_was_read_is_handed_on() -> None:
    flow = listing()
    first = next(flow)

    assert isinstance(flow.send(page_of(1, following=first.url)), Page)  # type: ignore[union-attr]
    with pytest.raises(WebexProtocolError, match="leads back to a page that was listed before"):
        next(flow)


def test_pages_without_anything_new_come_to_an_end() -> None:
    flow = listing()
    next(flow)
    with pytest.raises(WebexProtocolError, match="pages in a row held nothing new"):
        for number in range(3 * MAX_BARREN_PAGES):
            assert isinstance(flow.send(page_of(1, 2, following=f"{URL}?cursor={number}")), Page)
            next(flow)


def test_an_empty_page_with_a_link_is_not_the_end() -> None:
    flow = listing()
    next(flow)

    assert flow.send(page_of(following=f"{URL}?cursor=2")) == Page([])
    assert next(flow).url == f"{URL}?cursor=2"  # type: ignore[union-attr]
    assert flow.send(page_of(1)) == Page([{"id": "1"}])


def test_a_link_elsewhere_is_refused_and_no_request_goes_there() -> None:
    flow = listing()
    next(flow)
    flow.send(page_of(1, following="https://elsewhere.example/v1/convergedRecordings?cursor=2"))

    with pytest.raises(WebexLinkError, match=r"https://elsewhere\.example"):
        next(flow)


def test_a_page_that_webex_refuses_ends_the_listing() -> None:
    flow = listing()
    next(flow)
    flow.send(page_of(1, following=f"{URL}?cursor=2"))
    next(flow)

    with pytest.raises(WebexRequestError, match="not with this method"):
        flow.send(answer(405, {"message": "not with this method"}))


def test_a_page_that_cannot_be_read_is_asked_for_again() -> None:
    flow = listing()
    first = next(flow)

    assert isinstance(flow.send(answer(200, {"recordings": []})), Wait)
    assert next(flow) == first
    assert isinstance(flow.send(page_of(1)), Page)


def test_a_token_that_is_refused_and_has_no_other_says_what_to_do() -> None:
    flow = listing()
    next(flow)

    with pytest.raises(WebexAuthenticationError) as raised:
        flow.send(answer(401, {"message": "Expired"}, trackingid="T1"))

    assert raised.value.advice == REPLACE_TOKEN
    assert raised.value.tracking_id == "T1"
    assert "Expired" in str(raised.value)


def found(flow: Flow[Any], *answers: Response) -> tuple[list[str], list[Request]]:
    """What a flow returns that yields requests only, and what it asked for."""
    asked: list[Any] = [next(flow)]
    for each in answers[:-1]:
        asked.append(flow.send(each))
    with pytest.raises(StopIteration) as end:
        flow.send(answers[-1])
    return [recording["id"] for recording in end.value.value], asked


def test_finding_some_asks_for_no_more_than_that_takes() -> None:
    flow = find_recordings(API, QUERY, WINDOW, 3, 100)

    ids, asked = found(flow, page_of(1, 2, following=f"{URL}?cursor=2"), page_of(3, 4, following=f"{URL}?cursor=3"))

    assert ids == ["1", "2", "3"]
    assert parameters(asked[0])["max"] == "3"
    assert asked[1].url == f"{URL}?cursor=2"


def test_finding_more_than_there_are_ends_with_the_last_page() -> None:
    assert found(find_recordings(API, QUERY, WINDOW, 9, 5), page_of(1))[0] == ["1"]


def test_the_newest_are_one_request() -> None:
    ids, (request,) = found(newest_recordings(API, QUERY, WINDOW, 2), page_of(1, 2, following=f"{URL}?cursor=2"))

    assert ids == ["1", "2"]
    assert parameters(request)["max"] == "2"


def started(*, following: str = f"{URL}?cursor=1") -> Flow[None]:
    """A listing whose first page has been handed on."""
    flow = listing()
    next(flow)
    flow.send(page_of(3, 2, following=following))
    return flow


@pytest.mark.parametrize("status", [400, 404, 409, 410])
def test_a_link_that_expired_costs_nothing_but_time(status: int) -> None:
    flow = started()
    next(flow)

    note = flow.send(answer(status, {"message": "The cursor has expired"}))
    assert isinstance(note, Note)
    assert "The cursor has expired" in note.text
    again = next(flow)
    assert parameters(again)["from"] == "2026-11-01T00:00:00.000Z"  # type: ignore[arg-type]
    assert flow.send(page_of(3, 2, following=f"{URL}?cursor=2")) == Page([])
    assert next(flow).url == f"{URL}?cursor=2"  # type: ignore[union-attr]
    assert flow.send(page_of(1)) == Page([{"id": "1"}])
    assert is_over(flow)


def test_links_that_expire_each_time_are_left_to_the_tasks_retries() -> None:
    flow = started()
    for restart in range(MAX_RESTARTS):
        next(flow)
        assert isinstance(flow.send(answer(410)), Note)
        next(flow)
        assert flow.send(page_of(3, 2, following=f"{URL}?cursor={restart}")) == Page([])
    next(flow)

    with pytest.raises(WebexServerError, match="Webex's own link to the next page") as caught:
        flow.send(answer(410, {"message": "gone"}, trackingid="ROUTER_1"))
    assert (caught.value.status, caught.value.final, caught.value.tracking_id) == (410, False, "ROUTER_1")


@pytest.mark.parametrize("status", [400, 404, 409, 410])
def test_a_refusal_of_the_first_request_is_final(status: int) -> None:
    flow = listing()
    next(flow)

    with pytest.raises(WebexRequestError):
        flow.send(answer(status))


def test_nothing_of_a_page_that_does_not_fit_is_handed_on() -> None:
    flow = listing()
    next(flow)
    flow.send(answer(200, {"items": [{"id": "1", "createTime": "2026-11-01T08:00:00Z"}]}, link="<?c=1>; rel=next"))
    next(flow)

    with pytest.raises(WebexProtocolError, match="does not fit"):
        flow.send(answer(200, {"items": [{"id": "0", "createTime": "2026-09-22T00:00:00Z"}]}))
