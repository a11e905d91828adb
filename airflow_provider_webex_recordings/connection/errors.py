"""What errors say about the connection that they have to do with: its id, written here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.providers.common.compat.sdk import AirflowNotFoundException

from airflow_provider_webex_recordings.webex.errors import WebexError


@contextmanager
def name_connection(conn_id: str) -> Iterator[None]:
    """Let every error that passes name the connection: ``connection 'webex_prod': ...``.

    The flows, which make most of these errors, know nothing of Airflow. An error of a task's own argument does not
    pass here, and so names no connection.

    :raises WebexError: the same one, with the id in `WebexError.connection`
    """
    try:
        yield
    except WebexError as error:
        error.connection = conn_id
        raise


@contextmanager
def explain_missing_connection(conn_id: str) -> Iterator[None]:
    """Say what to do about a connection that does not exist.

    The error stays Airflow's own, and worth a retry: Airflow 3 says the same when it could not be asked.

    :raises AirflowNotFoundException: with the id, and with advice
    """
    try:
        yield
    except AirflowNotFoundException as error:
        raise AirflowNotFoundException(
            f"There is no connection {conn_id!r}. Create it in Airflow under Admin > Connections with the type Webex, "
            f"or set AIRFLOW_CONN_{str(conn_id).upper()} where tasks run, or give another webex_conn_id"
        ) from error
