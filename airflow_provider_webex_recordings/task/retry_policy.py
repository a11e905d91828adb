"""A retry policy for Airflow 3.3 and later: the scheduler waits exactly as long as Webex asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from airflow_provider_webex_recordings.webex.errors import WebexError

try:
    from airflow.sdk.definitions.retry_policy import RetryDecision, RetryPolicy
except ImportError as error:
    raise ImportError(
        "WebexRetryPolicy needs the task retry policies of Airflow 3.3; on this version give the task `retries` and "
        "`retry_delay` instead"
    ) from error

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context


class WebexRetryPolicy(RetryPolicy):
    """Retries a task after the delay that Webex asks for, and not at all where a retry cannot help.

    A Retry-After longer than the connection's ``max_retry_wait`` fails the try and frees the worker slot; this policy
    then schedules the next try after exactly that delay. Refused credentials, a missing scope and bad arguments fail
    the task at once. Anything else follows the task's own ``retries`` and ``retry_delay``. Give it as
    ``retry_policy=WebexRetryPolicy()``; the number of tries stays the task's ``retries``.
    """

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,  # noqa: ARG002 - the interface's
        max_tries: int,  # noqa: ARG002 - the interface's
        context: Context | None = None,  # noqa: ARG002 - the interface's
    ) -> RetryDecision:
        """Decide by the Webex error that failed the task, or that caused what failed it."""
        error = next((link for link in _chain(exception) if isinstance(link, WebexError)), None)
        if error is None:
            return RetryDecision.default()
        if error.final:
            return RetryDecision.fail(error.summary)
        if error.retry_after is None:
            return RetryDecision.default()
        return RetryDecision.retry(timedelta(seconds=error.retry_after), error.summary)


def _chain(exception: BaseException | None) -> Iterator[BaseException]:
    while exception is not None:
        yield exception
        exception = exception.__cause__
