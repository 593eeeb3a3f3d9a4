"""Codes that are no candidates, as results instead of refusals."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, get_args

import numpy as np

from nas_problems.array import brief
from nas_problems.evaluation import Evaluations, EvaluatorKind, Fidelities, Metric, Noise, NoiseKind
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace

Invalid = Literal["refused", "zero"]
"""What becomes of a code that is no candidate: it is not in the space, or it is evaluated as the worst."""


@dataclass(frozen=True, eq=False)
class ZeroWhereInvalid:
    """A table whose space has all codes: those of no candidate have an accuracy of 0, and other metrics' penalties.

    They are ordinary evaluations that cost nothing, not failures: a search goes on from them.

    Args:
        table: Over a space with a validity test.
    """

    table: TableEvaluator

    @property
    def kind(self) -> EvaluatorKind:
        """A table, but of too many codes to be gone through."""
        return "computed"

    @cached_property
    def metrics(self) -> Mapping[str, Metric]:
        """Those of the table, with the lowest minimised value that it has.

        Where nothing else says it, the range is from the best to the worst value of a candidate: the penalty is no
        scale, as numbers of parameters are far below it.
        """
        bounded = {}
        for name, metric in self.table.metrics.items():
            raw = self.table.values[name]
            bound = float(metric.minimised(raw).min())
            low, high = float(np.nanmin(raw)), float(np.nanmax(raw))
            extent = metric.range
            if extent is None and metric.unit != "%" and low < high:
                extent = (high, low) if metric.maximize else (low, high)
            bounded[name] = replace(metric, lower_bound=bound, range=extent)
        return bounded

    @property
    def fidelities(self) -> Fidelities:
        """Those of the table."""
        return self.table.fidelities

    @property
    def noise_kinds(self) -> frozenset[NoiseKind]:
        """Those of the table."""
        return self.table.noise_kinds

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """See ``Evaluator.evaluate``."""
        valid = self.table.space.is_valid(Z)
        evaluations = self.table.evaluate(Z[valid], metrics=metrics, fidelity=fidelity, noise=noise, rng=rng)
        whole = evaluations.spread(np.flatnonzero(valid), len(Z), missing="")
        values = dict(whole.metrics)
        for name in metrics:
            metric = self.metrics[name]
            worst = 0.0 if metric.maximize else metric.penalty
            values[name] = np.where(valid, values[name], worst)
        reason = {row: why for row, why in whole.reason.items() if valid[row]}
        return Evaluations(values, whole.cost_seconds, whole.failed & valid, reason)


def with_invalid(problem: Problem, invalid: Invalid) -> Problem:
    """A problem on a table with codes that are no candidates refused, as it is, or evaluated.

    Raises:
        ValueError: Another word.
    """
    if invalid not in get_args(Invalid):
        raise ValueError(f"invalid: wanted one of {', '.join(get_args(Invalid))}, found {brief(invalid)}")
    if invalid == "refused":
        return problem
    assert isinstance(problem.evaluator, TableEvaluator)
    evaluator = ZeroWhereInvalid(problem.evaluator)
    return replace(
        problem,
        name=f"{problem.name}.invalid-zero",
        function_id=problem.function_id + 100,
        base_space=SearchSpace(problem.space.parameters),
        evaluator=evaluator,
        objectives=tuple(evaluator.metrics[metric.name] for metric in problem.objectives),
    )
