"""The tests stand where what they test stands, and use what everyone may use."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "airflow_provider_webex_recordings"

#: these have no counterpart in the package
APART = {"fault_rows", "helpers", "system", "webex_api"}
#: what several modules of a room do together, or a module whose name says less than the story
STORIES = {
    "connection": {"errors", "token_sharing"},
    "hooks": {
        "event_loop",
        "faults",
        "hook_http",
        "lazy_listing",
        "listing_properties",
        "parallel_listing",
        "parallel_waits",
    },
    "operators": {
        "constant_memory",
        "first_file",
        "list_recordings_operator",
        "object_storage",
        "operator_in_airflow",
        "output_paths",
    },
    "sensors": {"new_recordings_sensor", "waiting_errors"},
    "storage": {"constant_memory"},
    "storage/atomic": {"all_or_nothing", "full_disk", "kills"},
    "storage/formats": {"formats", "read_back", "spreadsheets"},
    "task": {"divided_time", "filters_everywhere", "types"},
    "transport": {
        "answers_of_their_own",
        "exchanges",
        "failed_exchanges",
        "requests_session",
        "shared_connections",
    },
    "triggers": {"event_trigger", "new_recordings_trigger"},
}
#: private names that tests use all the same, and whose they are
USED_PRIVATELY = {
    ("helpers/token_memory.py", "_tokens"),  # ours: a new process is played by a process that forgets
    ("triggers/test_poll_times.py", "_get_next_poke_interval"),  # Airflow's: our waits are compared with its own
}


def test_a_test_stands_where_its_module_stands() -> None:
    lost = set()
    for path in TESTS.glob("*/**/test_*.py"):
        room, name = path.parent.relative_to(TESTS), path.stem.removeprefix("test_")
        if room.parts[0] not in APART and name not in STORIES.get(room.as_posix(), ()):
            lost |= {path} if not (PACKAGE / room / f"{name}.py").exists() else set()

    assert lost == set()


def test_tests_use_no_private_names() -> None:
    found = {(path.relative_to(TESTS).as_posix(), name) for path in TESTS.rglob("*.py") for name in private_names(path)}

    assert found == USED_PRIVATELY


def private_names(path: Path) -> Iterator[str]:
    """Yield the private names that a file takes from others' modules and objects."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) not in ("self", "cls", "super()"):
            names = [node.attr]
        elif isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.startswith("_") and not name.endswith("__"))
