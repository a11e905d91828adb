"""Every test has an Airflow of its own: an empty home, set before anything imports Airflow, and no examples."""

from __future__ import annotations

import base64
import os
import random
import shutil
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.helpers.s3_server import aws_connection, s3_server

# One for each process, so that tests may run side by side (pytest -n 2).
AIRFLOW_HOME = tempfile.mkdtemp(prefix="airflow-provider-webex-recordings-")
os.environ |= {
    "AIRFLOW_HOME": AIRFLOW_HOME,
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(bytes(32)).decode(),
    "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
}
# What a developer's machine says about proxies and certificates must not decide a test.
for _name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle", "curl_ca_bundle"):
    os.environ.pop(_name, None)
    os.environ.pop(_name.upper(), None)


def pytest_unconfigure() -> None:
    shutil.rmtree(AIRFLOW_HOME, ignore_errors=True)


# The same examples each time, however slow the machine; for others, and more: pytest --hypothesis-profile=search.
settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.register_profile("search", max_examples=2000, deadline=None)
settings.load_profile("same")


@pytest.fixture(autouse=True)
def _jitter_left_as_it_was() -> Iterator[None]:
    """A test may seed the jitter; the next one finds it unseeded."""
    state = random.getstate()
    yield
    random.setstate(state)


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """An S3, one for all tests of a worker; each uses buckets of its own."""
    with s3_server() as url:
        yield url


@pytest.fixture(scope="session")
def s3(s3_url: str) -> Iterator[str]:
    """The connection to it."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AIRFLOW_CONN_AWS_S3", aws_connection(s3_url))
        yield "aws_s3"
