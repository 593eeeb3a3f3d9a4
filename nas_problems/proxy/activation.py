"""Which units of a network are switched on, however its code calls its activations."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

_ATEN = torch.ops.aten
_ACTIVATIONS = frozenset(
    {
        _ATEN.relu,
        _ATEN.relu_,
        _ATEN.hardtanh,  # relu6
        _ATEN.hardtanh_,
        _ATEN.leaky_relu,
        _ATEN.leaky_relu_,
        _ATEN.elu,
        _ATEN.elu_,
        _ATEN.gelu,
        _ATEN.silu,
        _ATEN.silu_,
        _ATEN.hardswish,
        _ATEN.hardswish_,
        _ATEN.tanh,
        _ATEN.tanh_,
    }
)


class _Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's is untyped
    """Notes the sign of the inputs of all activations."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch's is untyped
        self.found: list[Tensor] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:  # the signature is torch's
        if func.overloadpacket in _ACTIVATIONS:
            self.found.append(args[0] > 0)
        return func(*args, **(kwargs or {}))


@contextmanager
def switched_units() -> Iterator[list[Tensor]]:
    """Within the block, collect for every activation that is called whether its inputs are positive.

    Hooks would see only modules; many networks call ``torch.relu``.
    """
    with _Watch() as watch:
        yield watch.found
