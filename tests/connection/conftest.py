"""What several tests of the connection look at."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


class Warnings(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture
def store_warnings() -> Iterator[list[str]]:
    logger = logging.getLogger("airflow_provider_webex_recordings.connection.token_store")
    handler = Warnings()
    logger.addHandler(handler)
    yield handler.lines
    logger.removeHandler(handler)
