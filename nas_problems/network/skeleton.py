"""What surrounds a searched cell; without torch."""

from dataclasses import asdict, dataclass
from functools import cached_property


@dataclass(frozen=True)
class CellSkeleton:
    """Stages of equal cells; the defaults are those of NAS-Bench-201.

    Args:
        channels: Channels of the first stage; doubled in every further stage, at half the resolution.
        n_cells: Cells per stage.
        n_stages: Stages, with a residual block of stride two between them.
        stem_stride: Of the first convolution; 2 halves the resolution of all cells.

    Raises:
        ValueError: A number below one.

    Source: dong2020, section 2.1.
    """

    channels: int = 16
    n_cells: int = 5
    n_stages: int = 3
    stem_stride: int = 1

    def __post_init__(self) -> None:
        _check_numbers(self)

    @cached_property
    def layers(self) -> tuple[tuple[bool, int], ...]:
        """From stem to head: whether a layer is a cell (else a residual block), and its input channels."""
        layers = []
        for stage in range(self.n_stages):
            if stage:
                layers.append((False, self.channels << (stage - 1)))
            layers += [(True, self.channels << stage)] * self.n_cells
        return tuple(layers)

    @property
    def last_channels(self) -> int:
        """Channels of the last stage."""
        return self.channels << (self.n_stages - 1)

    @property
    def branch(self) -> int:
        """Number of the layer after which an auxiliary head branches off: two thirds up."""
        return (2 * len(self.layers)) // 3 - 1 if len(self.layers) > 1 else 0

    @property
    def branch_channels(self) -> int:
        """Channels after that layer."""
        is_cell, width = self.layers[self.branch]
        return width if is_cell else 2 * width


@dataclass(frozen=True)
class GraphSkeleton:
    """Stacks of equal NAS-Bench-101 cells; the defaults are the published ones.

    Args:
        width: Channels of the first stack; doubled in every further stack, at half the resolution.
        n_cells: Cells per stack.
        n_stacks: Stacks, with 2x2 max-pooling between them.

    Raises:
        ValueError: A number below one.

    Source: ying2019, section 2.2.
    """

    width: int = 128
    n_cells: int = 3
    n_stacks: int = 3

    def __post_init__(self) -> None:
        _check_numbers(self)


def _check_numbers(skeleton: CellSkeleton | GraphSkeleton) -> None:
    for name, value in asdict(skeleton).items():
        if value < 1:
            raise ValueError(f"{name}: wanted at least 1, found {value}")
