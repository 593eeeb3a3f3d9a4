"""torchvision beside a build of torch that is not its own."""

import importlib
import sys
from typing import Any

_libraries: list[object] = []  # of torch; an operator lives as long as its library


def import_torchvision() -> None:
    """Import torchvision, with two operators that its wheel lacks beside another build of torch.

    Operators that it brings itself must not be there before: the process would end.

    Raises:
        ImportError: torch or torchvision is not installed.
    """
    torch: Any = importlib.import_module("torch")

    try:
        importlib.import_module("torchvision")
    except RuntimeError:
        for name in [name for name in sys.modules if name.startswith("torchvision")]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "FRAGMENT")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _libraries.append(library)
        importlib.import_module("torchvision")
