"""Trains cells on digits, stack by stack; how much is trained."""

import hashlib
from collections import deque
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from experiments.executor import Executor, Failure
from experiments.papers.frustratingly_hard.spread import N_RANKED, N_SAMPLED
from experiments.papers.stored import stored
from nas_problems.array import FloatArray
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.network.skeleton import CellSkeleton
from nas_problems.space import Codes

if TYPE_CHECKING:
    from experiments.papers.frustratingly_hard.training import Training

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
    """Trains cells, stack by stack; a stack is a file once it is trained.

    Args:
        executor: Carries out the trainings.
        folder: Of the files.
        seed: Of all trainings.
    """

    def __init__(self, executor: Executor, folder: Path, *, seed: int) -> None:
        self._executor, self._folder, self._seed = executor, folder, seed

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
        missing = deque(unit for unit in dict.fromkeys(units) if not self._path(unit).exists())
        for unit, outcome in self._executor(train, missing):
            if isinstance(outcome, Failure):
                raise RuntimeError(f"training: {outcome.reason}\n{outcome.details}")
            stored(self._path(unit), partial(pd.DataFrame, outcome))
        return np.concatenate([pd.read_csv(self._path(unit)).to_numpy(dtype=np.float64) for unit in units], axis=1)

    def _path(self, unit: "Training") -> Path:
        return self._folder / f"digits-{hashlib.sha256(repr(unit).encode()).hexdigest()[:16]}.csv"
