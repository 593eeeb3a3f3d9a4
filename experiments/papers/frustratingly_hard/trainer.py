"""Trains cells on digits, stack by stack; how much is trained."""

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from experiments.executor import Executor, Failure
from experiments.papers.frustratingly_hard.spread import N_RANKED, N_SAMPLED
from nas_problems.array import FloatArray
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.network.skeleton import CellSkeleton
from nas_problems.space import Codes

_STACK = 16
"""Cells that are trained together."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is trained.

    Args:
        epochs: Of a usual training; the paper has 600.
        n_compared: Cells under each training protocol; the paper has 8.
        n_ranked: Cells that are ranked twice; the paper has 32.
        n_curves: Cells whose curves are drawn; the paper has 214.
        depths: Numbers of cells in a network; the first is that of our table.
    """

    epochs: int = 24
    n_compared: int = 8
    n_ranked: int = N_RANKED
    n_curves: int = N_SAMPLED
    depths: tuple[int, ...] = (3, 1, 2, 5, 8)


QUICK = Sizes(epochs=4, n_compared=2, n_ranked=4, n_curves=4, depths=(3, 1))


class Trainer:
    """Trains cells, stack by stack.

    Args:
        executor: Carries out the trainings.
        seed: Of all of them.
    """

    def __init__(self, executor: Executor, seed: int) -> None:
        self._executor, self._seed = executor, seed
        self._known: dict[Hashable, FloatArray] = {}  # the same cells are in several sections

    def curves(self, cells: Codes, protocol: TrainingProtocol, skeleton: CellSkeleton) -> FloatArray:
        """Test accuracy in percent after every epoch, (epochs, n).

        Raises:
            ImportError: torch is not installed.
            RuntimeError: A training failed.
        """
        from experiments.papers.frustratingly_hard.training import Training, train

        size = min(_STACK, -(-len(cells) // 2))
        codes = [tuple(cell) for cell in cells.tolist()]
        units = [
            Training(tuple(codes[i : i + size]), protocol, skeleton, self._seed) for i in range(0, len(codes), size)
        ]
        for unit, outcome in self._executor(train, deque(unit for unit in units if unit not in self._known)):
            if isinstance(outcome, Failure):
                raise RuntimeError(f"training: {outcome.reason}\n{outcome.details}")
            self._known[unit] = outcome
        return np.concatenate([self._known[unit] for unit in units], axis=1)
