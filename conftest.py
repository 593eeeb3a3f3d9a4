"""Settings of pytest for the tests and the doctests of all packages."""

from importlib.util import find_spec

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Leave out the doctests of modules that import torch where it is not installed; the tests skip themselves."""
    if find_spec("torch") is None:
        config.option.doctest_ignore_import_errors = True
