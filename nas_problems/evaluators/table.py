"""Evaluation by looking up recorded trainings of every candidate of a finite space."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nas_problems.array import BoolArray, FloatArray, IntArray, brief
from nas_problems.evaluation import Evaluations, EvaluatorKind, Fidelities, Metric, Noise, NoiseKind
from nas_problems.evaluators.records import count_records, exact_mean, mean_of_records
from nas_problems.notebook import listed
from nas_problems.space import Codes, SearchSpace


@dataclass(frozen=True, eq=False)
class TableEvaluator:
    """A complete table of a finite space, with several recorded seeds and fidelities.

    Args:
        space: The finite space whose ``rows_of`` numbers the rows.
        values: Metric name -> recorded values, shape (fidelities, n_rows, seeds). NaN: a training that failed;
            at the end of a row also a seed that was not trained (its recorded seeds come first), unless
            ``all_recorded``. A failed training counts in ``sampled`` as often as every other one, ``seed-k``
            gives the k-th record whether it failed or not, and ``mean`` is that of those that succeeded,
            see ``mean_of_records``.
        metrics: The metrics, by name; those of ``values``.
        fidelities: The recorded fidelities.
        cost_metric: Name of the metric that is the cost in seconds; None: evaluations cost nothing.
        all_recorded: Whether all candidates were trained with all seeds.
        n_recorded: With how many seeds each candidate was trained, where that is known, (fidelities, n_rows), each at
            least 1; None: as far as the values show.

    Raises:
        ValueError: Shapes or names that do not agree.
    """

    space: SearchSpace
    values: Mapping[str, FloatArray]
    metrics: Mapping[str, Metric]
    fidelities: Fidelities
    cost_metric: str | None = None
    all_recorded: bool = False
    n_recorded: IntArray | None = None

    def __post_init__(self) -> None:
        if set(self.values) != set(self.metrics):
            raise ValueError(f"values: wanted the metrics {sorted(self.metrics)}, found {sorted(self.values)}")
        if self.cost_metric is not None and self.cost_metric not in self.metrics:
            raise ValueError(f"cost_metric: wanted one of {sorted(self.metrics)}, found {brief(self.cost_metric)}")
        for name, array in self.values.items():
            wanted = (len(self.fidelities.values), self.space.n_rows)
            if array.ndim != 3 or array.shape[:2] != wanted or array.shape[2] < 1:
                raise ValueError(f"values[{name!r}]: wanted shape {wanted} + (seeds,), found {array.shape}")

        if self.n_recorded is not None:
            shape = (len(self.fidelities.values), self.space.n_rows)
            n_seeds = max(array.shape[2] for array in self.values.values())
            if self.n_recorded.shape != shape or not ((self.n_recorded >= 1) & (self.n_recorded <= n_seeds)).all():
                raise ValueError(
                    f"n_recorded: wanted numbers in 1 ... {n_seeds} of shape {shape}, found {brief(self.n_recorded)}"
                )
        if self.cost_metric is not None and (self.values[self.cost_metric] < 0).any():
            lowest = np.nanmin(self.values[self.cost_metric])
            raise ValueError(f"cost_metric: wanted costs of at least 0, found {lowest:g}")

    def __repr__(self) -> str:
        """One line, without the values."""
        levels = f"{self.fidelities.name} {', '.join(f'{value:g}' for value in self.fidelities.values[:8])}"
        return f"<TableEvaluator: {self.space.n_rows:,} rows; {listed(sorted(self.metrics))}; {levels}>"

    @property
    def kind(self) -> EvaluatorKind:
        """A table."""
        return "table"

    @property
    def noise_kinds(self) -> frozenset[NoiseKind]:
        """Every mode: seeds are recorded."""
        return frozenset({"mean", "sampled", "seed", "scaled"})

    @cached_property
    def _counts(self) -> dict[tuple[str, float], IntArray]:
        return {}

    def n_seeds(self, metric: str, fidelity: float) -> IntArray:
        """Recorded seeds of each row, failed ones included, at least 1; counted when first asked for."""
        if (metric, fidelity) not in self._counts:
            level = self.fidelities.values.index(fidelity)
            records = self.values[metric][level]
            if self.n_recorded is not None:
                self._counts[metric, fidelity] = np.minimum(self.n_recorded[level], records.shape[1])
            elif self.all_recorded:
                self._counts[metric, fidelity] = np.full(records.shape[:1], records.shape[1])
            else:
                self._counts[metric, fidelity] = count_records(records)
        return self._counts[metric, fidelity]

    @cached_property
    def _views(self) -> dict[tuple[tuple[str, ...], float, NoiseKind, int], Evaluations]:
        return {}

    def _view(self, metrics: tuple[str, ...], fidelity: float, noise: Noise) -> Evaluations:
        """All candidates with noise ``seed-k``, otherwise their means over the recorded seeds; made once."""
        key = (metrics, fidelity, noise.kind, noise.seed)
        if key not in self._views:
            level = self.fidelities.values.index(fidelity)

            def column(name: str) -> FloatArray:
                records = self.values[name][level]
                if noise.kind != "seed":
                    return mean_of_records(records, unit=self.metrics[name].unit)
                seeds = noise.seed % self.n_seeds(name, fidelity)
                return np.take_along_axis(records, seeds[:, None], axis=1)[:, 0]

            columns = {name: column(name) for name in self._wanted(metrics)}
            assert self.space.n_rows is not None
            self._views[key] = self._evaluations(metrics, self.space.n_rows, columns)
        return self._views[key]

    def _wanted(self, metrics: tuple[str, ...]) -> set[str]:
        return {*metrics} if self.cost_metric is None else {*metrics, self.cost_metric}

    def _evaluations(self, metrics: tuple[str, ...], n: int, columns: Mapping[str, FloatArray]) -> Evaluations:
        """Evaluations of n candidates, made of what was recorded of ``_wanted(metrics)``."""
        values = {name: columns[name] for name in metrics}
        failed = np.zeros(n, dtype=np.bool_)
        for column in values.values():
            failed |= ~np.isfinite(column)
        recorded = np.zeros(n) if self.cost_metric is None else columns[self.cost_metric]
        return Evaluations(values, np.where(np.isfinite(recorded), recorded, 0.0), failed, _reasons(failed))

    def every(self, metrics: tuple[str, ...], fidelity: float, noise: Noise) -> Evaluations:
        """What was recorded of all rows, in a noise mode that is not random; shared, not to be changed."""
        return self._view(metrics, fidelity, noise)

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """See ``Evaluator.evaluate``; one draw of ``rng`` per row in a random noise mode."""
        rows = Z @ self.space.radix if self.space.listing is None else self.space.listing.rows_of(Z)
        if noise.kind == "sampled":
            assert rng is not None
            return self._evaluations(metrics, len(rows), self._sample(rows, self._wanted(metrics), fidelity, rng))
        view = self._view(metrics, fidelity, noise)
        values = {name: column[rows] for name, column in view.metrics.items()}
        if noise.is_random:
            assert rng is not None
            draws = noise.scale * rng.standard_normal(len(rows))
            for name in values.keys() - {self.cost_metric}:
                values[name] += draws * self._deviation(name, fidelity)[rows]
        failed = view.failed[rows]
        return Evaluations(values, view.cost_seconds[rows], failed, _reasons(failed))

    def _sample(
        self, rows: IntArray, wanted: set[str], fidelity: float, rng: np.random.Generator
    ) -> dict[str, FloatArray]:
        """A recorded seed of each row, the same one for all metrics with equally many seeds."""
        level = self.fidelities.values.index(fidelity)
        draws = rng.random(len(rows))

        def column(name: str) -> FloatArray:
            seeds = (draws * self.n_seeds(name, fidelity)[rows]).astype(np.int64)
            drawn: FloatArray = self.values[name][level, rows, seeds]
            return drawn

        return {name: column(name) for name in wanted}

    @cached_property
    def _deviations(self) -> dict[tuple[str, float], FloatArray]:
        return {}

    def _deviation(self, metric: str, fidelity: float) -> FloatArray:
        """Population standard deviation over the recorded seeds of each candidate, (size,); made once."""
        key = (metric, fidelity)
        if key not in self._deviations:
            records = self.values[metric][self.fidelities.values.index(fidelity)]
            self._deviations[key] = np.sqrt(exact_mean((records - exact_mean(records)[:, None]) ** 2))
        return self._deviations[key]


def _reasons(failed: BoolArray) -> dict[int, str]:
    return dict.fromkeys(failed.nonzero()[0].tolist(), "recorded training failed")
