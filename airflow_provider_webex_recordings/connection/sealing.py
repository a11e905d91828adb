"""A shared token as text that only those who hold the same credentials can read or make.

Airflow encrypts Variables in its database, but shows them to every task, lets every task write them, and at log level
DEBUG writes what a task stores into its log. A sealed token is of no use in any of these places.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from airflow_provider_webex_recordings.webex.messages import StoredToken

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


def seal(token: StoredToken, credentials: str) -> str:
    """Return a token as text.

    :param credentials: from `RefreshableToken.credentials`; the key is derived from it, so it is not part of the text
    """
    return _fernet(credentials).encrypt(msgspec.json.encode(replace(token, credentials=""))).decode()


def unseal(text: str, credentials: str) -> StoredToken | None:
    """Return the token of a text, None if it was not sealed with the same credentials or was changed since."""
    from cryptography.fernet import InvalidToken

    try:
        token = msgspec.json.decode(_fernet(credentials).decrypt(text.encode()), type=StoredToken)
    except (InvalidToken, msgspec.MsgspecError, ValueError):
        return None
    return replace(token, credentials=credentials)


def _fernet(credentials: str) -> Fernet:
    # Airflow brings it; loading it takes some 20 ms, which only a renewable token is worth.
    from cryptography.fernet import Fernet

    key = hmac.digest(credentials.encode(), b"webex_access_token", "sha256")
    return Fernet(base64.urlsafe_b64encode(key))
