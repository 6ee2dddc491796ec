# Everything is done from here; `make` alone tells what there is.
# A second `make setup` finds its stamps and does nothing, also without a network.

SHELL := /bin/sh
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
VENDOR := portal/static/vendor
PO := $(wildcard portal/translations/*/LC_MESSAGES/*.po plugins/*/translations/*/LC_MESSAGES/*.po)
MO := $(PO:.po=.mo)
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo worker test bench planted mutants lint types sure migration upgrade clean

help:  ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/installed $(VENDOR)/copied $(MO)  ## Build .venv and the front-end files from the locks

.venv/locked: requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/installed: .venv/locked pyproject.toml
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

node_modules/installed: package-lock.json package.json .npmrc | .venv/locked
	$(BIN)/npm ci --ignore-scripts --no-update-notifier --loglevel=error
	@touch $@

$(VENDOR)/copied: node_modules/installed tools/vendor.py tools/icons.txt portal/static/mark.svg | .venv/locked
	$(BIN)/python tools/vendor.py
	@touch $@

%.mo: %.po | .venv/locked
	$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

demo: setup  ## Fill a tenant with made-up people and open it in the browser
	$(BIN)/portal demo

worker: setup  ## Do background work for a portal on PostgreSQL
	$(BIN)/portal worker

test: setup  ## Run every test that this machine can run, and say which it cannot
	$(BIN)/pytest -n $(WORKERS) --dist loadfile

bench: setup  ## Measure, and compare with the figures kept
	$(BIN)/python -m benchmarks

planted: setup  ## Plant faults one at a time and see that the tests notice each
	$(BIN)/python tools/plant.py

mutants: setup  ## Change the guarding modules bit by bit and see that the tests notice
	$(BIN)/python tools/mutate.py

lint: setup  ## Check style, form and the order of the parts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: setup  ## Check the types
	$(BIN)/mypy

sure: lint types test  ## Run all of the checks

migration: setup  ## Write the next revision from the tables (name=what_it_does)
	@test -n "$(name)" || { echo "make migration name=add_something"; exit 1; }
	@mkdir -p build && rm -f build/migration.db
	$(BIN)/alembic -x url=sqlite:///build/migration.db upgrade head
	$(BIN)/alembic -x url=sqlite:///build/migration.db revision --autogenerate -m "$(name)"

upgrade: setup  ## Bring the database in PORTAL_DATABASE up to date
	$(BIN)/alembic upgrade head

clean:  ## Remove everything that can be made again
	rm -rf .venv node_modules build $(VENDOR) .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find portal plugins -name '*.mo' -delete
