# Gradatim from a fresh clone: `make demo`, `make test`. Everything is installed into .venv by pip, at pinned versions.
#
#   PYTHON=python3.12     another interpreter (3.11 or newer)
#   TORCH_INDEX=URL       another build of torch, for example https://download.pytorch.org/whl/cpu (no CUDA libraries)
#                         or https://download.pytorch.org/whl/cu130; without it pip takes its own index's default
#   PORT=8001 HOST=...    where to serve
#   ONCE=1                `make demo` ends by itself when the comparison is complete
#   PROCESSES=2           how many share the tests, each with a database and a broker of its own
#   PYTEST_ARGS=...       passed to pytest

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
ONCE ?=
TORCH_INDEX ?=
PROCESSES ?= 2
PYTEST_ARGS ?=

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install -qq --disable-pip-version-check --no-input

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' $(MAKEFILE_LIST) | expand -t 16

.PHONY: demo
demo: $(VENV)/.runtime ## the whole application with its demo, until Ctrl-C (ONCE=1: until the demo is complete)
	@exec $(PY) -m apps.local up --demo $(if $(filter-out 0,$(ONCE)),--once) --host $(HOST) --port $(PORT)

.PHONY: up
up: $(VENV)/.runtime ## the whole application without the demo, until Ctrl-C
	@exec $(PY) -m apps.local up --host $(HOST) --port $(PORT)

.PHONY: test
test: lint ## lint and every test; gets a browser where there is none
	@browser="$$(sh scripts/browser.sh)" && GRADATIM_BROWSER="$$browser" $(PY) -m pytest -n $(PROCESSES) --dist loadgroup --no-loadscope-reorder $(PYTEST_ARGS)

.PHONY: lint
lint: $(VENV)/.test ## style, formatting, and the direction of imports
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check --quiet . || { $(PY) -m ruff format --check .; exit 1; }
	@$(VENV)/bin/lint-imports > $(VENV)/imports.log || { cat $(VENV)/imports.log; exit 1; }

.PHONY: docs
docs: .cache/docs/.made ## the documentation as a site, in build/docs/ (links are checked)
	@NO_MKDOCS_2_WARNING=1 .cache/docs/bin/mkdocs build --strict --quiet && echo "Open build/docs/index.html."

.PHONY: env
env: $(VENV)/.test ## only install

.PHONY: clean
clean: ## remove what was installed and cached; var/ with its data stays
	rm -rf $(VENV) .cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist *.egg-info
	find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +

# -- installation: a stamp a step, each made again when its requirements change -----------------------------------------

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "$(PYTHON) is missing or older than 3.11: name another interpreter with PYTHON=python3.12." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) has no venv module: install it (on Debian: apt-get install python3-venv)." >&2; exit 1; }
	@$(PY) -c 'import pip' 2>/dev/null || { rm -rf $(VENV); $(PYTHON) -m venv $(VENV); }
	@touch $@

$(VENV)/.torch: requirements/torch.txt | $(VENV)/.made
	@echo "Installing torch ..."
	@$(PIP) $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) -c requirements/lock.txt -r requirements/torch.txt
	@touch $@

$(VENV)/.runtime: requirements/lock.txt $(VENV)/.torch
	@echo "Installing the other packages ..."
	@$(PIP) -r requirements/lock.txt
	@$(PY) -m compileall -q -j 2 apps gradatim workers >/dev/null || true
	@touch $@

.cache/docs/.made: requirements/docs.txt | $(VENV)/.made
	@$(PY) -m venv .cache/docs
	@.cache/docs/bin/python -m pip install -qq --disable-pip-version-check --no-input -r requirements/docs.txt
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.runtime
	@echo "Installing what the tests need ..."
	@$(PIP) -r requirements/test.txt
	@touch $@
