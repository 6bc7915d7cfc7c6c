.DEFAULT_GOAL := help
.PHONY: help setup demo test test-neo4j-latest check neo4j prove bench fuzz lock clean

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.setup
DEMO   ?= demo
USERS  ?= 5000
SEED   ?= 7
SECONDS ?= 600
LATEST ?= 2026.05.0
PROOFS ?= none
# Tests run at a time, kept together as tests/scheduling.py says; a server at NEO4J_URI serves one.
JOBS ?= $(if $(NEO4J_URI),0,2)

# One run of the tests loads torch, scikit-learn and kglite into one process, which the product never does; together they
# need more static thread-local storage than glibc keeps free (512 bytes) for libraries that are loaded late.
ROOM   := GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384
# Compiled modules are kept: the tests start many processes, each of which would compile all libraries again.
KEEP   := PYTHONDONTWRITEBYTECODE=

help: ## List what make can do
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-17s %s\n", $$1, $$2}'

setup: $(STAMP) ## Make .venv from requirements.lock (uv is fetched where it is missing)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "graphvine needs Python 3.11 or newer: make setup PYTHON=python3.11")'
	@rm -f $(STAMP)
	@if command -v uv >/dev/null 2>&1; then UV=uv; else \
	  echo "fetching uv into $(VENV)-uv"; test -x $(VENV)-uv/bin/uv || { $(PYTHON) -m venv $(VENV)-uv && $(VENV)-uv/bin/python -m pip install --quiet --disable-pip-version-check uv; } || exit 1; UV=$(VENV)-uv/bin/uv; fi; \
	test -x $(BIN)/python || $$UV venv --quiet --python $(PYTHON) $(VENV) || exit 1; \
	echo "installing the locked packages (about a minute, 6 GB)"; \
	$$UV pip sync --quiet --require-hashes --python $(BIN)/python requirements.lock && \
	$$UV pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@touch $(STAMP)

demo: $(STAMP) ## Set up, make a market and run the whole job on the embedded store
	@test -d $(DEMO)/data || $(BIN)/graphvine data synth $(DEMO)/data --world ev-retail --users $(USERS) --seed $(SEED) --quiet -o $(DEMO)/synth.csv
	@test -f $(DEMO)/graphvine.toml || $(BIN)/graphvine init $(DEMO) --data $(DEMO)/data --quiet
	@$(BIN)/graphvine build $(DEMO)

test: $(STAMP) ## Set up and run the tests; PROOFS=SEED adds a sample of the long proofs, PROOFS=all all of them
	@$(ROOM) $(KEEP) $(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile --proofs $(PROOFS)

test-neo4j-latest: $(STAMP) ## Run the tests that need Neo4j on its latest version (needs Java 21 or newer)
	@$(ROOM) $(KEEP) GRAPHVINE_NEO4J_VERSION=$(LATEST) GRAPHVINE_REQUIRE=neo4j $(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile -m neo4j --proofs all

neo4j: $(STAMP) ## Start a Neo4j server for hand use; its data and password stay in .neo4j
	@$(BIN)/python -m tests.servers.by_hand .neo4j

check: $(STAMP) ## Format, lint, types, import directions and circles, sizes of folders, the files for Docker
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m tests.structure.layout
	@$(BIN)/python -m tests.servers.docker_lint

prove: $(STAMP) ## Run the long proofs in full, resumable; writes .prove/*.json
	@$(ROOM) $(KEEP) $(BIN)/python benchmarks/prove.py

bench: $(STAMP) ## Run the short benchmarks
	@$(BIN)/python benchmarks/prove.py --short

fuzz: $(STAMP) ## Fuzz the record scanner and the decoders for SECONDS (600) of CPU; fetches atheris (Linux)
	@UV=$$(command -v uv || echo $(VENV)-uv/bin/uv); $$UV pip install --quiet --python $(BIN)/python --group fuzz
	@$(BIN)/python benchmarks/fuzz.py --seconds $(SECONDS) $(if $(JSON),--json $(JSON))

lock: ## Resolve pyproject.toml into requirements.lock
	@uv pip compile --quiet --universal --fork-strategy fewest --generate-hashes --custom-compile-command 'make lock' --no-emit-find-links --extra gnn --group dev pyproject.toml -o requirements.lock

clean: ## Remove what make made, except .venv
	@rm -rf $(DEMO) .prove build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
