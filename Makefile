# The one list of commands. Only Python >= 3.11 with venv and pip is needed: `make setup` brings the rest into .venv.

PYTHON ?= python3
BIN    := .venv/bin
UV     := $(BIN)/uv
PIN    := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url
PYTEST := $(BIN)/python -m pytest
# Peers of the benchmark. Those whose packages exclude the others' live alone.
PEERS  := .venv-bench .venv-bench-crewai .venv-bench-prefect

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format bench soak pins clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.stamp ## install everything into .venv

demo: setup ## run the examples: one killed and resumed, all with their reports
	$(BIN)/python examples/demo.py
	$(BIN)/python examples/reports.py

test: setup ## run all tests
	$(PYTEST) --numprocesses auto --dist loadfile

check: setup ## lint, types, import contract, house rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(PYTEST) --quiet tests/house

format: setup ## rewrite the code as `make check` wants it
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: setup $(PEERS:=/.stamp) ## measure beside the peers (installed into .venv-bench*)
	$(BIN)/python -m benchmarks

soak: setup ## run the soak tests at full length, and ten thousand simulations
	$(BIN)/python -m tests.simulation 0 10000
	SOAK=1 $(PYTEST) --numprocesses 2 --dist worksteal --timeout 3600 -m soak

pins: setup ## resolve requirements/*.txt anew
	$(PIN) --upgrade --extra js pyproject.toml --output-file requirements/runtime.txt
	for set in dev bench bench-crewai bench-prefect uv; do $(PIN) --upgrade requirements/$$set.in --output-file requirements/$$set.txt || exit 1; done

clean: ## remove what the other commands made
	rm -rf .venv $(PEERS) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist

# The stamp is older than a requirement or the project file exactly when an install is due.
.venv/.stamp: requirements/uv.txt requirements/runtime.txt requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else \
	    "Statewright needs Python >= 3.11. Name one: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/uv.txt
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes \
	    --requirement requirements/runtime.txt --requirement requirements/dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(PEERS:=/.stamp): .venv-%/.stamp: requirements/%.txt | .venv/.stamp
	$(PYTHON) -m venv --without-pip .venv-$*
	$(UV) pip install --quiet --python .venv-$*/bin/python --require-hashes --requirement requirements/$*.txt
	@touch $@
