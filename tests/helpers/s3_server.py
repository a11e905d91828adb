"""An S3 for tests: moto's server, and the AWS connection by which Airflow reaches it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# In a process of its own, so that it goes on when a client is killed, and its memory is not the client's.
CODE = """
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("http://{}:{}".format(*server.get_host_and_port()), flush=True)
input()
"""


@contextmanager
def s3_server() -> Iterator[str]:
    """Run an S3 and give its URL."""
    with subprocess.Popen(
        [sys.executable, "-c", CODE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.communicate("\n")


def aws_connection(endpoint: str, **extra: Any) -> str:
    """Return an Airflow connection to an S3, as it stands in an environment variable."""
    return json.dumps(
        {
            "conn_type": "aws",
            "login": "key",
            "password": "secret",
            "extra": {"endpoint_url": endpoint, "region_name": "us-east-1", **extra},
        }
    )
