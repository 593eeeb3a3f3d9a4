"""Evaluation by a Python function of the user's: the shortest way to a problem of one's own."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from nas_problems.evaluation import Evaluations, Fidelity, Metric, Noise, NoiseKind
from nas_problems.parameter import Config
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace

SECONDS = Metric("train_seconds", "s", penalty=1e6)
"""The measured duration of a call, which every function has as a metric."""


@dataclass(frozen=True, eq=False)
class FunctionEvaluator:
    """Calls a function for every candidate, in this process, and measures how long it takes.

    A call that raises, or returns a number that is not finite, is a failed evaluation with its reason.

    Args:
        space: The candidates.
        function: ``f(config) -> value``, or ``f(config, seed) -> value`` where ``seeds`` is given.
        metric: What the value is.
        seeds: Seeds over which noise ``mean`` averages; empty: the function takes no seed, and ``mean``
            is the only noise mode.
    """

    space: SearchSpace
    function: Callable[..., float]
    metric: Metric
    seeds: tuple[int, ...] = ()

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """The function's value and the seconds it took."""
        return {self.metric.name: self.metric, SECONDS.name: SECONDS}

    @property
    def fidelity(self) -> Fidelity:
        """Only the full one."""
        return Fidelity("share", (1.0,))

    @property
    def noise_kinds(self) -> frozenset[NoiseKind]:
        """``mean``, and with seeds ``sampled`` and ``seed-k``."""
        return frozenset({"mean", "sampled", "seed"} if self.seeds else {"mean"})

    @property
    def remembers(self) -> bool:
        """No: the function is called again."""
        return False

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """See ``Evaluator.evaluate``."""
        values, cost = np.full(len(Z), np.nan), np.zeros(len(Z))
        reason = {}
        seeds = noise.seeds(len(Z), averaged=self.seeds, rng=rng)
        for row, config in enumerate(self.space.decode(Z)):
            start = time.perf_counter()
            try:
                values[row] = self._value(config, seeds[row])
            except Exception as error:
                reason[row] = f"{type(error).__name__}: {error}"
            cost[row] = time.perf_counter() - start
            if row not in reason and not math.isfinite(values[row]):
                reason[row] = f"wanted a finite value, found {values[row]}"
                values[row] = np.nan
        failed = np.zeros(len(Z), dtype=np.bool_)
        failed[list(reason)] = True
        found = {self.metric.name: values, SECONDS.name: np.where(failed, np.nan, cost)}
        return Evaluations({name: found[name] for name in metrics}, cost, failed, reason)

    def _value(self, config: Config, seeds: tuple[int, ...]) -> float:
        if not self.seeds:
            return float(self.function(config))
        return float(np.mean([self.function(config, seed) for seed in seeds]))


def from_function(
    function: Callable[..., float],
    space: SearchSpace,
    *,
    name: str,
    function_id: int = 30_000,
    metric: Metric | None = None,
    seeds: tuple[int, ...] = (),
    source: str = "own",
    lower_bound: float | None = None,
) -> Problem:
    """A problem from a Python function.

    Args:
        function: ``f(config) -> value``, or ``f(config, seed) -> value`` where ``seeds`` is given;
            ``config`` is a dict of parameter values. It may raise: that evaluation has failed then.
        space: The candidates.
        name: Name in logs and files.
        function_id: A number in 30000 ... 32767, the same in all your studies.
        metric: What the value is; None: something to be minimised, penalty 1e9.
        seeds: Seeds over which noise ``mean`` averages; empty: the function takes no seed.
        source: What to cite.
        lower_bound: A minimised value that no candidate can beat, from which regret is measured; None: 0,
            as of errors, losses and costs.

    Raises:
        ValueError: A name or id that logs cannot carry; or no lower bound for a metric that is maximized
            without being in percent: its minimised values are negative.

    >>> from nas_problems import Integer
    >>> space = SearchSpace((Integer("n_layers", 1, 8), Integer("width", 1, 8)))
    >>> problem = from_function(lambda config: config["n_layers"] * config["width"], space, name="area")
    >>> problem([[0, 0], [3, 1]])
    array([1., 8.])
    """
    measured = Metric("value", penalty=1e9) if metric is None else metric
    if lower_bound is None and measured.maximize and measured.unit != "%":
        raise ValueError(
            f"lower_bound: wanted minus the largest {measured.name} that is possible, such as -1.0, found none"
        )
    return Problem(
        name=name,
        function_id=function_id,
        base_space=space,
        evaluator=FunctionEvaluator(space, function, measured, seeds),
        objectives=(measured,),
        source=source,
        lower_bound=0.0 if lower_bound is None else lower_bound,
    )
