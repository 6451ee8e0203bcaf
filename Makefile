# The two commands that matter: make serve, make test.
.PHONY: env serve test lint format bench crash faults soak security audit fuzz lock wheel screenshots clean help

BIN := .venv/bin
HOST ?= 127.0.0.1
PORT ?= 8000
# Processes that tests run in, a file at a time in one; 0 for none.
WORKERS ?= 2
# Arguments for pytest: make test ARGS="tests/test_cli.py -x"
ARGS ?=

help: ## Say what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

env: .venv/.ready ## Make .venv with CPU torch and Patella

.venv/.ready: pyproject.toml constraints.txt tools/make_env.sh tools/cpu_torch.sh
	@tools/make_env.sh
	@touch $@

.venv/.ready-test: pyproject.toml constraints.txt tools/make_env.sh tools/cpu_torch.sh
	@tools/make_env.sh test
	@touch .venv/.ready $@

serve: .venv/.ready ## Index the shipped library at first use, and serve on port 8000
	@$(BIN)/patella serve --host $(HOST) --port $(PORT)

test: .venv/.ready-test ## Run the tests, with line coverage
	@$(BIN)/python tools/find_chromium.py
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --cov --cov-report=term:skip-covered --cov-fail-under=90 $(ARGS)

lint: .venv/.ready-test ## Lint, check types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: .venv/.ready-test ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: .venv/.ready-test ## Judge search and answers on our own questions
	@$(BIN)/patella evaluate --split test

crash: .venv/.ready-test ## Kill the work on a library 500 times and look at what is left
	@$(BIN)/python -m bench.crash

faults: .venv/.ready-test ## Spoil files, fill the disk, set the clock back, and hold a library against it
	@$(BIN)/python -m bench.faults

soak: .venv/.ready-test ## Half an hour of readers and a writer, then a crowd
	@$(BIN)/python -m bench.soak --minutes 30

.venv/.ready-audit: .venv/.ready-test
	@$(BIN)/pip --disable-pip-version-check --quiet install -c constraints.txt -e '.[audit]'
	@touch $@

security: .venv/.ready-audit ## Try every threat of docs/security.md, lint for faults, list what it is made of
	@$(BIN)/python -m bench.hardening security

audit: .venv/.ready-audit ## Lint for faults, ask for known ones of what is installed, list what it is made of
	@$(BIN)/python -m bench.hardening audit

fuzz: .venv/.ready-test ## Hostile input by the thousand for the API, every parser and every reader
	@$(BIN)/python -m bench.hardening fuzz

screenshots: .venv/.ready-test ## Take a picture of every page, phone and desktop, light and dark
	@$(BIN)/python tools/screenshots.py

wheel: .venv/.ready-test ## Build the wheel and do the main job from it alone
	@tools/check_wheel.sh

lock: .venv/.ready-test ## Pin what is installed now
	@$(BIN)/pip freeze --exclude-editable | grep -v '^nvidia' | sed -E 's/\+cpu$$//' >constraints.txt
	@tools/lock_hashes.sh

clean: ## Remove what was made here; the library's data directory stays
	rm -rf .venv build dist *.egg-info .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
