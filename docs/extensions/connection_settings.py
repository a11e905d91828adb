"""The directive `connection-settings`: a table of the connection's fields, or of its extras."""

from __future__ import annotations

from docutils import nodes
from docutils.statemachine import StringList
from settings_table import table
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class ConnectionSettings(SphinxDirective):
    """Shows the table that its argument names."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the parsed table."""
        container = nodes.container(classes=["connection-settings"])
        rows = StringList(table(self.arguments[0]).splitlines(), source=__file__)
        self.state.nested_parse(rows, self.content_offset, container)
        return container.children


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx of the directive."""
    app.add_directive("connection-settings", ConnectionSettings)
    return {"parallel_read_safe": True}
