"""Evaluation by a Python function of the user's: the shortest way to a new problem."""

import dataclasses
import inspect
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nas_problems.checked import checked
from nas_problems.evaluation import Evaluations, EvaluatorKind, Fidelities, Metric, Noise, NoiseKind
from nas_problems.evaluators.child import ChildError, check_importable, child
from nas_problems.evaluators.process_group import without_forks
from nas_problems.evaluators.records import mean_of_records
from nas_problems.evaluators.serve import call_limited
from nas_problems.exception import reason_of
from nas_problems.parameter import Config
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace

SECONDS = Metric("train_seconds", "s", penalty=1e6)
"""The measured duration of a call, which every function has as a metric; over seeds the mean, while costs add up."""

WHOLE = Fidelities("share", (1.0,))
"""The fidelity of a function that knows none: it is always evaluated as a whole."""


class _Failure(Exception):  # noqa: N818  # of an evaluation, for the loop below
    """An evaluation failed.

    Args:
        reason: Why, in one line.
        cost_seconds: What it cost; None: what was measured.
    """

    def __init__(self, reason: str, cost_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.cost_seconds = reason, cost_seconds


@dataclass(frozen=True, eq=False)
class FunctionEvaluator:
    """Calls a function for every candidate and measures how long it takes.

    A call that raises, exits, exceeds the time limit or returns what is not a finite number is a failed
    evaluation with its reason. Every call gets a configuration of its own, which it may change.

    Args:
        space: The candidates.
        function: See ``from_function``.
        metric: What the value is; or several, of which the function returns a mapping.
        seeds: Seeds over which noise ``mean`` averages; empty: the function takes no seed, and ``mean``
            is the only noise mode.
        fidelities: The fidelities that the function knows.
        limit_seconds: For one call, which is made in a child process then; infinite: calls are made in
            this process.

    Raises:
        ValueError: No metric, or a time limit that is not positive or that the function's place rules out.
    """

    space: SearchSpace
    function: Callable[..., Any]
    metric: Metric | tuple[Metric, ...]
    seeds: tuple[int, ...] = ()
    fidelities: Fidelities = WHOLE
    limit_seconds: float = math.inf

    def __post_init__(self) -> None:
        if not self.measured:
            raise ValueError("metric: wanted at least one, found none")
        if not self.limit_seconds > 0:
            raise ValueError(f"limit_seconds: wanted a positive number, found {self.limit_seconds}")
        if self.limit_seconds < math.inf:
            check_importable(self.function, "function")

    @property
    def measured(self) -> tuple[Metric, ...]:
        """What the function returns."""
        return self.metric if isinstance(self.metric, tuple) else (self.metric,)

    @property
    def kind(self) -> EvaluatorKind:
        """Every evaluation is a call."""
        return "live"

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """What the function returns, and the seconds it took."""
        return {SECONDS.name: SECONDS} | {metric.name: metric for metric in self.measured}

    @property
    def noise_kinds(self) -> frozenset[NoiseKind]:
        """``mean``, and with seeds ``sampled`` and ``seed-k``."""
        return frozenset({"mean", "sampled", "seed"} if self.seeds else {"mean"})

    @property
    def remembers(self) -> bool:
        """False: the function is called again."""
        return False

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """See ``Evaluator.evaluate``."""
        values = {name: np.full(len(Z), np.nan) for name in self.metrics}
        cost = np.zeros(len(Z))
        reason: dict[int, str] = {}
        seeds = noise.seeds(len(Z), averaged=self.seeds, rng=rng)
        for row, config in enumerate(self.space.decode(Z)):
            start = time.perf_counter()
            try:
                means, cost[row] = self._mean(config, seeds[row], fidelity)
            except _Failure as failure:
                reason[row] = failure.reason
                measured = time.perf_counter() - start
                cost[row] = measured if failure.cost_seconds is None else failure.cost_seconds
                continue
            for name, value in means.items():
                values[name][row] = value
        failed = np.zeros(len(Z), dtype=np.bool_)
        failed[list(reason)] = True
        return Evaluations({name: values[name] for name in metrics}, cost, failed, reason)

    def _mean(self, config: Config, seeds: tuple[int, ...], fidelity: float) -> tuple[dict[str, float], float]:
        """Mean over seeds of what the function returns and of the seconds that it took, and the sum of these."""
        level = {} if self.fidelities == WHOLE else {self.fidelities.name: self._level(fidelity)}
        arguments: list[tuple[int, ...]] = [(seed,) for seed in seeds] or [()]
        calls = [self._call((dict(config), *given), level) for given in arguments]
        means = {}
        for name in calls[0]:
            records = np.array([[call[name] for call in calls]])
            means[name] = float(mean_of_records(records, unit=self.metrics[name].unit)[0])
            if not math.isfinite(means[name]):
                raise _Failure(f"the mean of {name} over seeds overflows")
        return means, sum(call[SECONDS.name] for call in calls)

    def _level(self, fidelity: float) -> float:
        """The fidelity as the user wrote it: 3 where 3.0 was asked for, so that ``range`` takes it."""
        return self.fidelities.values[self.fidelities.values.index(fidelity)]

    def _call(self, args: tuple[Any, ...], level: Mapping[str, float]) -> dict[str, float]:
        """One call's values and seconds, all of them finite."""
        try:
            if self.limit_seconds == math.inf:
                start = time.perf_counter()
                with without_forks():
                    result = self.function(*args, **level)
                seconds = time.perf_counter() - start
            else:
                result, seconds = child().call(call_limited, self.limit_seconds, self.function, args, level)
            measured = {SECONDS.name: seconds} | self._named(result)
        except TimeoutError as error:
            if self.limit_seconds == math.inf:
                raise _Failure(reason_of(error)) from error
            why = f"exceeded the time limit of {self.limit_seconds:g} s"
            raise _Failure(why, self.limit_seconds) from error
        except ChildError as error:
            raise _Failure(error.reason, error.seconds) from error
        except (Exception, SystemExit) as error:
            raise _Failure(reason_of(error)) from error
        if measured[SECONDS.name] < 0:
            raise _Failure(f"wanted a cost of at least 0 seconds, found {measured[SECONDS.name]}")
        for name, value in measured.items():
            if not math.isfinite(value):
                what = "value" if len(self.measured) == 1 else name
                raise _Failure(f"wanted a finite {what}, found {value}")
        return measured

    def _named(self, result: Any) -> dict[str, float]:
        if not isinstance(self.metric, tuple):
            return {self.metric.name: _number(result)}
        names = [metric.name for metric in self.metric]
        if not isinstance(result, Mapping) or not result.keys() >= set(names):
            raise ValueError(f"wanted a mapping with {names}, found {result!r}")
        return {name: _number(result[name]) for name in names}


def _number(result: Any) -> float:
    """What a function returned as a number.

    Raises:
        ValueError: It is something else; the message says what, and is the same for all results of this kind.
    """
    try:
        return float(result)
    except (TypeError, ValueError) as error:
        raise ValueError(f"wanted a number from the function, found a {type(result).__name__}") from error


@checked
def from_function(
    function: Callable[..., Any],
    space: SearchSpace,
    *,
    name: str,
    function_id: int = 30_000,
    metric: Metric | tuple[Metric, ...] | None = None,
    seeds: tuple[int, ...] = (),
    fidelities: Fidelities | None = None,
    limit_seconds: float = math.inf,
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
        metric: What the value is; None: something to be minimised, penalty 1e9. Several: the function
            returns a mapping from their names to values, the first one is minimised, and
            ``variant(objective=...)`` chooses others. A metric ``train_seconds`` is what an evaluation is
            said to cost, in place of the seconds that it takes here; over ``seeds`` the metric is the mean, and the
            cost of an evaluation the sum.
        seeds: Seeds over which noise ``mean`` averages; empty: the function takes no seed.
        fidelities: Budgets that the function knows; it is given one under the fidelity's name, like
            ``f(config, epochs=9)``.
        limit_seconds: For one call; it is made in a process of its own then, which is killed when it
            takes longer. A crash of that process is a failed evaluation, too.
        source: What to cite.
        lower_bound: A minimised value of the first metric that no candidate can beat, from which regret is measured;
            None: what the metric says. Where none is known, reports show values.

    Raises:
        ValueError: A name or id that logs cannot carry; a bound above the penalty; or a time limit for a function
            that another process cannot import, such as a lambda or one of the script that is run.

    >>> from nas_problems import Integer
    >>> space = SearchSpace((Integer("n_layers", 1, 8), Integer("width", 1, 8)))
    >>> problem = from_function(lambda config: config["n_layers"] * config["width"], space, name="area")
    >>> problem([[0, 0], [3, 1]])
    array([1., 8.])
    """
    if any(seed < 0 for seed in seeds):
        raise ValueError(f"seeds: wanted integers >= 0, found {seeds}")
    _check_call(function, seeds, fidelities)
    measured = Metric("value", penalty=1e9) if metric is None else metric
    if measured == ():
        raise ValueError("metric: wanted at least one, found none")
    if lower_bound is not None:
        first, others = (measured, ()) if isinstance(measured, Metric) else (measured[0], measured[1:])
        bounded = dataclasses.replace(first, lower_bound=float(lower_bound))
        measured = bounded if isinstance(measured, Metric) else (bounded, *others)
    evaluator = FunctionEvaluator(space, function, measured, seeds, fidelities or WHOLE, limit_seconds)
    return Problem(
        name=name,
        function_id=function_id,
        base_space=space,
        evaluator=evaluator,
        objectives=(evaluator.measured[0],),
        source=source,
    )


def _check_call(function: Callable[..., Any], seeds: tuple[int, ...], fidelities: Fidelities | None) -> None:
    """Refuse a function that cannot be called as it will be: every evaluation would fail."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some built-in functions have none
        return
    level = {} if fidelities is None or fidelities == WHOLE else {fidelities.name: fidelities.full}
    given = ["config", *(["seed"] if seeds else []), *(f"{name}=" for name in level)]
    try:
        signature.bind({}, *seeds[:1], **level)
    except TypeError as error:
        raise ValueError(f"function: wanted one of ({', '.join(given)}), found {signature}: {error}") from error
