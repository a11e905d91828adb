"""What is special about S3: requests that fail, the object's metadata, the memory of an upload."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import ObjectStoragePath

from airflow_provider_webex_recordings.storage import FORMATS, replacing, write_recordings
from tests.helpers.s3_proxy import Fault, Proxy, proxy_before
from tests.helpers.s3_server import aws_connection
from tests.helpers.stores import Store, s3_store

BLOCK = b"x" * 2**20
OLD = {"day.jsonl": b"the old one"}


@pytest.fixture
def store(s3: str) -> Store:
    """A bucket with an object, reached without the proxy."""
    store = s3_store(s3)
    (store.folder / "day.jsonl").write_bytes(b"the old one")
    return store


@pytest.fixture
def proxy(s3_url: str) -> Iterator[Proxy]:
    with proxy_before(s3_url) as proxy:
        yield proxy


@pytest.fixture
def path(store: Store, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> ObjectStoragePath:
    """The object, reached through the proxy. Its connection does not retry, so that tests are quick."""
    name = f"proxied_{proxy.server_port}"
    connection = aws_connection(proxy.url, config_kwargs={"retries": {"max_attempts": 0}})
    monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", connection)
    return ObjectStoragePath(f"s3://{name}@{store.folder.path.strip('/')}/day.jsonl")


def put(path: ObjectStoragePath, blocks: int = 6) -> None:
    with replacing(path) as file:
        for _ in range(blocks):
            file.write(BLOCK)


@pytest.mark.parametrize("blocks", [1, 6])
@pytest.mark.parametrize("operation", ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"])
def test_without_permission_the_old_object_stays_and_the_error_names_the_path(
    store: Store, proxy: Proxy, path: ObjectStoragePath, operation: str, blocks: int
) -> None:
    proxy.faults[operation] = Fault(403, "AccessDenied")

    with pytest.raises(PermissionError, match=r"^\[Errno 13\] ") as raised:
        put(path, blocks)

    assert raised.value.filename == str(path)
    assert store.files() == OLD
    assert store.uploads() == []


@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        ("UploadPart", Fault(500, "InternalError")),
        ("UploadPart", Fault(drop=True)),
        ("CompleteMultipartUpload", Fault(500, "InternalError")),
        # S3's way of failing after it has begun to answer.
        ("CompleteMultipartUpload", Fault(200, "InternalError")),
        ("CompleteMultipartUpload", Fault(drop=True)),
    ],
    ids=["part: 500", "part: no answer", "completion: 500", "completion: error in a 200", "completion: no answer"],
)
def test_where_s3_fails_for_good_the_old_object_stays(
    store: Store, proxy: Proxy, path: ObjectStoragePath, operation: str, fault: Fault
) -> None:
    proxy.faults[operation] = fault

    with pytest.raises(Exception) as raised:  # noqa: PT011 - the field's clients raise all sorts
        put(path)

    assert "day.jsonl" in str(raised.value)
    assert store.files() == OLD
    assert store.uploads() == []


def test_a_completion_whose_answer_is_lost_leaves_the_new_object_whole(
    store: Store, proxy: Proxy, path: ObjectStoragePath
) -> None:
    proxy.faults["CompleteMultipartUpload"] = Fault(drop=True, forward=True)

    with pytest.raises(Exception):  # noqa: B017, PT011 - the field's clients raise all sorts
        put(path)

    assert store.files() == {"day.jsonl": 6 * BLOCK}
    assert store.uploads() == []


@pytest.mark.parametrize("operation", ["UploadPart", "CompleteMultipartUpload"])
def test_an_upload_that_another_run_aborted_says_so(
    store: Store, proxy: Proxy, path: ObjectStoragePath, operation: str
) -> None:
    # S3's documented answer; moto's is a 500.
    proxy.faults[operation] = Fault(404, "NoSuchUpload")

    with pytest.raises(OSError, match="another run started writing to the same path"):
        put(path)

    assert store.files() == OLD


def test_of_two_writers_that_have_sent_nothing_yet_the_last_to_end_stays(store: Store) -> None:
    path = store.folder / "day.jsonl"

    with replacing(path) as earlier:
        earlier.write(b"the earlier one's")
        with replacing(path) as later:
            later.write(b"the later one's")
        assert store.files() == {"day.jsonl": b"the later one's"}

    assert store.files() == {"day.jsonl": b"the earlier one's"}
    assert store.uploads() == []


def test_an_upload_that_cannot_be_aborted_is_told_and_aborted_by_the_next_run(
    store: Store, proxy: Proxy, path: ObjectStoragePath, caplog: pytest.LogCaptureFixture
) -> None:
    proxy.faults = {
        "CompleteMultipartUpload": Fault(400, "InvalidPart"),
        "AbortMultipartUpload": Fault(403, "AccessDenied"),
    }

    with caplog.at_level(logging.WARNING), pytest.raises(OSError, match="As told"):
        put(path)

    assert "Could not remove the unfinished file" in caplog.text
    assert store.files() == OLD
    assert store.uploads() == ["webex/day.jsonl"]

    proxy.faults.clear()
    put(path, blocks=1)
    assert store.files() == {"day.jsonl": BLOCK}
    assert store.uploads() == []


@pytest.mark.parametrize("fault", [Fault(403, "AccessDenied"), Fault(501, "NotImplemented")], ids=["403", "501"])
def test_who_may_not_list_uploads_may_write_and_is_told(
    store: Store, proxy: Proxy, path: ObjectStoragePath, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    proxy.faults = {"ListMultipartUploads": fault, "ListObjectsV2": Fault(403, "AccessDenied")}

    with caplog.at_level(logging.WARNING):
        put(path, blocks=1)

    assert "s3:ListBucketMultipartUploads" in caplog.text
    assert store.files() == {"day.jsonl": BLOCK}


def test_a_failed_run_sends_nothing_after_it_gave_up(store: Store, proxy: Proxy, path: ObjectStoragePath) -> None:
    with pytest.raises(ValueError, match="page 2"), replacing(path) as file:
        file.write(b"page 1")
        raise ValueError("page 2")
    # fsspec keeps every file that does not commit itself, until its next transaction; then it is closed.
    path.fs.transaction.files.clear()
    del file
    gc.collect()

    assert not {"CreateMultipartUpload", "UploadPart", "PutObject"} & set(proxy.seen)


@pytest.mark.parametrize("pages", [[], [[{"id": "1"}]]], ids=["empty", "one recording"])
def test_metadata_is_kept_with_the_object(store: Store, pages: list[Any]) -> None:
    metadata = {"window-start": "2026-11-01T00:00:00.000Z", "source": "start & end", "note": "50 % für Zoë\n"}

    write_recordings(store.folder / "day.csv", pages, FORMATS["csv"], metadata)
    write_recordings(store.folder / "day.jsonl", pages, FORMATS["jsonl"], metadata)

    for name in ("day.csv", "day.jsonl"):
        assert store.fs.metadata(f"{store.folder.path}/{name}", refresh=True) == {
            "window-start": "2026-11-01T00:00:00.000Z",
            "source": "start & end",
            "note": "50 %25 f%C3%BCr Zo%C3%AB%0A",
        }
