"""What the fault loop runs in a process that it kills. Loaded once; each writer is a fork."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from aiobotocore.session import AioSession
from airflow.providers.common.compat.sdk import ObjectStoragePath
from s3fs import S3FileSystem

from airflow_provider_webex_recordings.storage import FORMATS, write_recordings
from tests.helpers.stores import attach

SESSION = AioSession()


async def _load_what_clients_need() -> None:
    """Read botocore's description of S3 here, and not in each writer."""
    async with SESSION.create_client("s3", region_name="us-east-1", aws_access_key_id="", aws_secret_access_key=""):
        pass


asyncio.run(_load_what_clients_need())


def pages(seed: int, count: int = 1600) -> Iterator[list[Any]]:
    """Some 6 MB, more than one part of an S3 upload; others for each seed."""
    for number in range(count):
        yield [{"id": f"{seed}-{number}", "topic": f"{seed}" * (4000 // len(str(seed)))}]


def write(path: str, s3_url: str, seed: int, started: Any) -> None:
    """Write all pages to a path, and send something when the first is asked for."""
    fs = S3FileSystem(session=SESSION, key="key", secret="secret", endpoint_url=s3_url)
    attach("s3", conn_id="aws_s3", fs=fs)

    def told() -> Iterator[list[Any]]:
        started.send(seed)
        yield from pages(seed)

    write_recordings(ObjectStoragePath(path), told(), FORMATS["jsonl"], {})
