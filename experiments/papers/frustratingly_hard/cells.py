"""Cells of NAS-Bench-201 that stand for the paper's search space, and what their tables record."""

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.catalog.nas_bench_201 import OPERATIONS, SPACE
from nas_problems.problem import Problem
from nas_problems.space import Codes

ALL = SPACE.from_index(np.arange(len(OPERATIONS) ** 6))
"""All 15,625 cells, (15625, 6)."""

CONNECTED = ALL[np.all(OPERATIONS.index("none") != ALL, axis=1)]
"""The 4,096 cells without ``none``, (4096, 6): like the cells of DARTS, every edge of which has an operation."""


def without(operation: str) -> Codes:
    """Those of ``CONNECTED`` that do not have an operation either."""
    return CONNECTED[np.all(OPERATIONS.index(operation) != CONNECTED, axis=1)]


def accuracy(problem: Problem, Z: Codes) -> FloatArray:
    """Test accuracy in percent, where it is recorded, else validation accuracy; mean over recorded trainings, (n,)."""
    judge = problem.variant(noise="mean")
    if problem.test_metric is not None:
        judge = judge.variant(objective=problem.test_metric)
    return np.asarray(100.0 - judge(Z))
