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

    def predict(self, space: SearchSpace, Z: Codes) -> FloatArray:
        """Predictions, (n,)."""
        ...


@dataclass(frozen=True, eq=False)
class ModelEvaluator:
    """A surrogate as it was saved, without noise and without cost.

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
        """Only ``mean``."""
        return frozenset({"mean"})

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """See ``Evaluator.evaluate``."""
        values = self.predictor.predict(self.space, Z) if len(Z) else np.empty(0)
        return Evaluations(dict.fromkeys(metrics, values), np.zeros(len(Z)), np.zeros(len(Z), dtype=np.bool_))
