# The commands that people type. Each sets up what it needs in .venv first.
# PYTHON chooses the interpreter that .venv is made with: make test PYTHON=python3.13

PYTHON ?= python3
BIN    := .venv/bin
# Byte code is made when a module is first used; making all of it would take half of the set-up's time.
PIP     = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
STRICT := --stepfunctions-engine localstack --stepfunctions-python .venv-strict/bin/python

.DEFAULT_GOAL := help
.PHONY: help demo test test-strict lint format up down snapshots pictures bench screenshots faults soak clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/.local  ## Walk one drink order through both workflows, then stop everything
	@$(BIN)/espresso demo

test: .venv/.test  ## Run the tests
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(if $(ARGS),$(ARGS),--stepfunctions-coverage-required)

test-strict: .venv/.test  ## Run the flow tests on the strict engine (LocalStack, in an environment of its own)
	@$(BIN)/python -m local.strict
	@$(BIN)/python -m pytest tests/flows $(STRICT) $(if $(ARGS),$(ARGS),--stepfunctions-coverage-required)

lint: .venv/.lint  ## Check style (ruff) and types (mypy, strict)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: .venv/.lint  ## Put the code into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

up: .venv/.local  ## Start the local stack and leave it running
	@$(BIN)/espresso up $(ARGS)

down: .venv/.local  ## Stop the local stack
	@$(BIN)/espresso down $(ARGS)

snapshots: .venv/.test  ## Accept what the workflows compile to now; read the diff before you commit
	@$(BIN)/python -m pytest --quiet --snapshot-update tests/workflows

pictures: .venv/.local  ## Make the generated parts of README.md and docs/ anew
	@$(BIN)/python -m local.pages

bench: .venv/.test  ## Measure what the documentation claims
	@$(BIN)/python -m bench $(ARGS)

screenshots: .venv/.test  ## Take the pictures of the console anew
	@$(BIN)/python -m tests.console.screenshots

faults: .venv/.test  ## Repeat what the fault tests did with a seed: make faults SEED=7
	@FAULTS_SEED=$(SEED) $(BIN)/python -m pytest tests/faults tests/model $(ARGS)

soak: .venv/.test  ## Let customers, baristas, timers and crashes act for as long as you like: make soak SECONDS=600
	@SOAK_SECONDS=$(or $(SECONDS),300) $(BIN)/python -m pytest tests/faults tests/model $(ARGS)

clean:  ## Remove the environment, the caches and the local stack's files
	@rm -rf .venv .venv-strict .espresso .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info

.venv/.python:
	@command -v $(PYTHON) >/dev/null || { echo "There is no '$(PYTHON)' here. Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; '$(PYTHON)' is $$($(PYTHON) -V 2>&1 | cut -d' ' -f2). Name a newer one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "'$(PYTHON)' cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Making the environment .venv with $$($(PYTHON) -V)"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.local: .venv/.python pyproject.toml
	@echo "Installing what the local stack needs (about 250 MB, half a minute)"
	@$(PIP) --editable '.[local]'
	@touch $@

.venv/.test: .venv/.local pyproject.toml
	@echo "Installing what the tests need"
	@$(PIP) --editable '.[local,test]'
	@touch $@

.venv/.lint: .venv/.test pyproject.toml
	@echo "Installing what the checks need"
	@$(PIP) --editable '.[local,test,lint]'
	@touch $@
