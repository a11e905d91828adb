"""Which proxy a request goes through."""

from __future__ import annotations

import pytest

from airflow_provider_webex_recordings.connection.proxies import Proxies
from airflow_provider_webex_recordings.webex.errors import WebexInputError

WEBEX, TOKENS = "https://webexapis.com/v1/x?a=b", "https://login.example.com/access_token"
PROXY = "http://user:canary@proxy.example.com:3128"


@pytest.mark.parametrize("url", ["http://localhost:9/v1", "http://127.0.0.1:9/token", "http://[::1]/v1"])
def test_plain_http_never_leaves_this_machine(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, PROXY)

    assert Proxies(None)(url) is None
    assert Proxies(PROXY)(url) is None


def test_the_connections_proxy_comes_before_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://other.example.com:1")
    monkeypatch.setenv("NO_PROXY", "webexapis.com")

    assert Proxies(PROXY)(WEBEX) == PROXY


def test_each_host_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example.com:3128")
    monkeypatch.setenv("NO_PROXY", "login.example.com,10.0.0.0/8")
    choose = Proxies(None)

    assert choose(WEBEX) == "http://proxy.example.com:3128"
    assert choose(TOKENS) is None
    assert choose("https://10.1.2.3/v1") is None


@pytest.mark.parametrize(
    "value",
    [
        "socks5://canary.example.com:1080",
        "socks5h://user:canary@127.0.0.1:1080",
        "ftp://canary.example.com",
        '"http://canary.example.com:3128"',
        "http://canary.example.com:3128 ",
        "http://canary.example.com:notaport",
        "http://",
    ],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_variable_that_is_not_usable_is_refused_by_name(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(WebexInputError, match=name) as caught:
        Proxies(None)(WEBEX)
    assert "canary" not in str(caught.value)


def test_without_any_it_goes_straight() -> None:
    assert Proxies(None)(WEBEX) is None
