"""Train a sample of a table again and compare."""

from dataclasses import dataclass

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.evaluators.child import Child
from nas_problems.network.available import check_torch
from nas_problems.space import Codes
from nas_problems.table.file import BuiltTable
from nas_problems.table.plan import Unit
from nas_problems.table.unit_call import call_unit


@dataclass(frozen=True, eq=False)
class Verification:
    """Candidates that were trained again.

    Args:
        codes: Who, (n, d).
        recorded: Validation accuracy in the table, percent, (fidelities, n).
        found: The same, trained now.
    """

    codes: Codes
    recorded: FloatArray
    found: FloatArray

    @property
    def n_equal(self) -> int:
        """How many are equal at every fidelity."""
        return int(np.all(self.recorded == self.found, axis=0).sum())

    @property
    def difference(self) -> FloatArray:
        """Mean absolute difference in percent, per fidelity."""
        difference: FloatArray = np.abs(self.recorded - self.found).mean(axis=1)
        return difference

    def holds(self, tolerance: float) -> bool:
        """Whether the mean absolute difference at the full fidelity is at most ``tolerance`` percent."""
        return bool(self.difference[-1] <= tolerance)


def verify_table(table: BuiltTable, n: int, *, rng: np.random.Generator, device: str = "cpu") -> Verification:
    """Train at least ``n`` candidates again: whole stacks, drawn at random, with one of the table's seeds.

    Args:
        table: The table.
        n: Number of candidates, >= 1.
        rng: Draws stacks and seeds.
        device: Where to train.

    Raises:
        ValueError: ``n < 1``.
        ImportError: torch is not installed.
    """
    if n < 1:
        raise ValueError(f"n: wanted at least 1, found {n}")
    check_torch("verifying a table")
    plan = table.plan
    n_stacks = -(-len(table.codes) // plan.stack_size)
    drawn = rng.permutation(n_stacks)[: -(-n // plan.stack_size)]
    recorded, retrained, codes = [], [], []
    worker = Child()
    try:
        for number in drawn.tolist():
            unit = Unit(int(rng.integers(plan.n_seeds)), number)
            right = worker.call(call_unit, plan, unit, device)["validation_right"].astype(np.float64)
            retrained.append(np.where(right < 0, -1.0, 100.0 * right / table.record["n_validation"]))
            codes.append(plan.codes_of(unit))
            rows = slice(number * plan.stack_size, number * plan.stack_size + len(codes[-1]))
            recorded.append(np.nan_to_num(table.accuracy("validation")[:, rows, unit.seed], nan=-1.0))
    finally:
        worker.stop()
    return Verification(np.concatenate(codes), np.concatenate(recorded, axis=1), np.concatenate(retrained, axis=1))
