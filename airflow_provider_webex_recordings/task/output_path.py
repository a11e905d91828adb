"""Where a task writes: checked when the DAG is read, as far as it is known then, and again when the task runs."""

from __future__ import annotations

import re

from airflow_provider_webex_recordings.webex.errors import WebexInputError

# Two slashes and a name, as in file://data/x, are a path in the worker's working directory.
_ABSOLUTE = re.compile(r"/|(?:file|local)://(?:[^/]*@)?/|(?!file:|local:)[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_TEMPLATE = re.compile(r"\{[{%#]")
_GIVE = (
    "give an absolute path or a URI, such as file:///var/lib/recordings/ or s3://aws_default@my-bucket/recordings/, or "
    "leave output_path out to get the recordings in XCom"
)


def check_early(given: object) -> None:
    """Check a path that is known when the DAG is read; templates and results of other tasks are not.

    :raises WebexInputError: as `rendered` does
    """
    if (isinstance(given, str) or hasattr(given, "suffix")) and not _TEMPLATE.search(str(given)):
        rendered(given)


def rendered(given: object) -> str:
    """Return a path as text; that of a folder ends with a slash.

    :param given: text, or a path object, once templates are rendered
    :raises WebexInputError: if it is anything else, or relative, or a path object that may stand for a folder
    """
    if not isinstance(given, str):
        _check_object(given)
    if not _ABSOLUTE.match(str(given)):
        raise WebexInputError("output_path", str(given), f"is not absolute; {_GIVE}")
    return str(given)


def _check_object(given: object) -> None:
    suffix = getattr(given, "suffix", None)
    if suffix is None:
        raise WebexInputError("output_path", given, f"is not text; {_GIVE}")
    # A folder's name may end with a version, as in v1.2.
    if not suffix[1:2].isalpha():
        raise WebexInputError(
            "output_path",
            str(given),
            "is a path object without a suffix, and path objects lose the slash that ends a folder; give a folder as "
            f"text, output_path='{str(given).rstrip('/')}/', and the path of a file as text or with its suffix",
        )
