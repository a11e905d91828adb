"""Processes that have loaded Airflow already: each is a fork of one that did, once for all tests of a worker."""

from __future__ import annotations

import multiprocessing

FORKS = multiprocessing.get_context("forkserver")
# There is one such process, and it loads nothing more once it runs: here is all that any test needs there.
FORKS.set_forkserver_preload(["tests.helpers.killed_writer", "tests.helpers.big_files"])
