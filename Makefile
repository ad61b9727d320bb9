# Airlift. `make` lists what there is to do; every target but help sets up first what is missing.
SHELL := /bin/bash
PYTHON := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help setup demo test newest oldest slow airflow doctor bench torture lint lock

help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what is missing: system packages and .venv
	@scripts/setup

# ROWS, APPROVE, IN_PLACE, SOURCE and TARGET given on make's command line reach the demo in its environment.
demo: setup ## Migrate a live shop before your eyes (ROWS=20000 APPROVE=yes IN_PLACE=yes ROLL_BACK=yes)
	@$(PYTHON) -m demo

# A process more than there are processors, each with servers of its own: the tests wait as much as they work.
test: lint ## Lint, type check, and run all the tests
	@$(PYTHON) -m pytest -n $$(( $$(nproc) < 4 ? $$(nproc) + 1 : 4 ))

newest: setup ## The servers' tests once more, on the newest PostgreSQL and MySQL, which are fetched for it (SHORT=yes)
	@scripts/test-newest

oldest: setup ## The servers' tests once more, on the oldest PostgreSQL, which is fetched for it
	@scripts/test-oldest

slow: setup ## The tests that take minutes: all of Airflow killed in mid-run, another torture, more ways
	@$(PYTHON) -m pytest -m slow

airflow: setup ## Run Airflow with this project and your own connections
	@$(PYTHON) -m testbed.airflow

# The connections are those of `make airflow`, or AIRFLOW_CONN_<ID> around this command; AIRFLOW_HOME names another Airflow's.
doctor: export AIRFLOW_HOME ?= $(CURDIR)/.airflow
doctor: setup ## Say what is wrong with a migration and what to do (NAME=shop REPAIR=yes JSON=yes)
	@PYTHONPATH=plugins $(PYTHON) -m airlift doctor "$(or $(NAME),NAME)" $(if $(REPAIR),--repair) $(if $(JSON),--json)

bench: setup ## Measure copy, capture, apply, validation and cutover against their rivals
	@scripts/packages pgcopydb mariadb-client mydumper pgloader
	@$(PYTHON) -m bench

# MINUTES, SEED, SOURCE and TARGET given on make's command line reach it in its environment.
torture: setup ## Migrate under random crashes, freezes and lost connections (MINUTES=10 SEED=4711 SOURCE=mariadb TARGET=postgres)
	@$(PYTHON) -m torture

lint: setup ## Only the linter and the type checker
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy

lock: setup ## Compile requirements.in to requirements.txt, with hashes
	@scripts/lock
