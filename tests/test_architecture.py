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
    "version": -1,
    "webex": 0,
    "storage": 1,
    "transport": 1,
    "connection": 2,
    "hooks": 3,
    "task": 4,
    "operators": 5,
    "triggers": 5,
    "sensors": 6,
    # The door, through which everything is reached, and which nothing goes back to.
    "get_provider_info": 7,
    "": 7,
}
#: the same inside the ground floor
WEBEX_FLOORS = {
    "errors": 0,
    "limits": 0,
    "quoting": 0,
    "recording": 0,
    "times": 0,
    "messages": 1,
    "windows": 1,
    "pace": 2,
    "query": 2,
    "sending": 3,
    "tokens": 4,
    "call": 5,
    "listing": 6,
}
# What the ground floor may import besides itself.
GROUND = {
    "__future__",
    "array",
    "base64",
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


def wing(module: str) -> str:
    """Return the room of the ground floor that a module stands in."""
    return room(module.removeprefix(f"{PACKAGE}.webex"))


@pytest.mark.parametrize("module", modules())
def test_imports_go_down_only(module: str) -> None:
    for imported in own_imports(modules()[module]):
        if room(imported) != room(module):
            assert FLOORS[room(imported)] < FLOORS[room(module)], f"{module} imports {imported}"


@pytest.mark.parametrize("module", [name for name in modules() if name.startswith(f"{PACKAGE}.webex.")])
def test_imports_go_down_only_inside_the_ground_floor_too(module: str) -> None:
    for imported in own_imports(modules()[module]):
        if wing(imported) != wing(module):
            assert WEBEX_FLOORS[wing(imported)] < WEBEX_FLOORS[wing(module)], f"{module} imports {imported}"


def test_imports_make_no_circle() -> None:
    assert list(TopologicalSorter({module: own_imports(path) for module, path in modules().items()}).static_order())


def test_the_root_holds_the_door_only() -> None:
    assert {path.name for path in ROOT.iterdir() if path.is_file()} == {
        "__init__.py",
        "get_provider_info.py",
        "py.typed",
        "version.py",
    }


def test_every_module_is_read_at_one_sitting() -> None:
    assert {module: lines for module, path in modules().items() if (lines := path.read_text().count("\n")) > 300} == {}


def test_no_module_looks_like_a_test_file() -> None:
    assert not [name for name in modules() if name.rpartition(".")[2].startswith("test_") or name.endswith("_test")]


def test_the_front_door_offers_every_name_and_opens_none_before_it_is_asked() -> None:
    code = (
        f"import sys, {PACKAGE} as package; print([name for name in sys.modules if name.startswith('{PACKAGE}.')]);"
        "names = [name for name in package.__all__ if name not in ('WebexRetryPolicy', '__version__')];"
        "print([getattr(package, name).__name__ for name in names])"
    )
    loaded, names = run_python(code)
    assert loaded == f"['{PACKAGE}.version']"
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


def test_nobody_imports_relatively() -> None:
    for folder in (PACKAGE, "tests", "benchmarks", "example_dags"):
        for path in (ROOT.parent / folder).rglob("*.py"):
            imports(path)


def test_what_needs_no_airflow_is_tested_without_it() -> None:
    collected = ["tests/webex", "tests/transport", "tests/connection/test_settings.py", "tests/task/test_window.py"]
    code = (
        f"import pytest, sys; pytest.main(['-q', '--collect-only', '-p', 'no:cacheprovider', *{collected}]);"
        "print('tests' in sys.modules, 'airflow' in sys.modules)"
    )
    assert run_python(code)[-1] == "True False"


def test_parsing_a_dag_file_loads_no_http_client_of_ours_and_no_storage() -> None:
    """Airflow parses DAG files all day; what only a running task needs is loaded by the running task."""
    code = (
        "import sys, airflow.providers.common.compat.sdk as sdk; sdk.BaseOperator; sdk.BaseHook;"
        "before = set(sys.modules);"
        f"import {PACKAGE}.operators.webex_recordings, {PACKAGE}.sensors.webex_recordings;"
        "print(' '.join(set(sys.modules) - before))"
    )
    loaded = run_python(code)[-1].split()
    heavy = {"pyarrow", "fsspec", "s3fs", "wtforms", "flask", "requests", "urllib3", "aiohttp", "msgspec"}
    assert not [name for name in loaded if name.split(".")[0] in heavy]
    rooms = {room(name) for name in loaded if name.startswith(f"{PACKAGE}.")}
    assert rooms - {"version"} == {"operators", "sensors", "task", "webex"}


def run_python(code: str) -> list[str]:
    result = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    return result.stdout.splitlines()
