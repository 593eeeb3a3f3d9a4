"""A run as an IOHprofiler folder has it, and what is wrong with files that have none."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

import numpy as np

from nas_problems.array import FloatArray
from optimizers.ioh_write import VALUE_FACTOR
from optimizers.regret import incumbents

FaultKind = Literal["truncated", "duplicated", "invalid"]


@dataclass(frozen=True, slots=True)
class Best:
    """The best evaluation of a run, as the json has it.

    Args:
        evaluation: Its number, from 1.
        y: Its value.
        x: Its position; empty where positions were not stored.
    """

    evaluation: int
    y: float
    x: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class LoggedRun:
    """One run of an IOHprofiler folder.

    Args:
        algorithm: Name of the algorithm.
        algorithm_info: Its free text.
        suite: Name of the suite.
        function_id: Number of the function.
        function_name: Its name.
        dimension: Number of variables.
        instance: Number of the instance.
        maximization: Whether larger values are better.
        version: Version of ioh that wrote the log.
        n_evaluations: Evaluations of the run; the log may have fewer rows.
        best: The best evaluation.
        attributes: Run attributes, e.g. ``seed``.
        columns: Column name -> logged values, (rows,); first ``evaluations`` and ``raw_y``.
        path: The dat file.
        position: Which of the runs in the dat file, from 0.
    """

    algorithm: str
    algorithm_info: str
    suite: str
    function_id: int
    function_name: str
    dimension: int
    instance: int
    maximization: bool
    version: str
    n_evaluations: int
    best: Best
    attributes: Mapping[str, float]
    columns: Mapping[str, FloatArray]
    path: Path
    position: int

    @property
    def value_factor(self) -> float:
        """What ``raw_y`` in the files was multiplied with; values here are as they were measured."""
        return float(self.attributes.get(VALUE_FACTOR, 1.0))

    @property
    def incumbent(self) -> int | None:
        """Row of the incumbent at the end, see ``optimizers.regret.incumbents``: at the highest fidelity where the log
        has fidelities, without evaluations that failed where it says which; None where all did.

        ``best`` is the smallest value whatever its fidelity, as the format has it.
        """
        y = -self.columns["raw_y"] if self.maximization else self.columns["raw_y"]
        n_failed = self.columns.get("n_failed", np.zeros(len(y)))
        failed = np.diff(n_failed, prepend=0.0) > 0
        if failed.all():
            return None
        fidelity = self.columns["fidelity"] if {"fidelity", "spent"} <= self.columns.keys() else None
        return int(incumbents(y, fidelity=fidelity, failed=failed)[-1])

    @property
    def identity(self) -> tuple[object, ...]:
        """What no two runs may share: algorithm, function, dimension, instance and, where logged, seed."""
        seed = self.attributes.get("seed", (str(self.path), self.position))
        return (self.algorithm, self.function_id, self.function_name, self.dimension, self.instance, seed)


class DamageError(Exception):
    """What is wrong with the file being read; folders turn it into a ``Fault``."""

    def __init__(self, kind: FaultKind, reason: str) -> None:
        super().__init__(reason)
        self.kind: FaultKind = kind


def invalid(reason: str) -> NoReturn:
    """Refuse what no run can be.

    Raises:
        DamageError: Always.
    """
    raise DamageError("invalid", reason)
