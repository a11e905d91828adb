"""What a process remembers of tokens, forgotten: what follows finds itself in a new process, as a task does."""

from __future__ import annotations

from airflow_provider_webex_recordings.connection.token_store import MemoryTokenStore


def forget_tokens() -> None:
    # The one private name of the package that tests use: a process that ends needs no such method, so there is none.
    MemoryTokenStore._tokens.clear()
