"""Tests of networks use one thread: threads that wait for each other take most of the time otherwise."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")
    from nas_problems.network.fit import one_thread

    with one_thread():
        yield
