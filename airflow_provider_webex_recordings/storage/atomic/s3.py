"""An object in S3, which appears when its multipart upload is completed."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote

from airflow_provider_webex_recordings.storage.atomic.errors import another_run

log = logging.getLogger(__name__)

# The smallest part that S3 accepts; it bounds the memory that an upload needs.
BLOCK_SIZE = 5 * 2**20
# What a header may hold as it is, except for the sign that begins an escape.
PRINTABLE = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")


class PendingS3Object:
    """An upload to the key itself: no other key ever appears in the bucket.

    :param fs: an s3fs file system
    :param path: bucket and key
    :param metadata: the object's user metadata. It is sent in headers, so anything but ASCII is percent-encoded
    """

    def __init__(self, fs: Any, path: str, metadata: Mapping[str, str]) -> None:
        self._fs, self._path = fs, path
        self._bucket, self._key, _ = fs.split_path(path)
        if not self._key or self._key.endswith("/"):
            raise IsADirectoryError(path)
        self._abort_uploads()
        self._refuse_folder()
        self._metadata = {name: quote(value, safe=PRINTABLE) for name, value in metadata.items()}
        # With autocommit, closing the file after an error would complete the upload.
        self._file = fs.open(path, "wb", autocommit=False, block_size=BLOCK_SIZE, Metadata=self._metadata)

    def write(self, data: bytes) -> None:
        """Append data."""
        with _detect_another_run():
            self._file.write(data)

    def commit(self) -> None:
        """Complete the upload."""
        if self._file.tell() == 0:
            self.discard()
            # s3fs would complete an empty file without its metadata.
            self._fs.touch(self._path, Metadata=self._metadata)
            return
        with _detect_another_run():
            self._file.close()
            self._file.commit()

    def discard(self) -> None:
        """Abort the upload."""
        # An open file would continue the upload when it is garbage-collected.
        self._file.closed = True
        with suppress(FileNotFoundError):
            self._file.discard()

    def _abort_uploads(self) -> None:
        """Abort uploads of this key that killed runs left behind: S3 does not list them as objects, but bills them.

        One answer lists the first 1000 uploads whose key begins with this one, sorted, so this key's come first.
        """
        try:
            answer = self._fs.call_s3("list_multipart_uploads", Bucket=self._bucket, Prefix=self._key)
            for upload in answer.get("Uploads", []):
                if upload["Key"] == self._key:
                    with suppress(FileNotFoundError):
                        self._fs.abort_mpu(self._bucket, self._key, upload["UploadId"])
        except FileNotFoundError:
            raise
        except OSError as error:
            needed = "s3:ListBucketMultipartUploads and s3:AbortMultipartUpload"
            log.warning(
                "Could not list unfinished uploads of %s (%s); this needs the permissions %s", self._path, error, needed
            )

    def _refuse_folder(self) -> None:
        try:
            answer = self._fs.call_s3("list_objects_v2", Bucket=self._bucket, Prefix=f"{self._key}/", MaxKeys=1)
        except PermissionError:
            return
        if answer.get("Contents"):
            raise IsADirectoryError(self._path)


@contextmanager
def _detect_another_run() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        if "NoSuchUpload" in str(error.__cause__):
            raise another_run() from error
        raise
