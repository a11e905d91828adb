# What a contributor types; `make` alone lists it. CONTRIBUTING.md says what each target needs.

# 3.11 or newer.
PYTHON ?= python3
NEWEST = 3.3.2
OLDEST = 2.11.2
# For pytest: `make test ARGS="-k window"`.
ARGS ?=
# For uv: `make lock LOCK_FLAGS=--upgrade`. Without, what is locked stays as long as it fits.
LOCK_FLAGS ?=

IN_NEWEST = .venv/bin
IN_OLDEST = .venv-oldest/bin
PYTEST = pytest -n 2 --dist worksteal $(ARGS)

.PHONY: help demo airflow test test-oldest system-test backfill-test bench bench-triggerer docs format format-check lint types check lock dist clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 18

demo: .venv/.installed ## run the main job on a real Airflow against a stand-in Webex, and show what came of it
	$(IN_NEWEST)/python -m tests.demo

airflow: .venv/.installed ## the same, and leave Airflow up with its UI
	$(IN_NEWEST)/python -m tests.demo --stay

test: .venv/.installed ## run the tests on the newest Airflow
	$(IN_NEWEST)/$(PYTEST)

test-oldest: .venv-oldest/.installed ## run the tests on the oldest Airflow
	$(IN_OLDEST)/$(PYTEST)

system-test: .venv/.installed ## run the tests that need a whole Airflow
	$(IN_NEWEST)/pytest -m system tests/system --ignore=tests/system/test_backfill.py $(ARGS)

backfill-test: .venv/.installed ## back-fill ninety daily runs through a real scheduler: some five minutes
	$(IN_NEWEST)/pytest -m system tests/system/test_backfill.py $(ARGS)

bench: .venv-bench/.installed ## compare speed and memory with other clients, and draw it: some twelve minutes
	.venv-bench/bin/python -m benchmarks $(ARGS)

bench-triggerer: .venv-bench/.installed ## measure a thousand deferred sensors in one triggerer: some four minutes
	.venv-bench/bin/python -m benchmarks.triggerer $(ARGS)

docs: .venv/.installed ## build the manual into .docs/html; a warning or a dead link within it is an error
	$(IN_NEWEST)/python -m sphinx --builder html --nitpicky --fail-on-warning --keep-going --quiet \
		--doctree-dir .docs/doctrees docs .docs/html
	@echo "Open .docs/html/index.html"

format: .venv/.installed ## format the code, and repair what ruff can
	$(IN_NEWEST)/ruff check --fix-only .
	$(IN_NEWEST)/ruff format .

format-check: .venv/.installed
	$(IN_NEWEST)/ruff format --check .

lint: .venv/.installed
	$(IN_NEWEST)/ruff check .

types: .venv/.installed
	$(IN_NEWEST)/mypy
	$(IN_NEWEST)/pytest -q -m types tests/task/test_types.py

check: format-check lint types test ## format, lint, types, tests: before every commit

lock: .venv-uv/bin/uv ## write the constraint files again
	@$(call compile,$(NEWEST),constraints.txt,dev --extra docs)
	@$(call compile,$(OLDEST),constraints-oldest.txt,dev)
	@$(call compile,$(NEWEST),constraints-bench.txt,bench)

dist: .venv-uv/bin/uv ## build the package, as source and as wheel
	rm -rf dist
	.venv-uv/bin/uv build --quiet --build-constraints constraints.txt

clean: ## remove the environments and everything else that was made
	rm -rf .venv .venv-oldest .venv-bench .venv-uv .demo .docs .mypy_cache .ruff_cache .pytest_cache .hypothesis dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.installed: constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(call install,$(PYTHON),.venv,constraints.txt,dev$(COMMA)docs)

.venv-bench/.installed: constraints-bench.txt pyproject.toml
	@$(call install,$(PYTHON),.venv-bench,constraints-bench.txt,bench)

# Airflow 2 knows no Python after 3.12.
.venv-oldest/.installed: constraints-oldest.txt pyproject.toml
	@for python in "$(PYTHON)" python3.12 python3.11 none; do \
		$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null && break; \
	done; \
	if [ $$python = none ]; then echo "Airflow $(OLDEST) needs Python 3.11 or 3.12: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; fi; \
	$(call install,$$python,.venv-oldest,constraints-oldest.txt,dev)

.venv-uv/bin/uv:
	$(PYTHON) -m venv .venv-uv
	.venv-uv/bin/pip install -qq uv

# $(call install,python,environment,constraints,extra). Two variables, because pip constrains the build of this package
# by the first up to version 25.2, and by the second from then on.
install = echo "Installing into $(2), which takes a minute or two ..." && $(1) -m venv $(2) \
	&& PIP_CONSTRAINT=$(3) PIP_BUILD_CONSTRAINT=$(3) PIP_DISABLE_PIP_VERSION_CHECK=1 \
		$(2)/bin/pip install -qq --editable '.[$(4)]' \
	&& touch $(2)/.installed

COMMA = ,

# $(call compile,version of Airflow,file,extra): exact versions for every Python, and no trace of where they come from.
compile = { echo apache-airflow==$(1); $(BUILD_REQUIREMENTS); } | .venv-uv/bin/uv pip compile --quiet --universal \
		--python-version 3.11 --no-header --no-annotate --no-emit-index-url --no-emit-find-links $(LOCK_FLAGS) \
		--extra $(3) --output-file $(2) - pyproject.toml >/dev/null \
	&& ! grep -nE '^-|[/@]' $(2)
BUILD_REQUIREMENTS = $(PYTHON) -c 'import tomllib; \
	print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")'
