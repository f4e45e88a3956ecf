# Every target does its own setup first, and works without a network once that is done.
#   make demo | test | test-unit | check | bench | lock | setup | clean
# PYTHON=python3.12 chooses the interpreter, VENV=.venv-3.12 the virtual environment.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV ?= .venv
BIN := $(VENV)/bin
DISTRIBUTIONS := core contracts $(sort $(patsubst %/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml)))
TESTS := tests $(wildcard $(addsuffix /tests,$(DISTRIBUTIONS)) examples/*/tests)

# An interpreter counts only if it runs (a shim may not) and has what a virtual environment and the store need.
USABLE := import ensurepip, sqlite3, ssl, sys, venv; sys.exit(sys.version_info < (3, 11))
ifeq ($(origin PYTHON),undefined)
  CANDIDATES := $(BIN)/python python3.13 python3.12 python3.11 python3
else
  CANDIDATES := $(PYTHON)
endif
INTERPRETER := $(shell for p in $(CANDIDATES); do "$$p" -c '$(USABLE)' 2>/dev/null && { echo "$$p"; break; }; done)
VERSION := $(if $(INTERPRETER),$(shell $(INTERPRETER) -c 'import sys; print("%d.%d" % sys.version_info[:2])'))

# The stamp carries everything that decides the content of the environment.
STATE := $(shell cat requirements.lock $(addsuffix /pyproject.toml,$(DISTRIBUTIONS)) | cksum | cut -d' ' -f1)
STAMP := $(VENV)/.ready-$(VERSION)-$(STATE)

.PHONY: help setup demo test test-unit check bench lock clean

help:
	@sed -n 's/^# \{0,1\}//;1,3p' Makefile

setup: $(STAMP)

$(STAMP):
	@if [ -z "$(INTERPRETER)" ]; then \
	  echo "No usable Python found (tried: $(CANDIDATES))." >&2; \
	  echo "Backhaul needs Python 3.11 or newer with its venv, ssl and sqlite3 modules." >&2; \
	  echo "Install one, or name yours: make PYTHON=/path/to/python3.12 setup" >&2; exit 1; fi
	@if [ "$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" != "$(VERSION)" ]; then \
	  echo "setup: creating $(VENV) with Python $(VERSION)"; \
	  "$(INTERPRETER)" -m venv --clear "$(VENV)"; fi
	@echo "setup: installing the locked dependencies (the only step that needs a network)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock \
	  || { echo "setup: pip could not install requirements.lock; see its message above (is a package index reachable?)" >&2; exit 1; }
	@echo "setup: installing $(DISTRIBUTIONS) from this checkout"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index \
	  $(foreach d,$(DISTRIBUTIONS),-e $(d))
	@rm -f $(VENV)/.ready-* && touch $(STAMP)

demo: $(STAMP)
	@echo "demo: running the product against simulated back offices"
	@$(BIN)/backhaul demo

test: $(STAMP)
	@echo "test: all tests, two at a time"
	@$(BIN)/python -m pytest -q -n 2 --durations=10 $(TESTS)

test-unit: $(STAMP)
	@echo "test-unit: the tests of each distribution"
	@$(BIN)/python -m pytest -q -n 2 $(filter-out tests,$(TESTS))

check: $(STAMP)
	@echo "check: format"
	@$(BIN)/ruff format --check .
	@echo "check: lint"
	@$(BIN)/ruff check .
	@for d in $(DISTRIBUTIONS); do echo "check: types of $$d"; $(BIN)/mypy $$d/src; done
	@echo "check: types of tests and scripts"
	@$(BIN)/mypy --explicit-package-bases conftest.py $(TESTS) $(wildcard contracts/*.py bench/*.py)
	@echo "check: import directions"
	@$(BIN)/lint-imports

bench: $(STAMP)
	@for script in $(filter-out bench/harness.py,$(wildcard bench/*.py)); do \
	  echo "bench: $$script"; $(BIN)/python "$$script" || exit 1; done

lock: $(STAMP)
	@echo "lock: resolving requirements.lock from core/pyproject.toml and the dev group (needs a network)"
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --all-extras core/pyproject.toml --group pyproject.toml:dev \
	  --no-emit-package backhaul-contracts -o requirements.lock $(LOCK_OPTIONS)

clean:
	@echo "clean: removing $(VENV), caches and build output"
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
