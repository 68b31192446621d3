# What a user and a developer run; `make help` lists it. Everything goes into .venv.

PYTHON ?= python3
BIN := .venv/bin
SOURCES := $(shell find zisk_py transpiler emulator statemachines pil stark cli examples \
	\( -name '*.py' -o -name '*.p[yx][xdi]' -o -name '*.[ch]' -o -name '*.pil' -o -name '*.lark' \) 2>/dev/null)

.DEFAULT_GOAL := help
# Tests of compiled code and of what reads foreign bytes into it; the sanitizers run them with red zones around
# small objects of Python too, three times as long.
COMPILED := tests/stark tests/emulator tests/end_to_end tests/fuzz tests/attacks/test_crashes.py
NORMAL := --ignore tests/test_packaging.py  # it looks at the normal build, in the folders of the sources
FUZZ_SECONDS ?= 60
TARGETS ?= $$(PYTHONPATH=tests $(BIN)/python -m fuzz.targets)

.PHONY: help demo test test-slow debug sanitize fuzz lint types format bench clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: .venv/built ## Install into .venv, then execute, prove and verify the bundled programs
	@$(BIN)/zisk-py demo

test: .venv/built .venv/dev ## Install what the tests need, then run the default suite
	$(BIN)/pytest -n 2

test-slow: .venv/built .venv/dev ## Run the long tests too
	$(BIN)/pytest -n 2 -m "slow or not slow"

debug: .venv/built .venv/dev ## Run the default suite on a build that checks the bounds of every array access
	.ci/use debug
	.ci/use debug $(BIN)/pytest -n 2 $(NORMAL)

sanitize: .venv/built .venv/dev ## Run it on a build that checks addresses and undefined behaviour in C and Cython
	.ci/use sanitize
	.ci/use sanitize $(BIN)/pytest -n 2 $(NORMAL)
	PYTHONMALLOC=malloc .ci/use sanitize $(BIN)/pytest -n 2 $(COMPILED)

fuzz: .venv/built .venv/dev .venv/fuzz ## Fuzz every reader of foreign bytes for FUZZ_SECONDS (60), or some: TARGETS="elf pil"
	@mkdir -p build/fuzz
	@for target in $(TARGETS); do \
		mkdir -p build/fuzz/$$target && \
		$(BIN)/python tests/fuzz/run.py $$target -max_total_time=$(FUZZ_SECONDS) \
			-artifact_prefix=build/fuzz/$$target- build/fuzz/$$target || exit 1; \
	done

lint: .venv/built .venv/dev ## Check format and style
	$(BIN)/ruff format --check .
	$(BIN)/zisk-py pil format --check pil statemachines examples
	$(BIN)/ruff check .
	PATH="$(CURDIR)/$(BIN):$$PATH" cython-lint --max-line-length 110 $(filter %.pyx %.pxd,$(SOURCES))

types: .venv/built .venv/dev ## Check types, strictly
	$(BIN)/mypy

format: .venv/built .venv/dev ## Format all Python and PIL files
	$(BIN)/ruff format .
	$(BIN)/zisk-py pil format pil statemachines examples

bench: .venv/built .venv/dev ## Measure the hot paths and whole proofs
	@for file in bench/[a-z]*.py; do $(BIN)/python $$file || exit 1; done

clean: ## Remove what was built, the environment included
	rm -rf .venv build dist *.egg-info statemachines/zkvm.system pil/grammar.tables
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

.venv/fuzz: pyproject.toml .ci/install | .venv/built
	@.ci/install fuzz
	@touch $@
