# Talanoa: `make demo` to try it, `make test` to see that everything holds, `make help` for the rest.

PYTHON ?= python3
BIN := .venv/bin
CORES := $(shell nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2)
# Tests wait for others a third of their time: post offices, browsers, disks.
PROCESSES := $(shell expr $(CORES) + 1)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-reset test test-sqlite test-postgresql test-long check bench bench-mail bench-import bench-draft bench-queries bench-search bench-consultation lock words clean

help: ## list what there is to make
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: .venv/run ## make .venv with .venv/bin/talanoa

demo: .venv/run ## a community that lives, to try everything with; Ctrl-C ends it
	@$(BIN)/talanoa demo

demo-reset: .venv/run ## the same, begun anew
	@$(BIN)/talanoa demo --reset

test: check test-sqlite test-postgresql ## everything: rules of the house, tests on both databases

check: .venv/test
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

test-sqlite: .venv/test
	TALANOA_TEST_DB=sqlite $(BIN)/pytest -q -n $(PROCESSES) --durations=8

test-postgresql: .venv/test
	TALANOA_TEST_DB=postgresql $(BIN)/pytest -q -n $(PROCESSES) --durations=8

test-long: .venv/test ## the long campaigns of faults, and the whole suite, on both databases
	TALANOA_TEST_DB=postgresql TALANOA_TEST_WHOLE=1 $(BIN)/pytest -q -n $(PROCESSES)
	TALANOA_TEST_DB=sqlite $(BIN)/pytest -q -m long --timeout=7200
	TALANOA_TEST_DB=postgresql $(BIN)/pytest -q -m long --timeout=7200

bench: .venv/test ## how fast, against a reference in the same run
	@for file in bench/*.py; do echo; $(BIN)/python $$file || exit 1; done

bench-mail: .venv/test ## how well mail is understood
	@$(BIN)/python bench/mail_reading.py

bench-queries: .venv/test ## how well the query service finds
	@$(BIN)/python bench/finding.py

bench-search: .venv/test ## how well and how fast search finds
	@$(BIN)/python bench/search.py

bench-import: .venv/test ## how fast archives come in, and how well what belongs together is found
	@$(BIN)/python bench/migration.py

bench-draft: .venv/test ## how well conversations are drafted
	@$(BIN)/python bench/drafting.py

bench-consultation: .venv/test ## how well passages are followed from draft to draft, and how fast a large consultation is
	@$(BIN)/python bench/consultation.py

words: .venv/run ## gather the words for translators, and compile what they translated
	@$(BIN)/python tools/words.py

lock: ## write the lock files anew, after a change in pyproject.toml
	$(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip -q install uv
	set -e; compile() { .venv-lock/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --custom-compile-command "make lock" -q "$$@"; }; \
	compile --group build -o requirements/run.lock; \
	compile --group build --extra postgres --extra s3 --extra providers -o requirements/server.lock; \
	compile --group test --extra postgres --extra s3 --extra providers -o requirements/test.lock
	rm -rf .venv-lock

clean: ## remove what was made, but no state
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/run: requirements/run.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Talanoa needs Python 3.11 or newer; name it with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "Python's venv is missing; on Debian and Ubuntu install it with: apt install python3-venv"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install -q --require-hashes -r requirements/run.lock
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

.venv/test: requirements/test.lock .venv/run
	$(BIN)/pip install -q --require-hashes -r requirements/test.lock
	@touch $@
