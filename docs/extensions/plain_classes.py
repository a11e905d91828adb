"""Leaves out that a class is made without returning anything, which autodoc says beside what a task returns."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx


def _leave_out_return_type(_app: Sphinx, domain: str, objtype: str, content: nodes.Element) -> None:
    if (domain, objtype) == ("py", "class"):
        for field in list(content.findall(nodes.field)):
            if [part.astext() for part in field.children] == ["rtype", "None"]:
                field.parent.remove(field)


def setup(app: Sphinx) -> dict[str, bool]:
    """Run after autodoc has added what annotations say."""
    app.connect("object-description-transform", _leave_out_return_type, priority=900)
    return {"parallel_read_safe": True}
