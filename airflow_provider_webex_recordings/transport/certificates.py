"""Which certificates are trusted."""

from __future__ import annotations

import ssl
from functools import lru_cache
from pathlib import Path

import certifi


@lru_cache(maxsize=8)
def ssl_context(verify: str | bool) -> ssl.SSLContext:
    """Return a context that trusts a PEM file or a directory of them; for True, the certificates `requests` ships.

    Reading the certificates takes some 20 ms, which the triggerer's event loop must not spend on every trigger.

    :raises OSError: if there is nothing readable at the path
    """
    path = verify if isinstance(verify, str) else certifi.where()
    return ssl.create_default_context(capath=path) if Path(path).is_dir() else ssl.create_default_context(cafile=path)
