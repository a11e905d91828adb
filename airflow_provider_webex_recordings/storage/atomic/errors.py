"""What a person reads when a file cannot be written."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from airflow_provider_webex_recordings.webex.errors import WebexInputError

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import ObjectStoragePath


@contextmanager
def naming(path: ObjectStoragePath) -> Iterator[None]:
    """Let an error of the storage name the path; the storage itself names a temporary file, or none at all.

    :raises WebexInputError: where no file can be written to such a path
    :raises OSError: for all else, of the same kind as the storage's
    """
    try:
        yield
    except (IsADirectoryError, NotADirectoryError, FileExistsError, FileNotFoundError) as error:
        raise WebexInputError("output_path", str(path), _advice(error)) from error
    except PermissionError as error:
        raise PermissionError(error.errno or errno.EACCES, f"may not be written ({error})", str(path)) from error
    except OSError as error:
        raise OSError(error.errno or errno.EIO, error.strerror or str(error), str(path)) from error


def _advice(error: OSError) -> str:
    if isinstance(error, IsADirectoryError):
        return "is a folder, or something else that is no file; end the path with / to write into a folder"
    if isinstance(error, FileNotFoundError):
        return f"leads to a bucket or folder that is not there ({error}); make it first, or mend the path"
    return f"leads through a file as if that were a folder ({error}); mend the path"


def another_run() -> OSError:
    """Return the error of a run whose unfinished file was removed by one that began later."""
    return OSError(errno.EBUSY, "another run began to write the same path, so this one did not")
