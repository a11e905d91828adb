"""The house stands: imports go down only, in no circle, and the ground floor does no I/O."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = "airflow_provider_webex_recordings"
ROOT = Path(__file__).parent.parent / PACKAGE

FLOORS = {
    "": -1,
    "get_provider_info": 0,
    "webex": 0,
    "connection": 1,
    "journal": 1,
    "retry_policy": 1,
    "run_window": 1,
    "storage": 1,
    "token_store": 1,
    "transport": 1,
    "airflow_errors": 2,
    "hooks": 2,
    "operators": 3,
    "triggers": 3,
    "sensors": 4,
}
# What the ground floor may import besides itself.
GROUND = {
    "__future__",
    "array",
    "collections",
    "contextlib",
    "dataclasses",
    "datetime",
    "email",
    "enum",
    "functools",
    "hashlib",
}
GROUND |= {"itertools", "json", "math", "msgspec", "random", "re", "tenacity", "typing", "urllib", "zoneinfo"}


def modules() -> dict[str, Path]:
    return {
        ".".join((PACKAGE, *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): path
        for path in sorted(ROOT.rglob("*.py"))
    }


def imports(path: Path) -> set[str]:
    """Return the full names of what a module imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def own_imports(path: Path) -> set[str]:
    """Return the modules of this package that a module imports."""
    known = modules()
    names = {name for name in imports(path) if name.split(".")[0] == PACKAGE}
    return {name if name in known else name.rpartition(".")[0] for name in names}


def room(module: str) -> str:
    return module.removeprefix(PACKAGE).lstrip(".").partition(".")[0]


@pytest.mark.parametrize("module", [module for module in modules() if module != PACKAGE])
def test_imports_go_down_only(module: str) -> None:
    for imported in own_imports(modules()[module]):
        if room(imported) != room(module):
            assert FLOORS[room(imported)] < FLOORS[room(module)], f"{module} imports {imported}"


def test_imports_make_no_circle() -> None:
    graph = {module: own_imports(path) - {PACKAGE} for module, path in modules().items() if module != PACKAGE}
    assert list(TopologicalSorter(graph).static_order())


def test_the_front_door_offers_every_name_and_opens_none_before_it_is_asked() -> None:
    code = (
        f"import sys, {PACKAGE} as package; print([name for name in sys.modules if name.startswith('{PACKAGE}.')]);"
        "print([getattr(package, name).__name__ for name in package.__all__ if name != 'WebexRetryPolicy'])"
    )
    loaded, names = run_python(code)
    assert loaded == "[]"
    offered = [
        "ListRecordingsOperator",
        "NewRecordingsEventTrigger",
        "NewRecordingsSensor",
        "WebexError",
        "WebexRecordingsHook",
        "split_period",
    ]
    assert names == str(offered)


def test_the_ground_floor_knows_no_io_clock_sleep_log_or_airflow() -> None:
    for module, path in modules().items():
        if room(module) == "webex":
            foreign = {name.partition(".")[0] for name in imports(path)} - GROUND - {PACKAGE}
            assert not foreign, f"{module} imports {foreign}"
            assert "datetime.now" not in path.read_text()


def test_parsing_a_dag_file_loads_no_http_client_of_ours_and_no_storage() -> None:
    """Airflow parses DAG files all day; what only a running task needs is loaded by the running task."""
    code = (
        "import sys, airflow.providers.common.compat.sdk as sdk; sdk.BaseOperator; sdk.BaseHook;"
        "before = set(sys.modules);"
        f"import {PACKAGE}.operators.webex_recordings; new = set(sys.modules) - before;"
        "print([name for name in new if name.split('.')[0] in {'pyarrow', 'fsspec', 's3fs', 'wtforms', 'flask'}])"
    )
    assert run_python(code)[-1] == "[]"


def run_python(code: str) -> list[str]:
    result = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    return result.stdout.splitlines()
