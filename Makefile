# The commands that people type. Each sets up what it needs in .venv first.
# PYTHON chooses the interpreter that .venv is made with: make test PYTHON=python3.13

PYTHON ?= python3
NAMED  := $(filter-out file,$(origin PYTHON))
BIN    := .venv/bin
# Byte code is made when a module is first used; making all of it would take half of the set-up's time. Where the
# environment forbids it, as many container images do, every process would compile Pulumi and botocore again.
export PYTHONDONTWRITEBYTECODE :=
# Every version is that of constraints.txt; `make upgrade` moves them.
PIP     = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt
STRICT := --stepfunctions-engine localstack --stepfunctions-python .venv-strict/bin/python

.DEFAULT_GOAL := help
.PHONY: help demo test test-ministack test-strict test-newest lint format up down snapshots pictures bench screenshots faults soak \
	dist upgrade clean FORCE

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/.local  ## Walk one drink order through both workflows, then stop everything
	@$(BIN)/espresso demo

test: .venv/.test  ## Run the tests
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(if $(ARGS),$(ARGS),--stepfunctions-coverage-required)

test-ministack: .venv/.test  ## Run the flow tests on MiniStack
	@$(BIN)/python -m pytest tests/flows --stepfunctions-engine ministack $(if $(ARGS),$(ARGS),--stepfunctions-coverage-required)

test-strict: .venv/.test  ## Run the flow tests on the strict engine (LocalStack, in an environment of its own)
	@$(BIN)/python -m local.environments.strict
	@$(BIN)/python -m pytest tests/flows $(STRICT) $(if $(ARGS),$(ARGS),--stepfunctions-coverage-required)

test-newest: .venv/.python  ## Run the tests with the newest versions that pyproject.toml admits, in an environment of its own
	@$(BIN)/python -m local.environments.environment --like-me .venv-newest
	@echo "Installing the newest versions"
	@.venv-newest/bin/python -m pip install --quiet --disable-pip-version-check --no-compile \
		--upgrade --upgrade-strategy eager --editable '.[local,test]'
	@.venv-newest/bin/python -m local.environments.versions --installed
	@.venv-newest/bin/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(ARGS)

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
	@$(BIN)/python -m local.documentation.pages

bench: .venv/.test  ## Measure what the documentation claims
	@$(BIN)/python -m bench $(ARGS)

screenshots: .venv/.test  ## Take the pictures of the console anew
	@$(BIN)/python -m tests.console.screenshots

faults: .venv/.test  ## Repeat what the fault tests did with a seed: make faults SEED=7
	@FAULTS_SEED=$(SEED) $(BIN)/python -m pytest tests/faults tests/model $(ARGS)

soak: .venv/.test  ## Let customers, baristas, timers and crashes act for as long as you like: make soak SECONDS=600
	@SOAK_SECONDS=$(or $(SECONDS),300) $(BIN)/python -m pytest tests/faults tests/model $(ARGS)

dist: .venv/.python  ## Build the libraries that are installed by name, each a wheel, into dist/
	@$(BIN)/python -m local.environments.distributions $(ARGS)

upgrade: .venv/.python  ## Resolve all versions anew and show what moved; or only some: make upgrade ARGS="ruff mypy"
	@$(BIN)/python -m local.environments.versions $(ARGS)

clean:  ## Remove the environments, the caches and the local stack's files
	@rm -rf .venv .venv-strict .venv-newest .espresso .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info

# Looked at each time: an environment that was moved with its checkout, whose interpreter is gone, or is not the one that
# PYTHON names, is made anew. One that `pulumi up` made is taken as it is.
.venv/.python: FORCE
	@test -z "$(NAMED)" && $(BIN)/python -m local.environments.environment --check 2>/dev/null || { \
		command -v $(PYTHON) >/dev/null || { echo "There is no '$(PYTHON)' here. Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3"; exit 1; }; \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; '$(PYTHON)' is $$($(PYTHON) -V 2>&1 | cut -d' ' -f2). Name a newer one: make PYTHON=python3.12"; exit 1; }; \
		$(PYTHON) -m local.environments.environment $(if $(NAMED),--like-me); }
	@test -e $@ || touch $@

.venv/.local: .venv/.python pyproject.toml constraints.txt
	@echo "Installing what the local stack needs (about 250 MB, half a minute)"
	@$(PIP) --editable '.[local]'
	@$(BIN)/python -m local.environments.environment --scripts
	@touch $@

.venv/.test: .venv/.local pyproject.toml constraints.txt
	@echo "Installing what the tests need"
	@$(PIP) --editable '.[local,test]'
	@$(BIN)/python -m local.environments.environment --scripts
	@touch $@

.venv/.lint: .venv/.test pyproject.toml constraints.txt
	@echo "Installing what the checks need"
	@$(PIP) --editable '.[local,test,lint]'
	@$(BIN)/python -m local.environments.environment --scripts
	@touch $@
