# What a user and a developer run; `make help` lists it. Everything goes into .venv.

PYTHON ?= python3
BIN := .venv/bin
SOURCES := $(shell find zisk_py transpiler emulator statemachines pil stark cli examples \
	\( -name '*.py' -o -name '*.p[yx][xdi]' -o -name '*.[ch]' -o -name '*.pil' -o -name '*.lark' \) 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow lint types format bench clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: .venv/built ## Install into .venv, then execute, prove and verify the bundled programs
	@$(BIN)/zisk-py demo

test: .venv/built .venv/dev ## Install what the tests need, then run the default suite
	$(BIN)/pytest -n 2

test-slow: .venv/built .venv/dev ## Run the long tests too
	$(BIN)/pytest -n 2 -m "slow or not slow"

lint: .venv/built .venv/dev ## Check format and style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/cython-lint --max-line-length 110 $(filter %.pyx %.pxd,$(SOURCES))

types: .venv/built .venv/dev ## Check types, strictly
	$(BIN)/mypy

format: .venv/dev ## Format all Python files
	$(BIN)/ruff format .

bench: .venv/built ## Measure the hot paths and whole proofs
	@for file in bench/[a-z]*.py; do $(BIN)/python $$file || exit 1; done

clean: ## Remove what was built, the environment included
	rm -rf .venv build dist *.egg-info statemachines/zkvm.system
	find . -name '*.cpython-*.so' -delete

# Installing compiles everything; afterwards only what changed is compiled.
.venv/built: pyproject.toml setup.py .ci/install $(SOURCES)
	@if test .venv/installed -nt pyproject.toml && test .venv/installed -nt .ci/install; then \
		.ci/install rebuild; \
	else \
		.ci/install package "$(PYTHON)" && touch .venv/installed; \
	fi
	@touch $@

.venv/dev: pyproject.toml .ci/install | .venv/built
	@.ci/install tools
	@touch $@
