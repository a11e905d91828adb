"""Who may read a file that takes the place of another one."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from airflow_provider_webex_recordings.storage.atomic.links import is_trusted

ANYONE_READS_AND_WRITES = 0o666
PERMISSIONS = 0o777


def create_private(path: Path) -> int:
    """Create a file that only its owner may read, and return it as a file descriptor to write to."""
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)


def mode_of_new_files(probe: Path) -> int:
    """Return the mode that a new file gets in a folder.

    The umask decides, or the folder's default ACL, as for the files of every other program: there an administrator has
    said already which services read the folder. A mode of our own would lock out some of them, or let in others.

    :param probe: a path in the folder that nothing else uses; an empty file is there for a moment
    """
    file = os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, ANYONE_READS_AND_WRITES)
    try:
        return stat.S_IMODE(os.fstat(file).st_mode)
    finally:
        os.close(file)
        probe.unlink()


def take_over(file: int, replaced: Path, new: int) -> None:
    """Give a file the mode and the group of the one that it is about to replace.

    Another user's file cannot make this one readable to more than a new one would be, and its group is not taken.

    :param file: a file descriptor
    :param replaced: the path of the other file, which need not exist
    :param new: the mode of a new file
    """
    mode, group = new, None
    with suppress(FileNotFoundError):
        found = replaced.lstat()
        mode = found.st_mode & PERMISSIONS
        if is_trusted(found.st_uid):
            group = found.st_gid
        else:
            mode &= new
    # A file system without modes or groups refuses both; the file stays as it was created.
    with suppress(OSError):
        if group is not None and not _give(file, group):
            # What a group was allowed is not for another group: that one gets what all others get.
            mode = mode & ~0o070 | (mode & 0o007) << 3
        os.fchmod(file, mode)


def _give(file: int, group: int) -> bool:
    """Return whether a file has a group, after having tried to give it to that group."""
    if os.fstat(file).st_gid != group:
        with suppress(PermissionError):
            os.fchown(file, -1, group)
    return os.fstat(file).st_gid == group
