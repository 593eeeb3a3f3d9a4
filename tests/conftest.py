"""Settings shared by all tests: the same hypothesis examples in every run, no time limits, and Ctrl-C."""

import importlib.util
import signal

import pytest
from hypothesis import settings

from tests.torchvision_import import import_torchvision

settings.register_profile("iohnas", deadline=None, derandomize=True, database=None, max_examples=50)
settings.load_profile("iohnas")


@pytest.fixture(autouse=True)
def _interrupts_arrive() -> None:
    """Some tests interrupt something.

    A shell starts what it puts into the background with SIGINT ignored, which children inherit; and the
    handler that polars installs keeps the signal to itself after some of its errors.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _accelerator(request: pytest.FixtureRequest) -> None:
    """Tests marked gpu are skipped where torch finds no accelerator."""
    if request.node.get_closest_marker("gpu") is not None:
        torch = pytest.importorskip("torch")
        if not torch.cuda.is_available():
            pytest.skip("torch finds no accelerator here")


@pytest.fixture
def torchvision() -> None:
    """torchvision; see ``import_torchvision``."""
    pytest.importorskip("torch", reason="torchvision needs torch: pip install torch==2.13.0")
    if importlib.util.find_spec("torchvision") is None:
        pytest.skip("pip install --no-deps torchvision==0.28.0")
    import_torchvision()
