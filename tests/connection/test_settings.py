"""Every field and extra of a connection: what it becomes, and which error it is."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_webex_recordings.connection.settings import KNOWN_EXTRAS, WebexSettings, read_connection
from airflow_provider_webex_recordings.webex.errors import WebexInputError
from airflow_provider_webex_recordings.webex.sending.retry import RetryPolicy

CANARY = "canary-" + "0123456789abcdef" * 4
REFRESHABLE = {"login": "a-client", "password": CANARY, "refresh_token": "refresh-" + CANARY}
DEFAULTS = WebexSettings(
    base_url="https://webexapis.com/v1",
    token_url="https://webexapis.com/v1/access_token",
    access_token=CANARY,
    client_id=None,
    client_secret=None,
    refresh_token=None,
    token_store="variable",
    role="user",
    page_size=100,
    parallel=4,
    policy=RetryPolicy(max_attempts=8, max_seconds=600, max_wait=120),
    connect_timeout=10,
    read_timeout=60,
    total_timeout=300,
    proxy=None,
    ca_bundle=None,
)
FIELDS = ("host", "login", "password", "schema", "port")


def connection(**given: Any) -> Any:
    """What an Airflow connection shows of itself; names that are not fields of it are extras."""
    fields = {name: given.pop(name, None) for name in FIELDS}
    text = given.pop("extra_text", json.dumps(given) if given else None)
    return SimpleNamespace(**fields, extra=text)


def read(**given: Any) -> WebexSettings:
    return read_connection(connection(**{"password": CANARY, **given}))


@dataclass(frozen=True)
class Good:
    """A connection with an access token and something else, and what of the defaults that changes."""

    given: dict[str, Any]
    changes: dict[str, Any]


def at(base_url: str) -> dict[str, str]:
    return {"base_url": base_url, "token_url": f"{base_url}/access_token"}


GOOD = {
    "nothing but the token": Good({}, {}),
    "all extras empty": Good(dict.fromkeys(KNOWN_EXTRAS, ""), {}),
    "all extras null": Good(dict.fromkeys(KNOWN_EXTRAS), {}),
    "all extras blank": Good(dict.fromkeys(KNOWN_EXTRAS, "  "), {}),
    "all fields empty": Good({"host": "", "login": "", "schema": "", "port": None, "extra_text": " "}, {}),
    "a token with a newline at its end": Good({"password": f" {CANARY}\n"}, {}),
    "a token with its scheme": Good({"password": f"Bearer {CANARY}"}, {}),
    "a token with its scheme in another spelling": Good({"password": f"bearer  {CANARY}\r\n"}, {}),
    "a host without a scheme": Good({"host": "webexapis.com/v1"}, {}),
    "a host without scheme and path": Good({"host": "webexapis.com"}, {}),
    "a host without a path": Good({"host": "https://webexapis.com"}, {}),
    "a host with slashes at its end": Good({"host": " https://webexapis.com/v1// "}, {}),
    "FedRAMP": Good({"host": "https://api-usgov.webex.com/v1"}, at("https://api-usgov.webex.com/v1")),
    "FedRAMP in a connection URI": Good(
        {"host": "api-usgov.webex.com", "schema": "v1"}, at("https://api-usgov.webex.com/v1")
    ),
    "a gateway with a path": Good(
        {"host": "https://gateway.example.com/webex/api"}, at("https://gateway.example.com/webex/api")
    ),
    "a port": Good({"host": "gateway.example.com", "port": 8443}, at("https://gateway.example.com:8443/v1")),
    "a port and a path": Good({"host": "https://gw/api", "port": 8443}, at("https://gw:8443/api")),
    "a scheme as in an HTTP connection": Good(
        {"host": "gateway.example.com", "schema": "https"}, at("https://gateway.example.com/v1")
    ),
    "plain http within this machine": Good({"host": "http://127.0.0.1:80/v1"}, at("http://127.0.0.1:80/v1")),
    "plain http to localhost": Good({"host": "http://localhost/v1"}, at("http://localhost/v1")),
    "a whole URL stays as it is": Good({"host": "http://localhost:8080"}, at("http://localhost:8080")),
    "plain http to ::1": Good({"host": "http://[::1]:8080/v1"}, at("http://[::1]:8080/v1")),
    "a token endpoint elsewhere": Good(
        {"token_url": "https://idbroker.example.com/token/"}, {"token_url": "https://idbroker.example.com/token"}
    ),
    "role user": Good({"role": "user"}, {}),
    "role admin": Good({"role": " admin "}, {"role": "admin"}),
    "memory": Good({"token_store": "memory"}, {"token_store": "memory"}),
    "page size": Good({"page_size": 7}, {"page_size": 7}),
    "page size as text": Good({"page_size": "7"}, {"page_size": 7}),
    "page size as a float": Good({"page_size": 7.0}, {"page_size": 7}),
    "parallel": Good({"parallel": 1}, {"parallel": 1}),
    "parallel as text": Good({"parallel": "16"}, {"parallel": 16}),
    "time-outs": Good(
        {"connect_timeout": 1, "read_timeout": 2.5, "total_timeout": "30"},
        {"connect_timeout": 1, "read_timeout": 2.5, "total_timeout": 30},
    ),
    "retries": Good(
        {"max_attempts": "3", "max_retry_seconds": 60, "max_retry_wait": "0.5"},
        {"policy": RetryPolicy(max_attempts=3, max_seconds=60, max_wait=0.5)},
    ),
    "a proxy": Good({"proxy": "http://proxy.example.com:3128"}, {"proxy": "http://proxy.example.com:3128"}),
    "a proxy with a password": Good(
        {"proxy": f"https://me:{CANARY}@proxy:1"}, {"proxy": f"https://me:{CANARY}@proxy:1"}
    ),
    "a CA bundle": Good({"ca_bundle": "/etc/ssl/inspecting-proxy.pem"}, {"ca_bundle": "/etc/ssl/inspecting-proxy.pem"}),
    "a client ID": Good(
        REFRESHABLE,
        {
            "access_token": None,
            "client_id": "a-client",
            "client_secret": CANARY,
            "refresh_token": "refresh-" + CANARY,
        },
    ),
    "a client ID, pasted": Good(
        {"login": " a-client\n", "password": f"{CANARY}\n", "refresh_token": f"\trefresh-{CANARY}\n"},
        {
            "access_token": None,
            "client_id": "a-client",
            "client_secret": CANARY,
            "refresh_token": "refresh-" + CANARY,
        },
    ),
}


@pytest.mark.parametrize("good", GOOD.values(), ids=GOOD)
def test_what_a_connection_becomes(good: Good) -> None:
    assert read(**good.given) == replace(DEFAULTS, **good.changes)


@dataclass(frozen=True)
class Bad:
    """A connection that cannot work: the field that its error names, and what the error says."""

    given: dict[str, Any]
    field: str
    says: tuple[str, ...]


NO_SECONDS = ("must be a number of seconds from 0.001 to 86400",)
BAD = {
    "no token": Bad({"password": None}, "password", ("is missing", "access token", "client secret")),
    "an empty token": Bad({"password": " \n"}, "password", ("is missing",)),
    "nothing behind Bearer": Bad({"password": "Bearer "}, "password", ("is missing",)),
    "two tokens": Bad({"password": f"{CANARY} {CANARY}"}, "password", ("spaces", "copy it again")),
    "a token broken over two lines": Bad({"password": f"{CANARY}\n{CANARY}"}, "password", ("spaces",)),
    "a token in quotes": Bad({"password": f'"{CANARY}"'}, "password", ("quotes",)),
    "a token with an invisible character": Bad({"password": f"{CANARY}\u200b"}, "password", ("unprintable",)),
    "Airflow's mask": Bad({"password": "***"}, "password", ("placeholder", "enter it again")),
    "a client ID alone": Bad({"login": "a-client", "password": None}, "password", ("client secret",)),
    "a client ID without a refresh token": Bad(
        {"login": "a-client"}, "refresh_token", ("is missing", "leave the client ID empty")
    ),
    "a refresh token without a client ID": Bad({"refresh_token": CANARY}, "login", ("client ID in login",)),
    "a refresh token that is a number": Bad(
        {**REFRESHABLE, "refresh_token": 5}, "refresh_token", ("must be a string",)
    ),
    "a refresh token that is a mask": Bad({**REFRESHABLE, "refresh_token": "***"}, "refresh_token", ("placeholder",)),
    "an unknown extra": Bad({"rol": "admin"}, "extra", ("rol", *KNOWN_EXTRAS)),
    "an unknown extra without a value": Bad({"rol": None}, "extra", ("rol",)),
    "the extra of another provider": Bad({"extra__webex__role": "admin"}, "extra", ("extra__webex__role",)),
    "an extra that is not JSON": Bad(
        {"extra_text": f"refresh_token={CANARY}"}, "extra", ("is not valid JSON", '{"role"')
    ),
    "an extra that is a list": Bad({"extra_text": f'["{CANARY}"]'}, "extra", ("must be a JSON object",)),
    "an extra that is a text": Bad({"extra_text": f'"{CANARY}"'}, "extra", ("must be a JSON object",)),
    "an unknown role": Bad({"role": "compliance"}, "role", ("compliance", "must be user or admin")),
    "a role that is a list": Bad({"role": ["admin"]}, "role", ("must be user or admin",)),
    "an unknown token store": Bad({"token_store": "redis"}, "token_store", ("must be variable or memory",)),
    "plain http": Bad({"host": "http://webexapis.com/v1"}, "host", ("https://", "clear text")),
    "plain http to a host that begins like loopback": Bad(
        {"host": "http://127.0.0.1.example.com"}, "host", ("https://",)
    ),
    "plain http in the scheme": Bad({"host": "gateway.example.com", "schema": "http"}, "host", ("https://",)),
    "another scheme": Bad({"host": "ftp://webexapis.com"}, "host", ("https://",)),
    "a scheme without a slash": Bad(
        {"host": "https:/webexapis.com/v1"}, "host", ("must be a URL such as https://webexapis.com/v1",)
    ),
    "a host with a password": Bad({"host": f"https://me:{CANARY}@webexapis.com/v1"}, "host", ("without user",)),
    "a host with a query": Bad({"host": "https://webexapis.com/v1?max=1"}, "host", ("query",)),
    "a host with a fragment": Bad({"host": "https://webexapis.com/v1#x"}, "host", ("fragment",)),
    "a host with white space": Bad({"host": "webex apis.com"}, "host", ("must be a URL",)),
    "a host with a backslash": Bad({"host": "https://webexapis.com\\@evil.example.com"}, "host", ("must be a URL",)),
    "a host with a bad port": Bad({"host": "https://webexapis.com:99999"}, "host", ("must be a URL",)),
    "a token instead of the host": Bad({"host": f"ZDI3{CANARY}_P0A1_59e67527"}, "host", ("must be a URL",)),
    "a port beyond all ports": Bad({"host": "gw", "port": 99999}, "port", ("from 1 to 65535",)),
    "path and schema": Bad({"host": "gateway.example.com/api", "schema": "v1"}, "schema", ("whole base URL in host",)),
    "a plain token endpoint": Bad({"token_url": "http://webexapis.com/v1/access_token"}, "token_url", ("https://",)),
    "a token endpoint that is a number": Bad({"token_url": 5}, "token_url", ("must be a URL",)),
    "a token endpoint without a scheme": Bad(
        {"token_url": "webexapis.com/v1/access_token"}, "token_url", ("must be a URL",)
    ),
    "a proxy without a scheme": Bad({"proxy": f"me:{CANARY}@proxy:3128"}, "proxy", ("http://user:password@",)),
    "a proxy of another kind": Bad({"proxy": f"socks5://me:{CANARY}@proxy:1"}, "proxy", ("http://user:password@",)),
    "a proxy with a bad port": Bad({"proxy": f"http://me:{CANARY}@proxy:99999"}, "proxy", ("http://user:password@",)),
    "a proxy that is true": Bad({"proxy": True}, "proxy", ("http://user:password@",)),
    "a CA bundle that is true": Bad({"ca_bundle": True}, "ca_bundle", ("must be a path of a file",)),
    "page size 0": Bad({"page_size": 0}, "page_size", ("from 1 to 100",)),
    "page size 5000": Bad({"page_size": 5000}, "page_size", ("must be a whole number from 1 to 100",)),
    "page size 101": Bad({"page_size": 101}, "page_size", ("from 1 to 100",)),
    "page size 7.5": Bad({"page_size": 7.5}, "page_size", ("whole number",)),
    "page size true": Bad({"page_size": True}, "page_size", ("whole number",)),
    "page size as words": Bad({"page_size": "seven"}, "page_size", ("seven", "whole number")),
    "parallel 0": Bad({"parallel": 0}, "parallel", ("from 1 to 16",)),
    "parallel 17": Bad({"parallel": 17}, "parallel", ("from 1 to 16",)),
    "no attempt": Bad({"max_attempts": 0}, "max_attempts", ("whole number from 1 to 1000",)),
    "endless attempts": Bad({"max_attempts": "inf"}, "max_attempts", ("whole number",)),
    "a number too large to be one": Bad({"max_attempts": 10**400}, "max_attempts", ("whole number",)),
    **{
        f"{name} {value!r}": Bad({name: value}, name, NO_SECONDS)
        for name in ("connect_timeout", "read_timeout", "total_timeout", "max_retry_seconds", "max_retry_wait")
        for value in (0, -1, "nan", "inf", "1e9", "soon", [5], True)
    },
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_what_cannot_work_is_an_error_that_says_what_to_do(bad: Bad) -> None:
    with pytest.raises(WebexInputError) as caught:
        read(**bad.given)
    error = caught.value
    assert error.field == bad.field
    assert error.final
    for text in bad.says:
        assert text in str(error)
    for told in (str(error), repr(error), repr(error.__context__), repr(error.args)):
        assert CANARY not in told


def test_no_secret_is_in_the_repr() -> None:
    settings = read(**REFRESHABLE, proxy=f"http://me:{CANARY}@proxy:1")
    assert CANARY not in repr(settings)
    assert CANARY not in repr(read())
    assert "a-client" in repr(settings)


def test_every_secret_is_known_so_that_it_can_be_masked() -> None:
    settings = read(**REFRESHABLE, proxy="http://me:p%40ss@proxy:1")
    assert set(settings.secrets) == {CANARY, "refresh-" + CANARY, "http://me:p%40ss@proxy:1", "p%40ss", "p@ss"}
    assert read().secrets == [CANARY]
    assert read(proxy="http://proxy:1").secrets == [CANARY]


def test_each_extra_of_the_form_is_read() -> None:
    """An extra that the form offers and nothing reads would be a promise that is not kept."""
    tested = {name for row in [*GOOD.values(), *BAD.values()] for name, value in row.given.items() if value}
    assert tested >= set(KNOWN_EXTRAS)
    changed = {
        "refresh_token": REFRESHABLE,
        "role": {"role": "admin"},
        "token_store": {"token_store": "memory"},
        "token_url": {"token_url": "https://x.example.com"},
        "proxy": {"proxy": "http://proxy:1"},
        "ca_bundle": {"ca_bundle": "/x.pem"},
    }
    for name in KNOWN_EXTRAS:
        assert read(**changed.get(name, {name: 7})) != DEFAULTS
