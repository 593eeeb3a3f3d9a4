"""Evaluation by a published surrogate model in ONNX format."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import FloatArray, brief
from nas_problems.evaluation import Evaluations, EvaluatorKind, Fidelities, Metric, Noise, NoiseKind
from nas_problems.space import Codes

Inputs = Mapping[str, NDArray[Any]]
"""Name of a model's input -> a batch of n rows."""

_ROWS = 4
"""Batches are filled up to a multiple of this: the matrix products take rows four at a time and add up the
rest in another order, so that a candidate's value would depend on who is evaluated with it."""


@dataclass(frozen=True)
class OnnxModel:
    """A model file and the session that runs it, opened at first use and then shared.

    Args:
        content: Returns the verified bytes of the file.
    """

    content: Callable[[], bytes]

    @cached_property
    def _session(self) -> Any:  # onnxruntime has no type information
        try:
            import onnxruntime
        except ImportError as error:
            raise ImportError('surrogate models run on onnxruntime: pip install "iohnas[yahpo]"') from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # the same sums in the same order on every machine
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(self.content(), options, providers=["CPUExecutionProvider"])

    def __getstate__(self) -> dict[str, Any]:
        return {"content": self.content}  # a session cannot be pickled; another process opens its own

    def predict(self, inputs: Inputs) -> FloatArray:
        """Run a batch.

        Returns:
            Predictions, shape (n, targets).

        Raises:
            ImportError: onnxruntime is not installed.
            DataUnavailableError: The file is not available and cannot be downloaded.
        """
        n = len(next(iter(inputs.values())))
        padding = -n % _ROWS
        padded = {
            name: np.concatenate([array, np.repeat(array[-1:], padding, axis=0)]) for name, array in inputs.items()
        }
        (output,) = self._session.run(None, padded)
        return np.asarray(output[:n], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Target:
    """How a column of a model's output becomes a metric.

    Args:
        column: Its position.
        factor: From the model's unit to the metric's.
        upper: Largest possible value of the metric. A regression knows no bounds: predictions above it
            (seen: 1.000004 for a share), and negative ones, are moved to the nearest possible value.
    """

    column: int
    factor: float = 1.0
    upper: float = np.inf


@dataclass(frozen=True, eq=False)
class SurrogateEvaluator:
    """A model that predicts all metrics of a batch at once, without noise.

    Args:
        model: The model.
        encode: ``(Z, fidelity) -> inputs``; how codes become the model's inputs.
        targets: Metric -> where it is in the model's output; no metric is negative.
        metrics: The metrics, by name; those of ``targets``.
        fidelities: The fidelities that can be asked for.
        cost_metric: Name of the metric that is the cost in seconds; None: evaluations cost nothing.

    Raises:
        ValueError: Names that do not agree.
    """

    model: OnnxModel
    encode: Callable[[Codes, float], Inputs]
    targets: Mapping[str, Target]
    metrics: Mapping[str, Metric]
    fidelities: Fidelities
    cost_metric: str | None = None

    def __post_init__(self) -> None:
        if set(self.targets) != set(self.metrics):
            raise ValueError(f"targets: wanted the metrics {sorted(self.metrics)}, found {sorted(self.targets)}")
        if self.cost_metric is not None and self.cost_metric not in self.metrics:
            raise ValueError(f"cost_metric: wanted one of {sorted(self.metrics)}, found {brief(self.cost_metric)}")

    @property
    def kind(self) -> EvaluatorKind:
        """A model."""
        return "computed"

    @property
    def noise_kinds(self) -> frozenset[NoiseKind]:
        """Only ``mean``: a model answers the same question always alike."""
        return frozenset({"mean"})

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """See ``Evaluator.evaluate``."""
        if not len(Z):
            empty = np.empty(0)
            return Evaluations(dict.fromkeys(metrics, empty), empty, np.empty(0, dtype=np.bool_))
        predicted = self.model.predict(self.encode(Z, fidelity))
        outputs = {
            name: np.clip(predicted[:, target.column] * target.factor, 0.0, target.upper)
            for name, target in self.targets.items()
        }
        failed = np.zeros(len(Z), dtype=np.bool_)
        for name in metrics:
            failed |= ~np.isfinite(outputs[name])
        cost = np.zeros(len(Z))
        if self.cost_metric is not None:
            cost = np.nan_to_num(outputs[self.cost_metric], nan=0.0)
        reason = {int(row): "the model's prediction is not finite" for row in np.flatnonzero(failed)}
        return Evaluations({name: outputs[name] for name in metrics}, cost, failed, reason)
