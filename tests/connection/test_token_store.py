"""Where tasks share a token: an Airflow Variable, and this process's memory."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import Variable

from airflow_provider_webex_recordings.connection.masking import mask
from airflow_provider_webex_recordings.connection.sealing import seal
from airflow_provider_webex_recordings.connection.token_store import MemoryTokenStore, VariableTokenStore
from airflow_provider_webex_recordings.webex.messages import StoredToken
from tests.helpers.airflow_runs import AIRFLOW_2, run_in_a_task
from tests.helpers.token_memory import forget_tokens

_numbers = itertools.count()


def a_token(**changes: Any) -> StoredToken:
    values = {
        "access_token": f"canary/access+token {next(_numbers)}",
        "expires_at": 2e9,
        "lifetime": 3600.0,
        "credentials": "c",
    }
    return StoredToken(**{**values, **changes})


def test_a_variable_carries_the_token_from_task_to_task(store_warnings: list[str]) -> None:
    token = a_token(refresh_token="canary-replaced-refresh-token")
    key = VariableTokenStore("w1", "c").key

    def body() -> tuple[Any, Any, str]:
        before = VariableTokenStore("w1", "c").load()
        VariableTokenStore("w1", "c").save(token)
        forget_tokens()
        return before, VariableTokenStore("w1", "c").load(), Variable.get(key)

    before, after, text = run_in_a_task(body)
    assert (before, after) == (None, token)
    assert "canary" not in text
    assert store_warnings == []


def test_a_variable_that_holds_something_else_is_replaced(store_warnings: list[str]) -> None:
    others = seal(a_token(access_token="canary-of-others"), "others")
    forged = '{"access_token": "canary-forged", "expires_at": 9e9, "lifetime": 3600.0, "credentials": "c"}'
    changed = seal(a_token(), "c")[:-4] + "AAAA"
    texts = ["", "{", "null", "[]", '{"access_token": "canary-broken"}', forged, others, changed, "€"]
    token = a_token()

    def body() -> list[tuple[Any, Any]]:
        loaded = []
        for text in texts:
            store = VariableTokenStore("w2", "c")
            Variable.set(store.key, text)
            forget_tokens()
            broken = store.load()
            store.save(token)
            forget_tokens()
            loaded.append((broken, VariableTokenStore("w2", "c").load()))
        return loaded

    assert run_in_a_task(body) == [(None, token)] * len(texts)
    assert len(store_warnings) == len([text for text in texts if text])
    assert "canary" not in "".join(store_warnings)


def test_a_token_that_could_not_be_shared_is_preferred_while_it_is_newer(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = a_token(expires_at=1.9e9)
    monkeypatch.setattr(Variable, "get", lambda key, default: seal(shared, shared.credentials))
    store, own = VariableTokenStore("w3", "c"), a_token(expires_at=2e9)
    assert store.load() == shared
    MemoryTokenStore("w3", "c").save(own)
    assert store.load() == own
    shared = a_token(expires_at=2.1e9)
    assert store.load() == shared
    shared = a_token(expires_at=2.2e9, credentials="others")
    assert store.load() == own


def test_memory_does_not_mix_connections_or_credentials() -> None:
    token = a_token()
    MemoryTokenStore("w4", "c").save(token)
    assert MemoryTokenStore("w4", "c").load() == token
    assert MemoryTokenStore("w4", "d").load() is None
    assert MemoryTokenStore("w5", "c").load() is None


def test_airflow_hides_the_variable_and_masks_the_token() -> None:
    if AIRFLOW_2:
        from airflow.utils.log.secrets_masker import redact, should_hide_value_for_key
    else:
        from airflow.sdk._shared.secrets_masker import redact, should_hide_value_for_key

    assert should_hide_value_for_key(VariableTokenStore("webex_default", "c").key)
    token = "canary/derived+token=" + "x" * 30
    mask(token, "")
    quoted = "canary%2Fderived%2Btoken%3D" + "x" * 30
    shown = redact(f"Bearer {token}, ?token={quoted}")
    assert token not in shown
    assert quoted not in shown
    assert "***" in shown


def test_a_variables_name_fits_into_the_database() -> None:
    assert len(VariableTokenStore("x" * 250, "c").key) == 250


def test_a_token_is_not_in_a_repr() -> None:
    assert "canary" not in repr(a_token(refresh_token="canary-refresh"))
