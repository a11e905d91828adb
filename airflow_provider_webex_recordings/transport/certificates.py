"""Which certificates are trusted."""

from __future__ import annotations

import ssl
from functools import lru_cache
from pathlib import Path

import certifi


def ssl_context(verify: str | bool) -> ssl.SSLContext:
    """Return a context that trusts a PEM file or a directory of them; for True, the certificates `requests` ships.

    :raises OSError: if there is nothing readable at the path
    """
    path = Path(verify if isinstance(verify, str) else certifi.where())
    found = path.stat()
    return _read(path, (found.st_ino, found.st_mtime_ns, found.st_size))


# Reading takes some 20 ms, which must be spent neither on every connection nor, on the event loop, on every trigger.
@lru_cache(maxsize=8)
def _read(path: Path, _version: tuple[int, ...]) -> ssl.SSLContext:
    return ssl.create_default_context(capath=path) if path.is_dir() else ssl.create_default_context(cafile=path)
