"""Problems as Nevergrad functions, with a natural parametrization.

>>> from nas_problems.adapters.nevergrad import as_function
>>> function = as_function("nb201-cifar10")
>>> conv = "nor_conv_3x3"
>>> y = function(edge_0_1=conv, edge_0_2=conv, edge_1_2=conv, edge_0_3="skip_connect", edge_1_3=conv,
...              edge_2_3="nor_conv_1x1")
>>> round(y, 3)
8.393
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import nevergrad as ng
import numpy as np
from nevergrad.functions import ExperimentFunction
from nevergrad.optimization.multiobjective import HypervolumeIndicator

import nas_problems
from nas_problems.array import FloatArray
from nas_problems.parameter import Categorical, Integer, Ordinal, Parameter, Real, Value
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace

_FEW = 10  # Nevergrad advises against integer casting of shorter ranges; they become ordered choices


def parametrization(space: SearchSpace) -> ng.p.Instrumentation:
    """A space in Nevergrad's terms: keyword arguments with the names and values of ``space.decode``.

    Categorical: ``Choice(deterministic=True)``; without it every candidate draws its values anew from weights, and
    no optimizer keeps its best candidate. Ordinal, and linear Integer of less than ten values:
    ``TransitionChoice``. Other Integer and Real: ``Scalar``, or ``Log`` on a log scale; Integer with integer
    casting. A parameter with one value is a constant.

    Raises:
        ValueError: A parameter named ``self``, which no method takes as a keyword argument.
    """
    if "self" in space.names:
        raise ValueError("parameters: wanted names that nevergrad passes as keyword arguments, found 'self'; rename it")
    return ng.p.Instrumentation(**{parameter.name: _variable(parameter) for parameter in space.parameters})


def _variable(parameter: Parameter) -> Any:
    if parameter.n_choices == 1:  # nevergrad cannot make a choice or a range of one value
        return parameter.decode(np.zeros(1))[0]
    if isinstance(parameter, Categorical):
        return ng.p.Choice(parameter.choices, deterministic=True)
    if isinstance(parameter, Ordinal):
        return ng.p.TransitionChoice(parameter.values)
    if isinstance(parameter, Integer) and parameter.n_choices < _FEW and not parameter.log:
        return ng.p.TransitionChoice(range(parameter.low, parameter.high + 1))
    if parameter.log:
        # Nevergrad's own start is the root of the product of the bounds, which can vanish or overflow. Given one, it
        # no longer draws uniformly over the range.
        product_is_sound = 1e-300 < parameter.low * parameter.high < 1e300
        middle = None if product_is_sound else math.exp((math.log(parameter.low) + math.log(parameter.high)) / 2)
        variable = ng.p.Log(init=middle, lower=parameter.low, upper=parameter.high)
    else:
        variable = ng.p.Scalar(lower=parameter.low, upper=parameter.high)
    return variable.set_integer_casting() if isinstance(parameter, Integer) else variable


def to_code(space: SearchSpace, config: Mapping[str, Value]) -> Codes:
    """The code (d,) of the keyword arguments of a candidate.

    Raises:
        ValueError: A missing or unknown name, or a value outside its parameter's range.
    """
    exact = dict(config)
    for parameter in space.parameters:
        value = config.get(parameter.name)
        if isinstance(parameter, Real) and parameter.log and isinstance(value, float):
            edge = min(max(value, parameter.low), parameter.high)
            if math.isclose(value, edge, rel_tol=1e-12):  # Log computes exp(log(edge)), which can pass the edge
                exact[parameter.name] = edge
    code: Codes = space.encode([exact])[0]
    return code


class ProblemFunction(ExperimentFunction):  # type: ignore[misc]  # untyped base
    """A problem as a function of keyword arguments, for Nevergrad's optimizers and benchmarks.

    In a random noise mode it draws from a generator seeded by ``parametrization.random_state``.

    Args:
        problem: A registered name, or any other problem.
        noise: See ``nas_problems.make``; None keeps the problem's.
        fidelity: See ``nas_problems.make``; None keeps the problem's.
        objective: See ``nas_problems.make``; None keeps the problem's.
        instance: See ``nas_problems.make``; None keeps the problem's.

    Raises:
        KeyError: Unknown name or metric.
        ValueError: A noise mode, fidelity or instance that the problem does not have.
    """

    def __init__(
        self,
        problem: str | Problem,
        noise: str | None = None,
        fidelity: float | None = None,
        objective: str | tuple[str, ...] | None = None,
        instance: int | None = None,
    ) -> None:
        made = nas_problems.make(problem) if isinstance(problem, str) else problem
        self.problem = made.variant(noise=noise, fidelity=fidelity, objective=objective, instance=instance)
        self._rng: np.random.Generator | None = None
        self._last: tuple[bytes, float] | None = None  # code and cost of the latest evaluation
        super().__init__(self._evaluate, parametrization(self.problem.space).set_name(""))
        self.parametrization.function.deterministic = not self.problem.noise.is_random
        if len(self.problem.objectives) > 1:
            reference = self.problem.reference
            ideal, nadir = np.array(reference.ideal), np.array(reference.nadir)
            self.multiobjective_upper_bounds = ideal + reference.point * (nadir - ideal)
        instance_name = "" if self.problem.instance == 1 else f".i{self.problem.instance}"
        self.add_descriptors(
            name=self.problem.label + instance_name,  # IOHanalyzer's function; without it all problems were one
            problem=self.problem.name,
            noise=str(self.problem.noise),
            fidelity=self.problem.fidelity,
            objective=",".join(self.problem.objective_metrics),
            instance=self.problem.instance,
        )

    def _evaluate(self, **config: Value) -> float | FloatArray:
        code = to_code(self.problem.space, config)
        if self._rng is None and self.problem.noise.is_random:
            self._rng = np.random.default_rng(self.parametrization.random_state.randint(2**32, dtype=np.uint32))
        evaluations = self.problem.evaluate([code], rng=self._rng, metrics=self.problem.objective_metrics)
        self._last = (code.tobytes(), float(evaluations.cost_seconds[0]))
        return _loss(self.problem.minimised(evaluations))

    def compute_pseudotime(self, input_parameter: tuple[Sequence[Any], Mapping[str, Value]], loss: object) -> float:
        """Recorded or measured cost of a candidate in seconds, so that workers are mocked realistically.

        Args:
            input_parameter: Positional (none) and keyword arguments of the candidate.
            loss: Not used.
        """
        code = to_code(self.problem.space, input_parameter[1])
        if self._last is None or self._last[0] != code.tobytes():
            evaluations = self.problem.noise_free.evaluate([code], metrics=self.problem.objective_metrics)
            self._last = (code.tobytes(), float(evaluations.cost_seconds[0]))
        return self._last[1]

    def evaluation_function(self, *recommendations: ng.p.Parameter) -> float:
        """Noise-free value of a recommendation, or minus the hypervolume of a noise-free Pareto front.

        The reference point of the hypervolume is that of ``problem.reference``, in the objectives' own units.
        """
        problem = self.problem.noise_free
        losses = problem([to_code(problem.space, candidate.kwargs) for candidate in recommendations])
        if losses.ndim == 1:
            return float(losses[0])
        reference = self.multiobjective_upper_bounds
        return -float(HypervolumeIndicator(reference).compute(np.minimum(losses, reference)))


def _loss(y: FloatArray) -> float | FloatArray:
    return float(y[0]) if y.ndim == 1 else y[0]


def as_function(
    problem: str | Problem,
    *,
    noise: str | None = None,
    fidelity: float | None = None,
    objective: str | Sequence[str] | None = None,
    instance: int | None = None,
) -> ProblemFunction:
    """A problem as a Nevergrad ``ExperimentFunction``; for the arguments see ``ProblemFunction``.

    Raises:
        KeyError: Unknown name or metric.
        ValueError: A noise mode, fidelity or instance that the problem does not have.
    """
    objectives = objective if objective is None or isinstance(objective, str) else tuple(objective)
    return ProblemFunction(problem, noise, fidelity, objectives, instance)
