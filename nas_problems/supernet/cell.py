"""A cell whose edges have candidates: one each in a stand-alone network, several in a supernet."""

from collections.abc import Callable, Sequence
from typing import Literal, cast

import torch
from torch import Tensor, nn

from nas_problems.network.layer import RampedDropPath
from nas_problems.supernet.space import CellSpace

Join = Literal["concat", "last"]

Candidates = tuple[tuple[tuple[int, ...], ...], ...]
"""For every kind and edge the numbers of the operations that are built."""

Weights = Sequence[Sequence[Tensor]]
"""For every edge and operation a factor."""


class Cell(nn.Module):
    """A graph of operations.

    Weights are under ``edges.<from>_<to>.<operation>``, so that a stand-alone network's are a part of a
    supernet's.

    Args:
        cells: The space.
        candidates: For every edge the numbers of its operations; empty: there is no such edge.
        make: (name, stride) -> operation.
        inputs: A module for each of the cell's inputs.
        reduces: Whether edges from an input have stride 2.
        join: What the output is: all nodes behind the inputs side by side, or the last one.
        drop_path: Probability with which an operation gives nothing for an image while training.
    """

    def __init__(
        self,
        cells: CellSpace,
        candidates: Sequence[Sequence[int]],
        make: Callable[[str, int], nn.Module],
        inputs: Sequence[nn.Module],
        *,
        reduces: bool = False,
        join: Join = "concat",
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.n_inputs, self.names, self.reduces, self.join = cells.n_inputs, cells.operations, reduces, join
        self.inputs = nn.ModuleList(inputs)
        self.edges = nn.ModuleDict()
        self.candidates = tuple(map(tuple, candidates))
        for (start, end), numbers in zip(cells.edges, self.candidates, strict=True):
            stride = 2 if reduces and start < cells.n_inputs else 1
            names = (cells.operations[number] for number in numbers)
            self.edges[f"{start}_{end}"] = nn.ModuleDict({name: make(name, stride) for name in names if name != "none"})
        self._into = [[(e, cells.edges[e][0]) for e in incoming] for incoming in cells.node_edges]
        self._keys = [f"{start}_{end}" for start, end in cells.edges]
        self.drop_path = RampedDropPath(drop_path)

    def forward(
        self,
        inputs: Sequence[Tensor],
        active: Sequence[Sequence[int]] | None = None,
        weights: Weights | None = None,
    ) -> Tensor:
        """Compute the cell.

        Args:
            inputs: One tensor (batch, channels, height, width) per input.
            active: For every edge which of its candidates are computed; None: all of them.
            weights: Their factors; None: 1.
        """
        nodes = [module(x) for module, x in zip(self.inputs, inputs, strict=True)]
        for incoming in self._into:
            total: Tensor | None = None
            for e, start in incoming:
                for number in self.candidates[e] if active is None else active[e]:
                    if self.names[number] != "none":
                        y = self._operate(e, number, nodes[start])
                        total = _added(total, y, None if weights is None else weights[e][number])
            nodes.append(self._nothing(nodes[0]) if total is None else total)
        return nodes[-1] if self.join == "last" else torch.cat(nodes[self.n_inputs :], dim=1)

    def _operate(self, e: int, number: int, x: Tensor) -> Tensor:
        operations = cast(nn.ModuleDict, self.edges[self._keys[e]])
        operation = operations[self.names[number]]
        y = cast(Tensor, operation(x))
        return y if isinstance(operation, nn.Identity) else cast(Tensor, self.drop_path(y))

    def _nothing(self, x: Tensor) -> Tensor:
        """What a node is that no operation reaches."""
        return torch.zeros_like(x[:, :, ::2, ::2] if self.reduces else x)


def _added(total: Tensor | None, y: Tensor, weight: Tensor | None) -> Tensor:
    if total is None:
        return y if weight is None else y * weight
    return total + y if weight is None else torch.addcmul(total, y, weight)
