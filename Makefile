# make demo: set up and run the demo study.  make test: set up and run all checks and tests.
# make docs: build the documentation; open site/index.html.
# make lock: lock the newest releases.  make test-latest, test-lowest: the tests at both ends of the ranges.
PYTHON     ?= python3
VENV       ?= .venv
BIN        := $(VENV)/bin
PIP        := $(BIN)/python -m pip --disable-pip-version-check
DEMO       ?= results/demo
DEMO_FLAGS ?=
SITE       ?= site

.PHONY: demo test check bench docs install install-dev lock test-latest test-lowest clean

demo: install
	$(BIN)/iohnas demo --out $(DEMO) $(DEMO_FLAGS)

test: check
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n auto --dist worksteal

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

# Exactly what the locks name, so that a new release of anything cannot turn these commands red. PyTorch has a build per
# machine and is fixed by its number alone. pyproject.toml has the ranges for environments of one's own.
LOCKED := $(PIP) install --quiet --require-hashes --no-deps --requirement
OURS   := $(PIP) install --quiet --no-deps --no-build-isolation --editable .

$(VENV)/.installed: pyproject.toml requirements/demo.lock
	$(PYTHON) -m venv $(VENV)
	$(LOCKED) requirements/demo.lock
	$(OURS)
	touch $@

$(VENV)/.installed-docs: requirements/test.lock $(VENV)/.installed
	$(LOCKED) requirements/test.lock
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed-docs
	$(PIP) install --quiet --no-build-isolation --editable ".[train]"
	touch $@

# The locks, made anew from the ranges in pyproject.toml.
lock: $(VENV)/.installed
	$(PIP) install --quiet uv
	$(BIN)/python requirements/lock.py

# The tests with the newest, and with the lowest, release of everything that the ranges admit; each in a .venv of its own.
test-latest:
	$(PYTHON) -m venv $(VENV)-latest
	$(VENV)-latest/bin/python -m pip install --quiet --upgrade --upgrade-strategy eager --editable ".[dev,docs,train,yahpo]"
	$(VENV)-latest/bin/python -m pip install --quiet --no-deps pflacco==1.2.2 pyDOE==0.3.9
	OMP_NUM_THREADS=1 $(VENV)-latest/bin/python -m pytest -q -n auto -o filterwarnings=default

test-lowest:
	$(PYTHON) -m venv $(VENV)-lowest
	$(VENV)-lowest/bin/python -m pip install --quiet --require-hashes --no-deps --requirement requirements/lowest.lock
	$(VENV)-lowest/bin/python -m pip install --quiet --editable ".[train]"
	OMP_NUM_THREADS=1 $(VENV)-lowest/bin/python -m pytest -q -n auto -o filterwarnings=default

clean:
	rm -rf $(VENV) $(VENV)-latest $(VENV)-lowest results $(SITE)
