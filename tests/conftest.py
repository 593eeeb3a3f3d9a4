"""Settings shared by all tests: the same hypothesis examples in every run, no time limits, and Ctrl-C."""

import signal

import pytest
from hypothesis import settings

settings.register_profile("iohnas", deadline=None, derandomize=True, database=None, max_examples=50)
settings.load_profile("iohnas")


@pytest.fixture(autouse=True)
def _interrupts_arrive() -> None:
    """Some tests interrupt something.

    A shell starts what it puts into the background with SIGINT ignored, which children inherit; and the
    handler that polars installs keeps the signal to itself after some of its errors.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
