"""Proxies are measured on one thread, as networks are trained."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    pytest.importorskip("torch", reason="proxies need torch: pip install torch==2.13.0")
    from nas_problems.network.fit import one_thread

    with one_thread():
        yield
