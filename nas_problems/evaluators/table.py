"""Evaluation by looking up recorded trainings of every candidate of a finite space."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nas_problems.array import FloatArray, IntArray
from nas_problems.evaluation import Evaluations, Fidelity, Metric, Noise, NoiseKind
from nas_problems.space import Codes, SearchSpace


@dataclass(frozen=True, eq=False)
class TableEvaluator:
    """A complete table of a finite space, with several recorded seeds and fidelities.

    Args:
        space: The finite space whose ``index_of`` numbers the rows.
        values: Metric name -> recorded values, shape (fidelities, size, seeds); NaN where a candidate
            has fewer seeds than others (its recorded seeds come first), or where its training failed.
        metrics: The metrics, by name; those of ``values``.
        fidelity: The recorded fidelities.
        cost_metric: Name of the metric that is the cost in seconds; None: evaluations cost nothing.

    Raises:
        ValueError: Shapes or names that do not agree.
    """

    space: SearchSpace
    values: Mapping[str, FloatArray]
    metrics: Mapping[str, Metric]
    fidelity: Fidelity
    cost_metric: str | None = None

    def __post_init__(self) -> None:
        if set(self.values) != set(self.metrics):
            raise ValueError(f"values: wanted the metrics {sorted(self.metrics)}, found {sorted(self.values)}")
        if self.cost_metric is not None and self.cost_metric not in self.metrics:
            raise ValueError(f"cost_metric: wanted one of {sorted(self.metrics)}, found {self.cost_metric!r}")
        for name, array in self.values.items():
            wanted = (len(self.fidelity.values), self.space.size)
            if array.ndim != 3 or array.shape[:2] != wanted or array.shape[2] < 1:
                raise ValueError(f"values[{name!r}]: wanted shape {wanted} + (seeds,), found {array.shape}")

    @property
    def noise_kinds(self) -> frozenset[NoiseKind]:
        """All of them."""
        return frozenset({"mean", "sampled", "seed", "scaled"})

    @cached_property
    def n_seeds(self) -> Mapping[str, IntArray]:
        """Recorded seeds per metric, each (fidelities, size), at least 1: a candidate whose every
        training failed has one failed record.
        """
        return {name: np.maximum(np.isfinite(array).sum(axis=2), 1) for name, array in self.values.items()}

    @cached_property
    def _moments(self) -> dict[tuple[str, int], tuple[FloatArray, FloatArray]]:
        return {}

    def moments(self, metric: str, fidelity: float) -> tuple[FloatArray, FloatArray]:
        """Mean and population standard deviation over the recorded seeds, each (size,)."""
        level = self.fidelity.values.index(fidelity)
        key = (metric, level)
        if key not in self._moments:
            array = self.values[metric][level]
            recorded = np.isfinite(array)
            count = recorded.sum(axis=1)
            with np.errstate(invalid="ignore"):
                mean = np.where(recorded, array, 0.0).sum(axis=1) / count
                spread = np.where(recorded, array - mean[:, None], 0.0)
                self._moments[key] = (mean, np.sqrt((spread**2).sum(axis=1) / count))
        return self._moments[key]

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """See ``Evaluator.evaluate``; one draw of ``rng`` per row in a random noise mode."""
        rows = self.space.index_of(Z)
        level = self.fidelity.values.index(fidelity)
        wanted = metrics if self.cost_metric is None or self.cost_metric in metrics else (*metrics, self.cost_metric)
        found: dict[str, FloatArray]
        if noise.kind in ("sampled", "seed"):
            counts = {name: self.n_seeds[name][level, rows] for name in wanted}
            if noise.kind == "seed":
                seeds = np.full(len(rows), noise.seed)
            else:
                assert rng is not None
                most = np.max([counts[name] for name in wanted], axis=0)
                seeds = (rng.random(len(rows)) * most).astype(np.int64)
            found = {name: self.values[name][level, rows, seeds % counts[name]] for name in wanted}
        else:
            found = {name: self.moments(name, fidelity)[0][rows] for name in wanted}
            if noise.is_random:
                assert rng is not None
                draws = noise.scale * rng.standard_normal(len(rows))
                for name in metrics:
                    if name != self.cost_metric:
                        found[name] = found[name] + draws * self.moments(name, fidelity)[1][rows]
        failed = np.zeros(len(rows), dtype=np.bool_)
        for name in metrics:
            failed |= ~np.isfinite(found[name])
        cost = np.zeros(len(rows)) if self.cost_metric is None else np.nan_to_num(found[self.cost_metric], nan=0.0)
        reason = {int(row): "recorded training failed" for row in np.flatnonzero(failed)}
        return Evaluations({name: found[name] for name in metrics}, cost, failed, reason)
