"""Storages for tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.s3_server import aws_connection, s3_server
from tests.helpers.stores import Store, copying_store, local_store, memory_store, renaming_store, s3_store


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture(scope="session")
def s3(s3_url: str) -> Iterator[str]:
    """The connection to an S3."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AIRFLOW_CONN_AWS_S3", aws_connection(s3_url))
        yield "aws_s3"


@pytest.fixture(params=["local", "s3", "memory", "renaming", "copying"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A folder in each kind of storage."""
    if request.param == "s3":
        return s3_store(request.getfixturevalue("s3"))
    makers = {"local": local_store, "memory": memory_store, "renaming": renaming_store, "copying": copying_store}
    return makers[request.param](tmp_path / "folder")
