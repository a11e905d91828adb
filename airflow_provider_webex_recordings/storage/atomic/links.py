"""Symbolic links on the way to a file: followed where nobody else can have made them."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from airflow_provider_webex_recordings.storage.atomic.errors import ForeignLinkError

# As many as Linux follows.
LONGEST_CHAIN = 40


def is_trusted(owner: int) -> bool:
    """Return whether a user id is this process's own, or root's."""
    return owner in (0, os.geteuid())


def follow_links(path: Path) -> Path:
    """Return where a path leads, without a link in it. Nothing needs to exist there.

    The kernel's own protection against foreign links (`fs.protected_symlinks`) does not see links that a program reads.

    :raises ForeignLinkError: if a link on the way, or one that such a link leads to, belongs to another user
    :raises OSError: if the links lead in a circle, or a folder on the way cannot be searched
    """
    reached, ahead, links = Path("/"), list(reversed((Path.cwd() / path).parts)), 0
    while ahead:
        name = ahead.pop()
        here = reached.parent if name == ".." else reached / name
        owner = _owner_of_link(here)
        if owner is None:
            reached = here
            continue
        if not is_trusted(owner):
            raise ForeignLinkError(here, owner)
        links += 1
        if links > LONGEST_CHAIN:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
        ahead += reversed(here.readlink().parts)
    return reached


def _owner_of_link(path: Path) -> int | None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return found.st_uid if stat.S_ISLNK(found.st_mode) else None
