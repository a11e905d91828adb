"""What a listing read and wrote, for whoever collects lineage."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import BaseHook, ObjectStoragePath
    from airflow.providers.openlineage.extractors import OperatorLineage


def asset_uri(path: ObjectStoragePath) -> str:
    """Return a path as others name it: without the Airflow connection in it."""
    return f"{path.protocol or 'file'}://{path.path}"


def collect(hook: BaseHook, source: str, path: ObjectStoragePath) -> None:
    """Report both to Airflow's hook lineage; without a reader installed this does nothing."""
    # Airflow's own collector imports what every provider knows of assets, boto3 too, even where nobody reads it.
    if not _has_readers():
        return
    from airflow.providers.common.compat.lineage.hook import get_hook_lineage_collector

    collector = get_hook_lineage_collector()  # type: ignore[no-untyped-call]
    collector.add_input_asset(hook, uri=source)
    collector.add_output_asset(hook, uri=asset_uri(path))


def _has_readers() -> bool:
    """Whether a plugin reads hook lineage."""
    try:
        from airflow.sdk.plugins_manager import get_hook_lineage_readers_plugins
    except ImportError:
        # Airflow before 3.2.
        plugins_manager: Any = import_module("airflow.plugins_manager")
        plugins_manager.initialize_hook_lineage_readers_plugins()
        return bool(plugins_manager.hook_lineage_reader_classes)
    return bool(get_hook_lineage_readers_plugins())


def extend_outlet_events(context: Any, outlets: list[Any], path: ObjectStoragePath, summary: dict[str, Any]) -> None:
    """Put the summary into the event of every asset the task updates; an alias gets the path as its asset."""
    from airflow.providers.common.compat.sdk import Asset

    for outlet in outlets:
        if isinstance(outlet, Asset):
            context["outlet_events"][outlet].extra = summary
        elif type(outlet).__name__ in ("AssetAlias", "DatasetAlias"):
            context["outlet_events"][outlet].add(Asset(asset_uri(path)), extra=summary)


def openlineage(source: str, target: str | None) -> OperatorLineage[Any, Any]:
    """Return both sides as OpenLineage names them.

    https://openlineage.io/docs/spec/naming
    """
    from airflow.providers.openlineage.extractors import OperatorLineage

    outputs = [] if target is None else [_dataset(target)]
    return OperatorLineage(inputs=[_dataset(source)], outputs=outputs)


def _dataset(uri: str) -> Any:
    from airflow.providers.common.compat.openlineage.facet import Dataset

    parts = urlsplit(uri)
    if parts.scheme == "file":
        return Dataset(namespace="file", name=parts.path)
    return Dataset(namespace=f"{parts.scheme}://{parts.netloc}", name=parts.path.lstrip("/") or "/")
