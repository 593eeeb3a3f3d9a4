"""A zero-cost proxy as the lowest fidelity of a problem that trains."""

import dataclasses
from pathlib import Path

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.evaluation import Evaluations, Evaluator, EvaluatorWrapper, Fidelities, KeepingEvaluator, Noise
from nas_problems.problem import Problem
from nas_problems.space import Codes


def below_one_epoch(problem: Problem, proxy: str, *, fidelity: float = 0.05, function_id: int = 30_900) -> Problem:
    """The same problem with one more fidelity below all others, at which a zero-cost proxy replaces the accuracy.

    Solvers that choose fidelities compare candidates within a fidelity, so that its order is all that they use; the
    accuracy at the lowest fidelity is the proxy squeezed into 0 ... 100, the larger the better, and means nothing
    else. Successive halving then trains one epoch only of candidates that the proxy prefers. Solvers that read learning
    curves begin with the first epoch. No training goes on from a proxy: what it cost is paid apart.

    Args:
        problem: One with zero-cost metrics whose objectives are accuracies in percent, or zero-cost metrics.
        proxy: One of ``problem.zero_cost``.
        fidelity: What it counts in a budget, in the unit of the fidelities; below the lowest of them. The default is
            what 32 images out of 600 are of an epoch.
        function_id: Of the problem, see ``Problem``.

    Raises:
        ValueError: No such metric, an objective of another kind, or a fidelity that is not below all others.
    """
    if proxy not in problem.zero_cost:
        known = ", ".join(problem.zero_cost) or "it has none"
        raise ValueError(f"proxy: wanted a zero-cost metric of {problem.label} ({known}), found {proxy!r}")
    for metric in problem.objectives:
        if not metric.zero_cost and not (metric.unit == "%" and metric.maximize):
            raise ValueError(f"{problem.label}: wanted objectives that are accuracies in percent, found {metric.name}")
    return dataclasses.replace(
        problem,
        name=f"{problem.name}.{proxy}",
        function_id=function_id,
        evaluator=ProxyFirst(problem.evaluator, proxy, fidelity),
    )


class ProxyFirst(EvaluatorWrapper):
    """Evaluates by a proxy at one fidelity below those of an evaluator; see ``below_one_epoch``.

    Args:
        evaluator: One with zero-cost metrics.
        proxy: One of them.
        fidelity: Positive, below the evaluator's.
    """

    def __init__(self, evaluator: Evaluator, proxy: str, fidelity: float) -> None:
        self._evaluator, self._proxy, self._fidelity = evaluator, proxy, fidelity
        axis = evaluator.fidelities
        if not 0 < fidelity < axis.values[0]:
            raise ValueError(f"fidelity: wanted {axis.name} in (0, {axis.values[0]:g}), found {fidelity:g}")
        first = axis.trained_from or axis.values[0]
        self._fidelities = dataclasses.replace(axis, values=(fidelity, *axis.values), trained_from=first)

    @property
    def fidelities(self) -> Fidelities:
        """The evaluator's, and one below them."""
        return self._fidelities

    @property
    def remembers(self) -> bool:
        """That of the evaluator."""
        return bool(getattr(self._evaluator, "remembers", False))

    def keeping(self, folder: Path) -> Evaluator:
        """See ``KeepingEvaluator``."""
        if not isinstance(self._evaluator, KeepingEvaluator):
            return self
        return ProxyFirst(self._evaluator.keeping(folder), self._proxy, self._fidelity)

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """See ``Evaluator.evaluate``; at the lowest fidelity, only accuracies and zero-cost metrics are known."""
        if fidelity != self._fidelity:
            return self._evaluator.evaluate(Z, metrics=metrics, fidelity=fidelity, noise=noise, rng=rng)
        known = self.metrics
        accuracies = [name for name in metrics if known[name].unit == "%" and known[name].maximize]
        zero_cost = tuple(name for name in metrics if known[name].zero_cost)
        wanted = tuple(dict.fromkeys((self._proxy, *zero_cost)))
        first = self._evaluator.fidelities.values[0]
        evaluations = self._evaluator.evaluate(Z, metrics=wanted, fidelity=first, noise=noise, rng=rng)
        values = {name: evaluations.metrics[name] for name in zero_cost}
        values |= {name: squeezed(evaluations.metrics[self._proxy]) for name in accuracies}
        if len(values) == len(metrics):
            return dataclasses.replace(evaluations, metrics=values)
        others = ", ".join(name for name in metrics if name not in values)
        nothing, rows = np.full(len(Z), np.nan), range(len(Z))
        reason = dict.fromkeys(rows, f"{others}: not known before the first epoch")
        return Evaluations(
            dict.fromkeys(metrics, nothing), evaluations.cost_seconds, np.ones(len(Z), dtype=np.bool_), reason
        )


def squeezed(values: FloatArray) -> FloatArray:
    """Any numbers to (0, 100), in their order.

    >>> squeezed(np.array([-1e6, 0.0, 5.0, 1e9])).round(1)
    array([ 3.2, 50. , 84.9, 97.8])
    """
    scaled = np.arcsinh(values)
    return np.asarray(50.0 + 50.0 * scaled / (1.0 + np.abs(scaled)), dtype=np.float64)
