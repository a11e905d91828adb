"""The errors of a file that cannot be written, as a person reads them."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_provider_webex_recordings.webex.errors import WebexInputError

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import ObjectStoragePath


class ForeignLinkError(Exception):
    """A symbolic link on the way to a path belongs to neither this process's user nor root, and was not followed."""

    def __init__(self, link: Path, owner: int) -> None:
        super().__init__(link, owner)
        self.link, self.owner = link, owner


@contextmanager
def storage_errors(path: ObjectStoragePath) -> Iterator[None]:
    """Make the storage's errors name the path; by themselves they name a temporary file, or none at all.

    :raises WebexInputError: if no file can be written to such a path
    :raises OSError: for everything else, of the same class as the storage's
    """
    try:
        yield
    except (IsADirectoryError, NotADirectoryError, FileExistsError, FileNotFoundError, ForeignLinkError) as error:
        raise WebexInputError("output_path", str(path), _advice(error)) from error
    except PermissionError as error:
        reason = error.strerror or str(error) or "permission denied"
        raise PermissionError(error.errno or errno.EACCES, reason, str(path)) from error
    except OSError as error:
        raise OSError(error.errno or errno.EIO, error.strerror or str(error), str(path)) from error


def _advice(error: Exception) -> str:
    if isinstance(error, ForeignLinkError):
        return (
            f"leads through the symbolic link {error.link}, which belongs to another user (id {error.owner}) and is "
            "not followed; give the path that it leads to, or have the link made by root or by the user of the worker"
        )
    if isinstance(error, IsADirectoryError):
        return "is a folder, or something else that is not a file; end the path with / to write into a folder"
    if isinstance(error, FileNotFoundError):
        return f"leads to a bucket or folder that does not exist ({error}); create it first, or correct the path"
    return f"uses a file as if it were a folder ({error}); correct the path"


def another_run() -> OSError:
    """Return the error of a run whose unfinished file was removed by a run that started later."""
    return OSError(errno.EBUSY, "another run started writing to the same path; this run's file was discarded")
