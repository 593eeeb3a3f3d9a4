"""Tables with holes: recorded where something was trained, predicted elsewhere; every evaluation says which."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nas_problems.array import BoolArray, FloatArray, IntArray
from nas_problems.evaluation import Evaluations, EvaluatorKind, Fidelities, Metric, Noise, NoiseKind
from nas_problems.evaluators.forest import Forest
from nas_problems.evaluators.records import exact_mean
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.frame.records import Records
from nas_problems.space import Codes, SearchSpace
from nas_problems.space.pool import pool_space

IS_PREDICTED = Metric("is_predicted", penalty=1.0)
"""1 where an evaluation is a prediction, 0 where it was recorded."""

MAX_TABLE = 50_000
"""A finite space of up to this many rows is predicted as a whole, so that its optimum is known."""


@dataclass(frozen=True, eq=False)
class PredictedEvaluator:
    """Recorded values where there are some, forests fitted to them elsewhere.

    Args:
        space: The whole space.
        records: What is recorded, of canonical codes.
        recorded_metrics: The metrics, by name; ``is_predicted`` is added.
        cost_metric: Name of the metric that is the cost in seconds; None: evaluations cost nothing.
        n_trees: Trees of each forest.

    A forest sees the expanded code and the fidelity's position, and predicts means over seeds: its predictions lie
    within what was recorded. In every noise mode a prediction is the same.
    """

    space: SearchSpace
    records: Records
    recorded_metrics: Mapping[str, Metric]
    cost_metric: str | None = None
    n_trees: int = 100

    @property
    def kind(self) -> EvaluatorKind:
        """A model, as far as it is not a table."""
        return "computed"

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """What was recorded, and whether it was."""
        return {**self.recorded_metrics, IS_PREDICTED.name: IS_PREDICTED}

    @property
    def fidelities(self) -> Fidelities:
        """Those of the records."""
        return self.records.fidelities

    @property
    def noise_kinds(self) -> frozenset[NoiseKind]:
        """Those of the records."""
        return self._table.noise_kinds

    @cached_property
    def _table(self) -> TableEvaluator:
        pool = pool_space(self.space.parameters, self.records.Z, nearest=False)
        return TableEvaluator(pool, self.records.values, self.recorded_metrics, self.fidelities, self.cost_metric)

    @cached_property
    def _forests(self) -> dict[str, Forest]:
        return {}

    def _forest(self, metric: str) -> Forest:
        if metric not in self._forests:
            means = np.stack([exact_mean(records) for records in self.records.values[metric]])
            level, row = np.nonzero(np.isfinite(means))
            X = self._features(self.records.Z[row], level)
            self._forests[metric] = Forest.fit(X, means[level, row], n_trees=self.n_trees)
        return self._forests[metric]

    def _features(self, Z: Codes, level: IntArray) -> FloatArray:
        return np.concatenate([self.space.one_hot(Z), level[:, None]], axis=1)

    def predict(self, Z: Codes, metric: str, level: int) -> FloatArray:
        """Predictions of a metric for codes (n, d) at a fidelity, by its position, (n,)."""
        return self._forest(metric).predict(self._features(self.space.canonical(Z), np.full(len(Z), level)))

    def known_rows(self, Z: Codes, level: int) -> IntArray:
        """The row of ``records`` of each code (n, d), (n,); -1 where nothing is recorded at the fidelity."""
        listing = self._table.space.listing
        assert listing is not None
        rows = listing.rows_of(self.space.canonical(Z))
        return np.where(self.records.is_recorded[level, rows], rows, -1)

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """See ``Evaluator.evaluate``."""
        level = self.fidelities.values.index(fidelity)
        rows = self.known_rows(Z, level)
        known: BoolArray = rows >= 0
        names = tuple(name for name in metrics if name != IS_PREDICTED.name)
        found = self._table.evaluate(
            self.records.Z[rows[known]], metrics=names, fidelity=fidelity, noise=noise, rng=rng
        ).spread(np.flatnonzero(known), len(Z), missing="")
        values = {name: found.metrics[name] for name in names}
        values[IS_PREDICTED.name] = np.where(known, 0.0, 1.0)
        cost = found.cost_seconds
        if not known.all():
            for name in names:
                values[name][~known] = self.predict(Z[~known], name, level)
            if self.cost_metric is not None:
                cost[~known] = np.maximum(self.predict(Z[~known], self.cost_metric, level), 0.0)
        failed = found.failed & known
        reason = {row: why for row, why in found.reason.items() if known[row]}
        return Evaluations({name: values[name] for name in metrics}, cost, failed, reason)


def as_table(evaluator: PredictedEvaluator) -> TableEvaluator:
    """The same for all rows of a finite space at once, so that optima and exact landscapes are known."""
    space = evaluator.space
    Z = np.concatenate(list(space.enumerate()))
    rows = space.rows_of(Z)
    n_levels, n_rows = evaluator.records.is_recorded.shape[0], space.n_rows
    assert n_rows is not None
    flag = np.full((n_levels, n_rows, 1), np.nan)
    values = {
        name: np.full((n_levels, n_rows, array.shape[2]), np.nan) for name, array in evaluator.records.values.items()
    }
    for level in range(n_levels):
        known = evaluator.known_rows(Z, level)
        is_known = known >= 0
        flag[level, rows, 0] = np.where(is_known, 0.0, 1.0)
        for name, array in values.items():
            array[level, rows[is_known]] = evaluator.records.values[name][level, known[is_known]]
            array[level, rows[~is_known], 0] = evaluator.predict(Z[~is_known], name, level)
    values[IS_PREDICTED.name] = flag
    return TableEvaluator(space, values, evaluator.metrics, evaluator.fidelities, evaluator.cost_metric)
