"""Evaluation by a model of one metric."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.evaluation import Evaluations, EvaluatorKind, Fidelities, Metric, Noise, NoiseKind
from nas_problems.evaluators.forest import SURROGATE
from nas_problems.space import Codes, SearchSpace


class Predictor(Protocol):
    """What predicts codes of a space."""

    @property
    def n_members(self) -> int:
        """Members of an ensemble; 1: a single model."""
        ...

    def predict_members(self, space: SearchSpace, Z: Codes) -> FloatArray:
        """What each member predicts, (n, members)."""
        ...


@dataclass(frozen=True, eq=False)
class ModelEvaluator:
    """A surrogate as it was saved, without cost.

    The noise mode ``mean`` is the mean over the members of an ensemble, ``seed-k`` is member k, ``sampled`` draws a
    member per query, ``scaled:x`` adds x times the members' standard deviation times a standard normal number. A single
    model has ``mean`` only.

    Args:
        space: The space that it was fitted on.
        predictor: The surrogate.
        metric: What it predicts.
    """

    space: SearchSpace
    predictor: Predictor
    metric: Metric

    @property
    def kind(self) -> EvaluatorKind:
        """A model."""
        return "computed"

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """The one that is predicted."""
        return {self.metric.name: self.metric}

    @property
    def fidelities(self) -> Fidelities:
        """One."""
        return SURROGATE

    @property
    def noise_kinds(self) -> frozenset[NoiseKind]:
        """All of an ensemble, else ``mean`` only."""
        return frozenset({"mean", "sampled", "seed", "scaled"} if self.predictor.n_members > 1 else {"mean"})

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """See ``Evaluator.evaluate``; one draw of ``rng`` per row in a random noise mode.

        Raises:
            ValueError: A member that the ensemble does not have.
        """
        predicted = self.predictor.predict_members(self.space, Z) if len(Z) else np.empty((0, self.predictor.n_members))
        with np.errstate(over="ignore", invalid="ignore"):
            values = member_values(predicted, noise, rng)
        failed = ~np.isfinite(values)
        reason = {int(row): "the model's prediction is not finite" for row in np.flatnonzero(failed)}
        return Evaluations(dict.fromkeys(metrics, values), np.zeros(len(Z)), failed, reason)


def member_values(predictions: FloatArray, noise: Noise, rng: np.random.Generator | None) -> FloatArray:
    """One value per row of what members predict, (n,), as a noise mode has it.

    Args:
        predictions: What each member predicts, (n, members).
        noise: ``mean``, ``seed-k`` (member k), ``sampled`` (a drawn member) or ``scaled:x`` (the mean, and x times the
            members' standard deviation times a standard normal number; with x = 1 as NAS-Bench-301 has it).
        rng: One number is drawn from it per row with ``sampled`` and ``scaled``.

    Raises:
        ValueError: A member that there is not, or a random mode without ``rng``.
    """
    n = predictions.shape[1]
    if noise.kind == "seed":
        if noise.seed >= n:
            raise ValueError(f"noise: wanted seed-0 ... seed-{n - 1}, one for each member, found '{noise}'")
        return predictions[:, noise.seed].copy()
    if not noise.is_random:
        mean: FloatArray = predictions.mean(axis=1)
        return mean
    if rng is None:
        raise ValueError(f"noise: wanted rng with '{noise}', found None")
    if noise.kind == "scaled":
        scaled: FloatArray = predictions.mean(axis=1) + noise.scale * predictions.std(axis=1) * rng.standard_normal(
            len(predictions)
        )
        return scaled
    drawn: FloatArray = predictions[np.arange(len(predictions)), (rng.random(len(predictions)) * n).astype(np.int64)]
    return drawn
