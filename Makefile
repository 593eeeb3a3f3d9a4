# make demo: set up and run the demo study.  make test: set up and run all checks and tests.
PYTHON     ?= python3
VENV       ?= .venv
BIN        := $(VENV)/bin
DEMO       ?= results/demo
DEMO_FLAGS ?=
STAMP      := $(VENV)/.installed

.PHONY: demo test check bench install clean

demo: install
	$(BIN)/iohnas demo --out $(DEMO) $(DEMO_FLAGS)

test: check
	$(BIN)/python -m pytest -q -n auto

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy nas_problems optimizers ela experiments tests benchmarks
	$(BIN)/lint-imports

bench: install
	for script in benchmarks/bench_*.py; do $(BIN)/python $$script || exit 1; done

install: $(STAMP)

# pflacco pins numpy 1.24 and cannot be resolved beside ioh; its code runs on today's numpy, so it is
# installed last and without its dependencies (pip prints a warning about the pins).
$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	$(BIN)/python -m pip install --quiet --no-deps pflacco==1.2.2 pyDOE==0.3.9
	touch $(STAMP)

clean:
	rm -rf $(VENV) results
