# Homeward. Two commands matter: `make run` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help run setup test setup-test check format bench proof lock
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
PRODUCT := app config providers matching notifications migrations
UV_LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup ## set everything up and serve the demonstration at http://127.0.0.1:8000
	@exec $(BIN)/homeward serve --prepare

setup: ## install what Homeward runs on, without running it
	@sh config/set_up.sh run

setup-test:
	@sh config/set_up.sh test

test: setup-test ## run every test, the browser's one by one beside the others
	@$(BIN)/python -m pytest -n auto --no-loadscope-reorder

check: setup-test ## style, types, who may import whom, known dangers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive --severity-level medium --confidence-level medium $(PRODUCT)

format: setup-test ## put the code into the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup-test ## measure speed and memory; one JSON line for each figure
	@$(BIN)/python -m tests.bench

proof: setup-test ## prove at length what the tests show by a short slice; takes many minutes
	@$(BIN)/python -m tests.proof

lock: setup ## bring the lock files in line with requirements*.in and package.json
	$(UV_LOCK) requirements-dev.in -o requirements-dev.lock
	$(UV_LOCK) requirements.in -c requirements-dev.lock -o requirements.lock
	$(UV_LOCK) requirements-node.in -o requirements-node.lock
	$(UV_LOCK) requirements-setup.in -o requirements-setup.lock
	npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --no-audit --no-fund
