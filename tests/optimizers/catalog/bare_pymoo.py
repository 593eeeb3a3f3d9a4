"""NAS-Bench-201 on the box, as one would write it for bare pymoo."""

from typing import Any

import numpy as np
from pymoo.core.problem import Problem

import nas_problems
from nas_problems.array import FloatArray, IntArray


class RecordedBox(Problem):  # type: ignore[misc]  # pymoo has no types
    """Five intervals of equal width per variable; keeps what was asked."""

    def __init__(self) -> None:
        super().__init__(n_var=6, n_obj=1, xl=-5.0, xu=5.0)
        self.wrapped = nas_problems.make("nb201-cifar10")
        self.table = self.wrapped.tabulate()
        self.asked: list[IntArray] = []

    def _evaluate(self, X: FloatArray, out: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        codes = np.minimum(np.floor((X + 5) / 2), 4).astype(np.int64)
        self.asked.append(codes)
        out["F"] = self.table[self.wrapped.space.index_of(codes)][:, None]
