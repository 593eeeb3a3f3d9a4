"""Problems as real IOHprofiler problems, which any ioh logger can follow.

>>> import nas_problems
>>> from nas_problems.adapters.ioh import as_ioh
>>> problem = as_ioh(nas_problems.make("nb201-cifar10"))
>>> problem
<IntegerSingleObjectiveProblem 20001. nb201-cifar10 (iid=1 dim=6)>
>>> round(problem([3, 3, 3, 1, 3, 2]), 3), problem.state.evaluations
(8.393, 1)
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import numpy as np

import nas_problems
from nas_problems.adapters.ioh_code import LARGEST_INTEGER
from nas_problems.adapters.ioh_problem import BoxProblem, IntegerProblem, name_suite
from nas_problems.parameter import check_name
from nas_problems.problem import Problem
from nas_problems.space import Codes
from nas_problems.suites import problems_of

Code = Literal["integer", "box"]
"""How a candidate is written: as integer codes of the space, or as a point of the box [-5, 5]^d."""

IohProblem = IntegerProblem | BoxProblem
"""A real ioh problem that wraps ours."""


def as_ioh(
    problem: Problem,
    *,
    code: Code = "integer",
    rng: np.random.Generator | None = None,
    value: Callable[[Codes], float] | None = None,
    suite: str | None = None,
) -> IohProblem:
    """A real ioh problem with a fixed function id, name, instance, bounds per variable and optimum.

    ``optimum.x`` means something only where ``problem.optimum`` is known; ``optimum.y`` is
    ``problem.target``.

    Args:
        problem: What to wrap; the ioh problem has it as ``.problem``.
        code: ``integer``: a point is a row of codes. ``box``: a point of [-5, 5]^d, for continuous
            optimizers and for spaces with real parameters; see ``SearchSpace.from_box``.
        rng: Needed in a random noise mode.
        value: Used in place of the problem's own evaluation: a checked code (d,) to a finite value.
            What it raises reaches the caller, and nothing is counted then.
        suite: Name that logs give to the problem's suite; None: ioh's ``unknown_suite``.

    Returns:
        An object that ioh takes for one of its own. It cannot be pickled or copied: another process
        makes its own from ``nas_problems.make``.

    Raises:
        ValueError: Several objectives; no ``rng`` in a random noise mode; code ``integer`` on a space
            with a real parameter or with more than 2**31 choices; an unknown code, or a suite's name
            that logs cannot carry.
    """
    if len(problem.objectives) > 1:
        raise ValueError(f"problem: ioh wants one objective, found {problem.objective_metrics}")
    if value is None:
        return _wrap(problem, code, problem.scalar(rng), suite)

    def checked(z: Sequence[Any]) -> float:
        y = value(problem.space.check([z], "x")[0])
        if not math.isfinite(y):
            raise ValueError(f"value: wanted a finite number, found {y}")
        return y

    return _wrap(problem, code, checked, suite)


def as_replayed_ioh(problem: Problem, *, code: Code = "integer", suite: str | None = None) -> IohProblem:
    """The same ioh problem for evaluations that were made elsewhere, e.g. in a batch.

    It never evaluates: ``record(x, y)`` counts and logs one evaluation, and a call raises RuntimeError. Of several
    objectives ``y`` is the first one.

    Raises:
        ValueError: See ``as_ioh``; no ``rng`` is needed, and several objectives are fine.
    """
    return _wrap(problem, code, None, suite)


def _wrap(
    problem: Problem, code: Code, value: Callable[[Sequence[Any]], float] | None, suite: str | None
) -> IohProblem:
    check_name(problem.label, "problem label")
    if suite is not None:
        check_name(suite, "suite name")
    return (BoxProblem if checked_code(problem, code) == "box" else IntegerProblem)(problem, value, suite)


def checked_code(problem: Problem, code: Code) -> Code:
    """The code, where candidates of a problem can be written in it.

    Raises:
        ValueError: An unknown code, or ``integer`` on a space with a real parameter or more than 2**31 choices.
    """
    if code not in ("integer", "box"):
        raise ValueError(f"code: wanted 'integer' or 'box', found {code!r}")
    for parameter in problem.space.parameters if code == "integer" else ():
        if parameter.n_choices is None or parameter.n_choices - 1 > LARGEST_INTEGER:
            raise ValueError(f"code: {parameter.name} of {problem.label} has no integer code in ioh; use code='box'")
    return code


class Suite:
    """Problems to iterate over as ioh problems, instance by instance; made by ``suite``.

    Args:
        name: Name in the logs.
        names: Names of registered problems.
        instances: Instances of each problem.
        make: Name and instance to ioh problem.
    """

    def __init__(
        self, name: str, names: tuple[str, ...], instances: tuple[int, ...], make: Callable[[str, int], IohProblem]
    ) -> None:
        self.name = name
        self.names = names
        self.instances = instances
        self._make = make
        self._logger: Any = None

    def __len__(self) -> int:
        return len(self.names) * len(self.instances)

    def __iter__(self) -> Iterator[IohProblem]:
        """Fresh problems; while one is in use the suite's logger is attached to it."""
        for name in self.names:
            for instance in self.instances:
                problem = self._make(name, instance)
                if self._logger is None:
                    yield problem
                    continue
                problem.attach_logger(self._logger)
                try:
                    yield problem
                finally:
                    if problem.state.evaluations:  # else its user has called reset
                        problem.reset()
                    problem.detach_logger()

    def attach_logger(self, logger: Any) -> None:
        """Log all problems of the following iterations."""
        self._logger = logger

    def detach_logger(self) -> None:
        """Log no further iteration."""
        self._logger = None


def suite(
    name: str,
    *,
    code: Code = "integer",
    instances: Sequence[int] = (1,),
    noise: str = "mean",
    rng: np.random.Generator | None = None,
) -> Suite:
    """The ioh problems of a suite; their logs name it.

    Args:
        name: One of ``nas_problems.suites.suites()``, e.g. ``nas201`` or ``demo``.
        code: See ``as_ioh``; with ``integer``, a problem with real parameters still uses ``box``.
        instances: Instances of each problem.
        noise: See ``nas_problems.make``.
        rng: Needed in a random noise mode; shared by all problems.

    Raises:
        KeyError: Unknown suite; the message has the nearest names.
        ValueError: No or a repeated instance, an unknown code, or no ``rng`` in a random noise mode;
            for what a single problem refuses, see ``nas_problems.make``: raised while iterating.
    """
    wanted = tuple(instances)
    if not wanted or len(set(wanted)) != len(wanted):
        raise ValueError(f"instances: wanted distinct numbers, found {instances!r}")
    if code not in ("integer", "box"):
        raise ValueError(f"code: wanted 'integer' or 'box', found {code!r}")
    if rng is None and nas_problems.Noise.parse(noise).is_random:
        raise ValueError(f"rng: noise {noise!r} wants a numpy Generator, found None")

    def make(problem_name: str, instance: int) -> IohProblem:
        problem = nas_problems.make(problem_name, noise=noise, instance=instance)
        return as_ioh(problem, code=code if problem.space.is_finite else "box", rng=rng, suite=name)

    return Suite(name, problems_of(name), wanted, make)


__all__ = [
    "BoxProblem",
    "Code",
    "IntegerProblem",
    "IohProblem",
    "Suite",
    "as_ioh",
    "as_replayed_ioh",
    "name_suite",
    "suite",
]
