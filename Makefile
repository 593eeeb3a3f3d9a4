# make demo: set up and run the demo study.  make test: set up and run all checks and tests.
# make docs: build the documentation; open site/index.html.
PYTHON     ?= python3
VENV       ?= .venv
BIN        := $(VENV)/bin
PIP        := $(BIN)/python -m pip --disable-pip-version-check
DEMO       ?= results/demo
DEMO_FLAGS ?=
SITE       ?= site

.PHONY: demo test check bench docs install install-dev clean

demo: install
	$(BIN)/iohnas demo --out $(DEMO) $(DEMO_FLAGS)

test: check
	$(BIN)/python -m pytest -q -n auto

check: install-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy nas_problems optimizers ela experiments tests benchmarks docs
	$(BIN)/lint-imports

bench: install-dev
	$(BIN)/python -m benchmarks

# Strict: a docstring that does not fit its function, or a link that leads nowhere, ends the build. (--quiet would hide these.)
docs: $(VENV)/.installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --site-dir $(SITE)

install: $(VENV)/.installed

install-dev: $(VENV)/.installed-dev

# pflacco pins numpy 1.24 and cannot be resolved beside ioh; its code runs on today's numpy, so it is
# installed last and without its dependencies (pip prints a warning about the pins).
$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --editable .
	$(PIP) install --quiet --no-deps pflacco==1.2.2 pyDOE==0.3.9
	touch $@

$(VENV)/.installed-dev: pyproject.toml $(VENV)/.installed
	$(PIP) install --quiet --editable ".[dev,docs,train,yahpo]"
	touch $@

$(VENV)/.installed-docs: pyproject.toml $(VENV)/.installed
	$(PIP) install --quiet --editable ".[docs]"
	touch $@

clean:
	rm -rf $(VENV) results $(SITE)
