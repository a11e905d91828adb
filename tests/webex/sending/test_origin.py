"""Where the token may go, and how a URL is shown."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from airflow_provider_webex_recordings.webex.errors import WebexLinkError
from airflow_provider_webex_recordings.webex.sending.origin import same_origin, shown
from tests.helpers.answers import answer


@pytest.mark.parametrize(
    ("request_url", "target"),
    [
        ("https://webexapis.com/v1/x", "https://webexapis.com:443/v1/y"),
        ("https://webexapis.com:443/v1/x", "https://webexapis.com/v1/y"),
        ("https://webexapis.com/v1/x", "HTTPS://WebexAPIs.com/v1/y"),
        ("http://127.0.0.1:80/v1/x", "http://127.0.0.1/v1/y"),
        ("https://webexapis.com/v1/x", "//webexapis.com/v1/y"),
        ("https://webexapis.com/v1/x", "/v1/y"),
        ("https://webexapis.com/v1/x", "y"),
        ("https://[::1]:8443/v1/x", "https://[::1]:8443/v1/y"),
    ],
)
def test_the_token_goes_to_the_same_scheme_host_and_port(request_url: str, target: str) -> None:
    assert urlsplit(same_origin(target, request_url, "next link", answer())).path == "/v1/y"


@pytest.mark.parametrize(
    "target",
    [
        "http://webexapis.com/v1/y",
        "http://webexapis.com:443/v1/y",
        "https://webexapis.com:8443/v1/y",
        "https://webexapis.com:44\uff13/v1/y",
        "https://webexapis.com./v1/y",
        "https://www.webexapis.com/v1/y",
        "https://webexapis.com.evil.example/v1/y",
        "https://evil.example/https://webexapis.com/v1/y",
        "https://evil.example?https://webexapis.com/v1/y",
        "https://evil.example#@webexapis.com/v1/y",
        "https://webexapis.com@evil.example/v1/y",
        "https://evil.example@webexapis.com/v1/y",
        "https://webexapis.com\\@evil.example/v1/y",
        "https://evil.example\\@webexapis.com/v1/y",
        "https:\\\\evil.example/v1/y",
        "/\\evil.example/v1/y",
        "\\\\evil.example/v1/y",
        "//evil.example/v1/y",
        "https://webexapis.com\t.evil.example/",
        "https://webexapis.com\n.evil.example/",
        "https://webexapis.com%2eevil.example/",
        "https://webexap\u0131s.com/",
        "https://\uff57ebexapis.com/",
        "https://webexapis.com\u2024evil.example/",
        "https://[",
        "https://[::1",
        "ftp://webexapis.com/v1/y",
        "data:application/json,{}",
        "file:///etc/passwd",
    ],
)
def test_the_token_goes_nowhere_else(target: str) -> None:
    for what in ("next link", "redirect"):
        with pytest.raises(WebexLinkError) as caught:
            same_origin(target, "https://webexapis.com/v1/x", what, answer(trackingid="ROUTER_1"))

        assert caught.value.final
        assert str(caught.value).startswith(f"the {what} leads to ")
        assert "another origin than https://webexapis.com; it was not followed" in str(caught.value)
        assert "(trackingId ROUTER_1)" in str(caught.value)


@given(st.text(max_size=40))
@example("//[")
@example("http://webexapis.com")
@example("https://webexapis.com\u00ad/")
@example("https://webexapis.com:/")
def test_any_text_is_either_an_address_at_webex_or_refused(text: str) -> None:
    try:
        url = same_origin(text, "https://webexapis.com/v1/x", "next link", answer())
    except WebexLinkError:
        return
    parts = urlsplit(url)
    assert (parts.scheme, parts.hostname, parts.username, parts.port or 443) == ("https", "webexapis.com", None, 443)
    assert url.isascii()
    assert url.isprintable()
    assert " " not in url


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://user:pass@host:1/path?query#fragment", "https://***@host:1"),
        ("https://a@b@host", "https://***@host"),
        ("https://host?secret", "https://host"),
        ("https://host#secret", "https://host"),
        ("//user@host/path", "//***@host"),
        ("file:///secret", "file://"),
        ("/v1/secret", ""),
        ("secret", ""),
        ("http://[", "http://["),
        ("https:\\\\user@host\\path", "https:\\\\***@host"),
        ("", ""),
    ],
)
def test_a_url_is_shown_without_what_may_be_secret_in_it(url: str, text: str) -> None:
    assert shown(url) == text
