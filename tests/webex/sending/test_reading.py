"""Reading JSON objects, and what is told of those that cannot be read."""

from __future__ import annotations

import pytest

from airflow_provider_webex_recordings.webex.errors import WebexProtocolError
from airflow_provider_webex_recordings.webex.sending.reading import read_object
from tests.helpers.answers import answer


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[]", b'"x"', b"5", b"\xff", b"<html>", b"[" * 100_000, b'{"a":' * 100_000, b"1" * 5000],
)
def test_what_is_no_object_is_an_error_that_tells_the_answer(body: bytes) -> None:
    with pytest.raises(WebexProtocolError) as caught:
        read_object(answer(200, body, content_type="text/html", trackingid="ROUTER_1"))

    assert f"the answer (200, text/html, {len(body)} bytes) is " in str(caught.value)
    assert caught.value.tracking_id == "ROUTER_1"


def test_an_unreadable_body_stays_out_of_the_error_and_of_all_behind_it() -> None:
    for body in (b'{"access_token": "canary', b'{"access_token": "canary\xff"}'):
        with pytest.raises(WebexProtocolError) as caught:
            read_object(answer(200, body))

        link: BaseException | None = caught.value
        while link is not None:
            assert "canary" not in repr((link, link.args, vars(link)))
            link = link.__cause__ or link.__context__
