"""A sealed token: readable with the credentials that sealed it, useless without."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_webex_recordings.connection.sealing import seal, unseal
from airflow_provider_webex_recordings.webex.messages import StoredToken

TOKEN = StoredToken("canary-access", 2e9, 3600.0, "canary-refresh", "credentials")


def test_whoever_holds_the_credentials_reads_it_and_nobody_else() -> None:
    text = seal(TOKEN, "credentials")

    assert unseal(text, "credentials") == TOKEN
    assert unseal(text, "others") is None
    assert not any(secret in text for secret in ("canary", "credentials"))


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_letter_voids_it(at: int, by: int) -> None:
    text = bytearray(seal(TOKEN, "credentials").encode())
    text[at % len(text)] ^= by

    assert unseal(text.decode("latin-1"), "credentials") in (None, TOKEN), "base64 ignores some letters"


@pytest.mark.parametrize("text", ["x", "{}", "\ud83d", "gAAAA", '{"access_token": "forged", "expires_at": 9e9}'])
def test_what_was_never_sealed_is_no_token(text: str) -> None:
    assert unseal(text, "credentials") is None


def test_the_same_token_is_sealed_anew_each_time() -> None:
    assert seal(TOKEN, "credentials") != seal(TOKEN, "credentials")
    assert unseal(seal(replace(TOKEN, credentials="ignored"), "credentials"), "credentials") == TOKEN
