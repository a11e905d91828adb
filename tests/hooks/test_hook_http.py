"""What exactly the hook asks of the real address of Webex, with nobody there to answer but a mock of the network."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from requests_mock import ANY, Mocker

from airflow_provider_webex_recordings import __version__
from airflow_provider_webex_recordings.hooks.webex_recordings import WebexRecordingsHook
from airflow_provider_webex_recordings.webex.errors import WebexLinkError
from tests.helpers.listing import connection

WEBEX = "https://webexapis.com/v1"
START = datetime(2026, 11, 1, tzinfo=UTC)
WINDOW: dict[str, Any] = {"start": START, "end": START + timedelta(days=1)}
FIRST_PAGE = f"{WEBEX}/convergedRecordings?from=2026-11-01T00%3A00%3A00.000Z&to=2026-11-02T00%3A00%3A00.000Z&max=100"


@pytest.fixture
def conn_id() -> Iterator[str]:
    """A connection to Webex itself, which needs no more than a token."""
    with connection("", "canary-access-token") as conn_id:
        yield conn_id


def test_the_first_page_is_asked_for_in_full(conn_id: str, requests_mock: Mocker) -> None:
    requests_mock.get(FIRST_PAGE, json={"items": [{"id": "1"}]}, complete_qs=True)

    assert list(WebexRecordingsHook(conn_id).list_recordings(**WINDOW)) == [{"id": "1"}]

    (request,) = requests_mock.request_history
    assert request.url == FIRST_PAGE
    assert dict(request.headers) == {
        "User-Agent": f"airflow-provider-webex-recordings/{__version__}",
        "Accept-Encoding": "gzip, deflate",
        "Accept": "application/json",
        "Authorization": "Bearer canary-access-token",
    }
    assert request.verify is True
    assert request.timeout == (10.0, 60.0)


def test_role_filters_and_time_zone_go_where_they_belong(conn_id: str, requests_mock: Mocker) -> None:
    requests_mock.get(ANY, json={"items": []})
    filters = {"role": "admin", "owner_email": "a+b@example.com", "topic": "Ä & B", "timezone": "Europe/Berlin"}

    assert list(WebexRecordingsHook(conn_id).list_recordings(**WINDOW, page_size=7, **filters)) == []

    (request,) = requests_mock.request_history
    assert request.url == (
        f"{WEBEX}/admin/convergedRecordings?from=2026-11-01T00%3A00%3A00.000Z&to=2026-11-02T00%3A00%3A00.000Z&max=7"
        "&topic=%C3%84+%26+B&ownerEmail=a%2Bb%40example.com"
    )
    assert request.headers["timezone"] == "Europe/Berlin"


@pytest.mark.parametrize(
    "link",
    [
        f"{WEBEX}/convergedRecordings?cursor=a%2Fb+c%20d~e&before&max=100",
        f"{WEBEX}/other/path;v=1?max=3",
        "https://webexapis.com:443/v1/convergedRecordings?a=1&a=2",
    ],
)
def test_the_next_link_is_followed_as_given(conn_id: str, requests_mock: Mocker, link: str) -> None:
    requests_mock.get(FIRST_PAGE, json={"items": [{"id": "1"}]}, headers={"Link": f'<{link}>; rel="next"'})
    requests_mock.get(link, json={"items": [{"id": "2"}]})

    listed = list(WebexRecordingsHook(conn_id).list_recordings(**WINDOW, timezone="Asia/Kolkata"))

    assert [recording["id"] for recording in listed] == ["1", "2"]
    first, second = requests_mock.request_history
    assert second.url == link
    assert second.headers == first.headers, "the token and the time zone belong to each page"


@pytest.mark.parametrize(
    "link",
    [
        "http://webexapis.com/v1/convergedRecordings?cursor=c",
        "http://webexapis.com:443/v1/convergedRecordings?cursor=c",
        "https://webexapis.com:8443/v1/convergedRecordings?cursor=c",
        "https://api-usgov.webex.com/v1/convergedRecordings?cursor=c",
        "//webexapis.com.example.com/v1/convergedRecordings?cursor=c",
    ],
)
@pytest.mark.parametrize("via", ["link", "redirect"])
def test_the_token_leaves_webex_by_no_link_and_not_in_clear_text(
    conn_id: str, requests_mock: Mocker, link: str, via: str
) -> None:
    if via == "link":
        requests_mock.get(FIRST_PAGE, json={"items": [{"id": "1"}]}, headers={"Link": f'<{link}>; rel="next"'})
    else:
        requests_mock.get(FIRST_PAGE, status_code=307, headers={"Location": link})

    with pytest.raises(WebexLinkError, match="the token was not sent there"):
        list(WebexRecordingsHook(conn_id).list_recordings(**WINDOW))

    assert len(requests_mock.request_history) == 1


def test_closing_a_hook_that_did_nothing_opens_nothing() -> None:
    """It would replace the error that ended the task, if the connection does not exist."""
    WebexRecordingsHook("nowhere").close()


def test_the_test_of_a_missing_connection_says_so() -> None:
    works, text = WebexRecordingsHook("nowhere").test_connection()

    assert not works
    assert "There is no connection 'nowhere'" in text
