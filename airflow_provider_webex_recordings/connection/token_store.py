"""Where tasks share an access token: an Airflow Variable, or this process's memory."""

from __future__ import annotations

import logging

from airflow_provider_webex_recordings.connection.masking import mask
from airflow_provider_webex_recordings.connection.sealing import seal, unseal
from airflow_provider_webex_recordings.webex.messages import StoredToken

log = logging.getLogger(__name__)

# The length of the column in Airflow's database.
_MAX_KEY = 250


class MemoryTokenStore:
    """Shares the token within this process only, between hooks of the same connection.

    :param conn_id: id of the connection
    :param credentials: identifies the credentials that the token belongs to; from `RefreshableToken.credentials`
    """

    _tokens: dict[tuple[str, str], StoredToken] = {}  # noqa: RUF012 - shared by all instances on purpose

    def __init__(self, conn_id: str, credentials: str) -> None:
        self._key = conn_id, credentials

    def load(self) -> StoredToken | None:
        """Return the token of this process."""
        return self._tokens.get(self._key)

    def save(self, token: StoredToken) -> None:
        """Keep the token in this process."""
        mask(token.access_token, token.refresh_token)
        self._tokens[self._key] = token


class VariableTokenStore:
    """Shares the token through an Airflow Variable, sealed: see `sealing`.

    The refresh token of the connection is not copied; one that Webex gives instead of it is kept here, because a task
    cannot write a connection.

    :param conn_id: id of the connection; part of the Variable's name
    :param credentials: identifies the credentials that the token belongs to; from `RefreshableToken.credentials`
    """

    def __init__(self, conn_id: str, credentials: str) -> None:
        self.key = f"webex_access_token__{conn_id}"[:_MAX_KEY]
        self._conn_id, self._credentials = conn_id, credentials
        self._own = MemoryTokenStore(conn_id, credentials)
        self._has_warned = False

    def load(self) -> StoredToken | None:
        """Return the shared token, or this process's own where that is newer because it could not be shared."""
        own, shared = self._own.load(), self._read()
        if shared is not None:
            mask(shared.access_token, shared.refresh_token)
        return shared if own is None or (shared is not None and shared.expires_at >= own.expires_at) else own

    def save(self, token: StoredToken) -> None:
        """Share the token; where the Variable cannot be written, keep it in this process."""
        from airflow.providers.common.compat.sdk import Variable

        self._own.save(token)
        try:
            Variable.set(self.key, seal(token, self._credentials), "Shared by tasks; may be deleted")
        except Exception as error:
            self._warn_once("written", error)

    def _read(self) -> StoredToken | None:
        from airflow.providers.common.compat.sdk import Variable

        try:
            text = Variable.get(self.key, None)
        except Exception as error:
            self._warn_once("read", error)
            return None
        token = unseal(text, self._credentials) if text else None
        if text and token is None:
            # Never its content: it may hold a token all the same.
            log.warning(
                "connection %r: the Variable %s holds no access token of these credentials and will be replaced",
                self._conn_id,
                self.key,
            )
        return token

    def _warn_once(self, done: str, error: Exception) -> None:
        if self._has_warned:
            return
        self._has_warned = True
        log.warning(
            "connection %r: the Variable %s, through which tasks share an access token, cannot be %s (%s). This "
            "process uses a token of its own. Outside of a task that is to be expected; otherwise allow tasks to read "
            "and write this Variable, or set token_store to memory in the connection",
            self._conn_id,
            self.key,
            done,
            type(error).__name__,
        )
