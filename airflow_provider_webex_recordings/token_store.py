"""Where tasks share an access token: an encrypted Airflow Variable, or this process's memory."""

from __future__ import annotations

import logging
from dataclasses import asdict

import msgspec

from airflow_provider_webex_recordings.webex.messages import StoredToken

log = logging.getLogger(__name__)


def mask(*secrets: str) -> None:
    """Make Airflow mask secrets in every log of this process."""
    try:
        from airflow.sdk.log import mask_secret
    except ImportError:
        from airflow.utils.log.secrets_masker import mask_secret  # type: ignore[no-redef]
    for secret in secrets:
        mask_secret(secret)


class MemoryTokenStore:
    """Shares the token within this process only."""

    _tokens: dict[str, StoredToken] = {}  # noqa: RUF012 - shared by all instances on purpose

    def __init__(self, conn_id: str) -> None:
        self._conn_id = conn_id

    def load(self) -> StoredToken | None:
        """Return the token of this process."""
        return self._tokens.get(self._conn_id)

    def save(self, token: StoredToken) -> None:
        """Keep the token in this process."""
        mask(token.access_token, token.refresh_token)
        self._tokens[self._conn_id] = token


class VariableTokenStore:
    """Shares the token through an Airflow Variable, which Airflow encrypts with its Fernet key.

    The name contains ``token``, so Airflow masks the value in its UI and logs. Every task of the deployment can read
    it, as it can read the connection itself.
    """

    def __init__(self, conn_id: str) -> None:
        self.key = f"webex_access_token__{conn_id}"
        self._fallback = MemoryTokenStore(conn_id)

    def load(self) -> StoredToken | None:
        """Return the shared token; out of reach, the one of this process."""
        from airflow.providers.common.compat.sdk import Variable

        try:
            text = Variable.get(self.key, None)
            token = msgspec.json.decode(text, type=StoredToken) if text else None
        except Exception as error:
            log.warning("Cannot read the shared access token from Variable %s (%s)", self.key, type(error).__name__)
            return self._fallback.load()
        if token is not None:
            mask(token.access_token, token.refresh_token)
        return token

    def save(self, token: StoredToken) -> None:
        """Share the token; out of reach, keep it in this process."""
        from airflow.providers.common.compat.sdk import Variable

        self._fallback.save(token)
        try:
            Variable.set(self.key, msgspec.json.encode(asdict(token)).decode(), "Shared by tasks; may be deleted")
        except Exception as error:
            log.warning(
                "Cannot share the renewed access token in Variable %s (%s): this task goes on with it, others will "
                "renew their own",
                self.key,
                type(error).__name__,
            )
