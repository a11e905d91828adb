"""From Webex's errors to Airflow's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_webex_recordings.webex.errors import WebexError


@contextmanager
def failing_fast() -> Iterator[None]:
    """Fail a task at once, without the retries it has left, where they cannot help."""
    try:
        yield
    except WebexError as error:
        if error.final:
            raise AirflowFailException(str(error)) from error
        raise
