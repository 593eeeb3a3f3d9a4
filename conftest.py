"""Settings of pytest for the tests and the doctests of all packages."""

from importlib.util import find_spec

import pytest

HAS_TORCH = find_spec("torch") is not None

collect_ignore = [] if HAS_TORCH else ["optimizers/one_shot/__init__.py"]  # whose example is a search


def pytest_configure(config: pytest.Config) -> None:
    """Leave out the doctests of modules that import torch where it is not installed; the tests skip themselves."""
    if not HAS_TORCH:
        config.option.doctest_ignore_import_errors = True
