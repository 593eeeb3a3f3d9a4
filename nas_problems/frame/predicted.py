"""Tables with holes: recorded where something was trained, predicted elsewhere; every evaluation says which."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from nas_problems.array import BoolArray, FloatArray, IntArray
from nas_problems.evaluation import Evaluations, EvaluatorKind, Fidelities, Metric, Noise, NoiseKind
from nas_problems.evaluators.records import exact_mean
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.frame.records import Records
from nas_problems.space import Codes, SearchSpace
from nas_problems.space.pool import pool_space
from nas_problems.surrogate import Model, agreement, better_of, check_kind, held_out

IS_PREDICTED = Metric("is_predicted", penalty=1.0)
"""1 where an evaluation is a prediction, 0 where it was recorded."""

CHOICE = ("ensemble", "forest")
"""Kinds of models of which the better one fills holes: both are fitted in a second, by what every installation has."""

MAX_TABLE = 50_000
"""A finite space of up to this many rows is predicted as a whole, so that its optimum is known."""

BEYOND = 1e-6
"""No prediction is beyond the recorded values by more than this share of their range."""

_MOST_COMPARED = 1_000  # candidates, drawn
_FEWEST_COMPARED = 10
_N_PARTS, _N_TREES_COMPARED = 5, 20


@dataclass(frozen=True, eq=False)
class PredictedEvaluator:
    """Recorded values where there are some, models fitted to them elsewhere.

    Args:
        space: The whole space.
        records: What is recorded, of canonical codes.
        recorded_metrics: The metrics, by name; ``is_predicted`` is added.
        cost_metric: Name of the metric that is the cost in seconds; None: evaluations cost nothing.
        model: Kind of the models, one of ``nas_problems.surrogate.kinds``; None: of ``CHOICE`` the one that predicts
            the first metric better, see ``compared``.
        n_trees: Trees of each forest.

    A model sees the expanded code and the fidelity's position, and predicts means over seeds. Of what it predicts
    beyond the recorded values only a millionth is kept: cut off, a linear model's best predictions would all tie with
    the best recorded value, and kept whole, its errors would be larger. Trees predict nothing beyond. In every noise
    mode a prediction is the same.
    """

    space: SearchSpace
    records: Records
    recorded_metrics: Mapping[str, Metric]
    cost_metric: str | None = None
    model: str | None = None
    n_trees: int = 100

    def __repr__(self) -> str:
        """One line, without the arrays; it fits nothing."""
        is_chosen = self.model is not None or "predicted_by" in self.__dict__
        kind = self.predicted_by if is_chosen else f"the better of {' and '.join(CHOICE)}"
        numbers = self.__dict__.get("compared", {}).get(kind, {})
        known = ", ".join(f"{name} {number:.2f}" for name, number in numbers.items())
        held = f" (held out: {known})" if known else ""
        return f"<PredictedEvaluator: {len(self.records.Z):,} recorded candidates, others by {kind}{held}>"

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
        return TableEvaluator(
            pool,
            self.records.values,
            self.recorded_metrics,
            self.fidelities,
            self.cost_metric,
            n_recorded=np.maximum(self.records.n_recorded, 1),
        )

    @cached_property
    def compared(self) -> Mapping[str, Mapping[str, float]]:
        """How well kinds of models predict the first metric at the highest fidelity of candidates they have not seen.

        Kind -> R2, Spearman's and Kendall's rank correlation over five random parts of the candidates; empty where
        there are too few. It is the rule of the choice, not an estimate for candidates far from the recorded ones.
        """
        metric = next(iter(self.recorded_metrics))
        n_drawn = min(len(self.records.Z), _MOST_COMPARED)
        drawn = np.random.default_rng(0).permutation(len(self.records.Z))[:n_drawn]
        X, y, level, row = self._rows_of(metric, drawn)
        is_full = level == len(self.fidelities.values) - 1
        if is_full.sum() < _FEWEST_COMPARED:
            return {}
        part = np.empty(len(self.records.Z), dtype=np.int64)
        part[drawn] = np.arange(n_drawn) % _N_PARTS
        kinds = CHOICE if self.model is None else (self.model,)
        scores = {}
        for kind in kinds:
            predicted = held_out(kind, X, y, part[row], n_trees=min(self.n_trees, _N_TREES_COMPARED), space=self.space)
            scores[kind] = agreement(y[is_full], predicted[is_full])
        return scores

    @cached_property
    def predicted_by(self) -> str:
        """The kind of the models: the given one, or the better one of ``CHOICE``."""
        if self.model is not None:
            return self.model
        return better_of(self.compared) if self.compared else CHOICE[0]

    @cached_property
    def _models(self) -> dict[str, Model]:
        return {}

    def _model(self, metric: str) -> Model:
        if metric not in self._models:
            X, y, _, _ = self._rows_of(metric, np.arange(len(self.records.Z)))
            fit = check_kind(self.predicted_by, self.space).fit
            self._models[metric] = fit(X, y, n_trees=self.n_trees, space=self.space)
        return self._models[metric]

    def _rows_of(self, metric: str, candidates: IntArray) -> tuple[FloatArray, FloatArray, IntArray, IntArray]:
        """What is known of some candidates: features, means over seeds, positions of fidelities, candidates."""
        means = np.stack([exact_mean(records[candidates]) for records in self.records.values[metric]])
        level, place = np.nonzero(np.isfinite(means))
        row = candidates[place]
        return self._features(self.records.Z[row], level), means[level, place], level, row

    @cached_property
    def _ranges(self) -> dict[str, tuple[float, float]]:
        return {}

    def _range(self, metric: str) -> tuple[float, float]:
        if metric not in self._ranges:
            values = self.records.values[metric]
            known = values[np.isfinite(values)]
            self._ranges[metric] = float(known.min()), float(known.max())
        return self._ranges[metric]

    def _features(self, Z: Codes, level: IntArray) -> FloatArray:
        return np.concatenate([self.space.one_hot(Z), level[:, None]], axis=1)

    def predict(self, Z: Codes, metric: str, level: int) -> FloatArray:
        """Predictions of a metric for codes (n, d) at a fidelity, by its position, (n,); costs are not negative."""
        X = self._features(self.space.canonical(Z), np.full(len(Z), level))
        predicted = self._model(metric).predict(X)
        low, high = self._range(metric)
        within = np.clip(predicted, low, high)
        excess = predicted - within
        kept = excess / (1 + np.abs(excess) / (high - low)) if high > low else np.zeros_like(excess)  # below high - low
        predicted = within + BEYOND * kept
        return np.maximum(predicted, 0.0) if metric == self.cost_metric else np.asarray(predicted)

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
        recorded = self._table.evaluate(
            self.records.Z[rows[known]], metrics=names, fidelity=fidelity, noise=noise, rng=rng
        ).spread(np.flatnonzero(known), len(Z), missing="")
        values = {name: recorded.metrics[name] for name in names}
        values[IS_PREDICTED.name] = np.where(known, 0.0, 1.0)
        cost = recorded.cost_seconds
        if not known.all():
            for name in names:
                values[name][~known] = self.predict(Z[~known], name, level)
            if self.cost_metric is not None:
                cost[~known] = self.predict(Z[~known], self.cost_metric, level)
        failed = recorded.failed & known
        reason = {row: why for row, why in recorded.reason.items() if known[row]}
        return Evaluations({name: values[name] for name in metrics}, cost, failed, reason)


@dataclass(frozen=True, eq=False, repr=False)
class FilledTable(TableEvaluator):
    """A table whose holes were filled with predictions.

    Args:
        predicted_by: See ``PredictedEvaluator.predicted_by``.
        compared: See ``PredictedEvaluator.compared``.
    """

    predicted_by: str = ""
    compared: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def __repr__(self) -> str:
        """One line, without the values."""
        return f"{super().__repr__()[:-1]}; holes by {self.predicted_by}>"


def as_table(evaluator: PredictedEvaluator) -> FilledTable:
    """The same for all rows of a finite space at once, so that optima and exact landscapes are known."""
    space = evaluator.space
    Z = np.concatenate(list(space.enumerate()))
    rows = space.rows_of(Z)
    n_levels, n_rows = evaluator.records.is_recorded.shape[0], space.n_rows
    assert n_rows is not None
    flag, counts = np.full((n_levels, n_rows, 1), np.nan), np.ones((n_levels, n_rows), dtype=np.int64)
    values = {
        name: np.full((n_levels, n_rows, array.shape[2]), np.nan) for name, array in evaluator.records.values.items()
    }
    for level in range(n_levels):
        known = evaluator.known_rows(Z, level)
        is_known = known >= 0
        flag[level, rows, 0] = np.where(is_known, 0.0, 1.0)
        counts[level, rows[is_known]] = evaluator.records.n_recorded[level, known[is_known]]
        for name, array in values.items():
            array[level, rows[is_known]] = evaluator.records.values[name][level, known[is_known]]
            array[level, rows[~is_known], 0] = evaluator.predict(Z[~is_known], name, level)
    values[IS_PREDICTED.name] = flag
    return FilledTable(
        space,
        values,
        evaluator.metrics,
        evaluator.fidelities,
        evaluator.cost_metric,
        n_recorded=counts,
        predicted_by=evaluator.predicted_by,
        compared=evaluator.compared,
    )
