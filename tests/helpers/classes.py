"""The classes that a folder of the package defines, found there: a new one is in every test about all of them."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path
from typing import Any, is_typeddict

PACKAGE = "airflow_provider_webex_recordings"
ROOT = Path(__file__).parents[2] / PACKAGE


def modules(kind: str) -> list[str]:
    """The full names of the modules of a folder, such as ``operators``, and of the folders in it."""
    files = sorted(path.relative_to(ROOT.parent) for path in (ROOT / kind).rglob("*.py"))
    return [".".join(file.with_suffix("").parts) for file in files if file.name != "__init__.py"]


def classes(kind: str, base: type = object) -> list[Any]:
    """The public classes of a folder that have a base."""
    found = [item for name in modules(kind) for item in vars(import_module(name)).values() if inspect.isclass(item)]
    return [
        item
        for item in dict.fromkeys(found)
        if item.__module__ in modules(kind)
        and item.__name__[0] != "_"
        and not is_typeddict(item)
        and issubclass(item, base)
    ]
