"""Every test has an Airflow of its own: an empty home, set before anything imports Airflow, and no examples."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Iterator

import pytest

# One for each process, so that tests may run side by side (pytest -n 2).
AIRFLOW_HOME = tempfile.mkdtemp(prefix="airflow-provider-webex-recordings-")
os.environ |= {
    "AIRFLOW_HOME": AIRFLOW_HOME,
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
}
# What a developer's machine says about proxies and certificates must not decide a test.
for _name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle", "curl_ca_bundle"):
    os.environ.pop(_name, None)
    os.environ.pop(_name.upper(), None)


def pytest_unconfigure() -> None:
    shutil.rmtree(AIRFLOW_HOME, ignore_errors=True)


@pytest.fixture(autouse=True)
def _jitter_left_as_it_was() -> Iterator[None]:
    """A test may seed the jitter; the next one finds it unseeded."""
    state = random.getstate()
    yield
    random.setstate(state)
