"""From recordings to a file on local disk or in object storage, all or nothing.

A format turns pages of recordings into bytes, piece by piece, and knows nothing of storage. A storage takes bytes,
makes them appear under their path once they are complete, and knows nothing of formats. `write_recordings` joins them.
"""

from airflow_provider_webex_recordings.storage.atomic.replacing import replacing
from airflow_provider_webex_recordings.storage.formats.json_text import encode_lines
from airflow_provider_webex_recordings.storage.formats.registry import FORMATS, Format, output_format
from airflow_provider_webex_recordings.storage.names import file_name
from airflow_provider_webex_recordings.storage.writing import write_recordings

__all__ = [
    "FORMATS",
    "Format",
    "encode_lines",
    "file_name",
    "output_format",
    "replacing",
    "write_recordings",
]
