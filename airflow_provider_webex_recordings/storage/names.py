"""Names of files that are safe in every kind of store."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence

from airflow_provider_webex_recordings.webex.windows import TimeWindow

#: in bytes. File systems take 255, and an unfinished file has some more than its name
LONGEST = 200
DIGEST_LENGTH = 12
# Of ids that are shortened; with everything else in a name they stay below the longest.
_LONGEST_IDS = 120
_DAG = re.compile(r"[a-z0-9_][a-z0-9_-]*")
_TASK = re.compile(r"[a-z0-9_.-]+")


def file_name(ids: Sequence[str], map_index: int | None, window: TimeWindow, suffix: str) -> str:
    """Return a name that no other task, map index or window has.

    It is ``dag.task.window.suffix``, or for a mapped task ``dag.task.index.window.suffix``. Where that could be the
    name of another one too, a digest of all ids stands before the suffix: where an id has capitals, which some stores
    take for small letters, or letters beyond ASCII, which are replaced by ``_``; where the DAG's id has a dot, or the
    task's id ends like a map index; and where the ids are shortened, so that the name has at most 200 bytes.

    :param ids: of the DAG, of the task, and of what in the task has a name of its own
    :param map_index: None or negative if the task is not mapped
    :param window: what the file covers
    :param suffix: without the dot before it
    """
    index = [] if map_index is None or map_index < 0 else [str(map_index)]
    covered = window.compact()
    name = ".".join([*ids, *index, covered, suffix])
    if _is_ordinary(ids) and len(name) <= LONGEST:
        return name
    each = _LONGEST_IDS // len(ids)
    readable = ".".join(_safe(one)[:each] for one in ids).lstrip(".-") or "_"
    return ".".join([readable, *index, covered, _digest([*ids], index, covered), suffix])


def _is_ordinary(ids: Sequence[str]) -> bool:
    """Return whether the ids can be told from each other, and from a map index, once dots join them."""
    if len(ids) != 2:
        return False
    dag, task = ids
    last = task.rpartition(".")[2]
    return bool(_DAG.fullmatch(dag) and _TASK.fullmatch(task)) and not last.isdigit()


def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", text)


def _digest(*parts: object) -> str:
    """Return some digits that differ where the parts do; JSON keeps parts apart whatever is in them."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:DIGEST_LENGTH]
