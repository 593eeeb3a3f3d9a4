"""Settings shared by all tests: the same hypothesis examples in every run, no time limits, and Ctrl-C."""

import importlib
import signal
import sys

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


@pytest.fixture(autouse=True)
def _accelerator(request: pytest.FixtureRequest) -> None:
    """Tests marked gpu are skipped where torch finds no accelerator."""
    if request.node.get_closest_marker("gpu") is not None:
        torch = pytest.importorskip("torch")
        if not torch.cuda.is_available():
            pytest.skip("torch finds no accelerator here")


@pytest.fixture
def torchvision() -> None:
    """torchvision, whose import needs two operators that its wheel lacks with a build of torch that is not its own."""
    torch = pytest.importorskip("torch", reason="torchvision needs torch: pip install torch==2.13.0")
    try:
        pytest.importorskip("torchvision", reason="pip install --no-deps torchvision==0.28.0")
    except RuntimeError:  # operators that it brings itself must not be there before: the process would end
        for name in [name for name in sys.modules if name.startswith("torchvision")]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "FRAGMENT")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        LIBRARIES.append(library)
        importlib.import_module("torchvision")


LIBRARIES: list[object] = []  # of torch; an operator lives as long as its library
