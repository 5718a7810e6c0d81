# Needs Python 3.11 or newer with pip and venv, and make; everything else comes from the lock files.

PYTHON ?= python3
STORE ?= demo.db
WORKERS ?= 2
UPGRADE ?=

BIN := .venv/bin
# Wheels only: a source archive would download build tools that no lock names. Python compiles what it imports when
# it does; compiling everything beforehand takes as long as the rest of the installation.
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --no-compile --require-hashes --only-binary :all:
# The locked build backend looks for its own command on the PATH.
INSTALL_TRIALOG := PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pip install --quiet --disable-pip-version-check \
	--no-index --no-deps --no-build-isolation --editable .
COMPILE := UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --custom-compile-command "make lock" $(UPGRADE)

# What is imported is compiled once and kept: the tests start hundreds of processes that import the same.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test types layers compiled validation lock

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

demo: .venv/.runtime ## walk through a trial in a fresh store (demo.db; STORE=... keeps and uses yours)
ifeq ($(origin STORE),file)
	@rm -rf demo.db demo.db-journal demo.db-shm demo.db-wal demo.db.keys demo.db.signer
endif
	@$(BIN)/trialog demo --store "$(STORE)"

test: .venv/.dev ## run every check, stopping at the first that fails (WORKERS=2)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory --jobs 2 types layers compiled
	$(BIN)/pytest -n $(WORKERS)

types:
	$(BIN)/mypy

layers:
	$(BIN)/lint-imports

# While one processor checks types, the other compiles the tests and what they import, once for all workers.
compiled:
	@$(BIN)/pytest --collect-only -qq >/dev/null 2>&1 || true

validation: .venv/.dev ## run the tests and write the validation record (validation/)
	$(BIN)/pytest -n $(WORKERS) --validation-run validation/run.json
	@rm -f validation/validation.html validation/validation.pdf
	$(BIN)/trialog validation report --run validation/run.json --out validation

lock: .venv/.dev ## rewrite the lock files from pyproject.toml (UPGRADE=--upgrade takes newer versions)
	$(COMPILE) --group pip --output-file requirements-pip.lock
	$(COMPILE) pyproject.toml --group build --output-file requirements.lock
	$(COMPILE) pyproject.toml --group dev --constraints requirements.lock --output-file requirements-dev.lock

# pip is what a venv without ensurepip lacks, so a half-made .venv is made again.
$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo 'Trialog needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 ...' >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.pip: requirements-pip.lock | $(BIN)/pip
	$(INSTALL) -r requirements-pip.lock
	@touch $@

.venv/.runtime: requirements.lock pyproject.toml .venv/.pip
	$(INSTALL) -r requirements.lock
	$(INSTALL_TRIALOG)
	@touch $@

# The development lock holds the runtime lock, version for version.
.venv/.dev: requirements-dev.lock requirements.lock pyproject.toml .venv/.pip
	$(INSTALL) -r requirements-dev.lock
	$(INSTALL_TRIALOG)
	@touch .venv/.runtime $@
