"""How Sphinx builds the manual: `make docs`."""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).parent
sys.path[:0] = [str(DOCS.parent), str(DOCS / "extensions")]

# Importing Airflow writes its configuration into its home, which must not be the reader's.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow-of-the-manual-")
atexit.register(shutil.rmtree, os.environ["AIRFLOW_HOME"], ignore_errors=True)

from airflow_provider_webex_recordings import __version__  # noqa: E402 - after the path is set

project = "airflow-provider-webex-recordings"
author = copyright = f"the authors of {project}"  # noqa: A001 - Sphinx's name
version = release = __version__
language = "en"

logging.getLogger("airflow").setLevel(logging.WARNING)

extensions = ["myst_parser", "sphinx.ext.autodoc", "connection_settings", "plain_classes"]
exclude_patterns = ["extensions"]

# Each heading down to the third level can be linked to, in the way that forges do it; a link to none is an error.
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_class_signature = "mixed"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
maximum_signature_line_length = 60
add_module_names = False
toc_object_entries_show_parents = "hide"
default_role = "code"

nitpicky = True
# What is not documented here: Python's own, Airflow's, and names that annotations alone use. The sites that document
# them would have to be asked over the network.
nitpick_ignore_regex = [("py:.*", r"(?!airflow_provider_webex_recordings\.[A-Z]\w*$).*")]

html_theme = "furo"
html_title = project
html_show_sphinx = False
html_copy_source = False
html_static_path = ["static"]
html_css_files = ["manual.css"]
