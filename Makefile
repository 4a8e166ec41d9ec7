# Everything a contributor runs. `make demo` and `make test` set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
PACKAGES := graph embeddings recommend api

.DEFAULT_GOAL := help
.PHONY: help demo serve test check fast torture bench docs neo4j neo4j-stop kafka kafka-stop lock clean

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /  make \1|/' | column -t -s '|'

$(UV): requirements/bootstrap.txt
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("tastegraph needs Python 3.11 or newer: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/bootstrap.txt
	@touch $@

$(VENV)/.train: $(UV) requirements/train.txt pyproject.toml
	@echo "Installing tastegraph with training (torch brings 5.4 GB; about two minutes) ..."
	VIRTUAL_ENV=$(VENV) $(UV) pip install --require-hashes -r requirements/train.txt
	VIRTUAL_ENV=$(VENV) $(UV) pip install --no-deps --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.train requirements/dev.txt
	VIRTUAL_ENV=$(VENV) $(UV) pip install --require-hashes -r requirements/dev.txt
	@touch $@

demo: $(VENV)/.train ## set up, load Ciao, train, evaluate, serve on 127.0.0.1:8000 (CHECK=1: ask itself and stop)
	$(BIN)/tastegraph demo $(if $(CHECK),--check)

test: $(VENV)/.dev check ## set up, lint, type-check and run every test
	$(BIN)/python -m pytest

check: $(VENV)/.dev ## lint, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fast: $(VENV)/.dev ## the tests that are not slow
	$(BIN)/python -m pytest -m "not slow"

torture: $(VENV)/.dev ## kill processes of a service under load at random (KILLS=200 SEED=1 DATA=folder to copy) and count
	$(BIN)/python -m tests.faults.torture --kills $(or $(KILLS),200) --seed $(or $(SEED),1) $(if $(DATA),--data $(DATA))

bench: $(VENV)/.dev ## the timed runs, recorded under benchmarks/results
	$(BIN)/python -m benchmarks

docs: $(VENV)/.dev ## build the documentation into site/
	$(BIN)/mkdocs build --strict

neo4j: $(VENV)/.dev ## start a real Neo4j server without Docker and print how to use it (a JDK of 21 or newer, Maven)
	@$(BIN)/python -m tests.servers.neo4j start

neo4j-stop: $(VENV)/.dev ## stop it; its data stay
	@$(BIN)/python -m tests.servers.neo4j stop

kafka: $(VENV)/.dev ## start a real Kafka broker without Docker and print its address (a JDK of 17 or newer, Maven)
	@$(BIN)/python -m tests.servers.kafka start

kafka-stop: $(VENV)/.dev ## stop it; its data stay
	@$(BIN)/python -m tests.servers.kafka stop

COMPILE := pip compile --universal --generate-hashes --no-annotate --no-header --python-version 3.11 --quiet
lock: $(UV) ## pin requirements/*.txt anew
	$(UV) $(COMPILE) requirements/bootstrap.in -o requirements/bootstrap.txt
	$(UV) $(COMPILE) pyproject.toml --extra kafka --extra trace -o requirements/serve.txt
	$(UV) $(COMPILE) pyproject.toml --extra train --extra kafka --extra trace -o requirements/train.txt
	$(UV) $(COMPILE) pyproject.toml --extra train --extra docs --extra notebooks --extra dev -o requirements/dev.txt

clean: ## remove what make made, but not your data
	rm -rf $(VENV) site dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
