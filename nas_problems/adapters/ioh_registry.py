"""Problems in ioh's own registry: for ``ioh.get_problem``, ``ioh.Experiment`` and ``ioh.suite``.

>>> import ioh
>>> from nas_problems.adapters.ioh_registry import add_to_ioh
>>> (number,) = add_to_ioh(["nb201-cifar10"])
>>> problem = ioh.get_problem(number, instance=1, dimension=6, problem_class=ioh.ProblemClass.INTEGER)
>>> problem.meta_data.name, round(problem([3, 3, 3, 1, 3, 2]), 3)
('nb201-cifar10', 8.393)
"""

import threading
from collections.abc import Callable, Sequence

import ioh
import numpy as np

import nas_problems
from nas_problems.adapters.ioh import Code, checked_code
from nas_problems.adapters.ioh_problem import row_from_box
from nas_problems.array import FloatArray
from nas_problems.parameter import check_name
from nas_problems.problem import Problem
from nas_problems.space import BOX_LOWER, BOX_UPPER

_kept: dict[tuple[str, Code], "_Function"] = {}  # ioh calls them for as long as the process lives


def add_to_ioh(
    problems: Sequence[str | Problem],
    *,
    code: Code = "integer",
    rng: np.random.Generator | None = None,
) -> tuple[int, ...]:
    """Register problems by ``ioh.wrap_problem``, under their labels.

    They are of the class ``ioh.ProblemClass.INTEGER``, or ``REAL`` with code ``box``, exist in their own number of
    variables only (``space.n_parameters``), and have our instances; the objects that ioh makes of them know the
    optimum as ``as_ioh``'s do. ioh numbers them, and another process may number them otherwise. Experiments write no
    name of a suite; ``nas_problems.adapters.ioh.name_suite`` adds it to a log.

    Args:
        problems: Registered names or problems, of one objective each, at instance 1. A label that is registered
            already is replaced, also for what ioh made of it before.
        code: ``integer``: a point is a row of codes, in spaces where all variables have the same number of choices,
            because ioh registers one range for all. ``box``: a point of [-5, 5]^d, in any space.
        rng: Needed in a random noise mode. With ``njobs`` > 1, the processes of an ``ioh.Experiment`` have copies of
            it, which draw the same.

    Returns:
        ioh's ids, in the order of ``problems``.

    Raises:
        KeyError: Unknown name; the message has the nearest ones.
        ValueError: Several objectives; another instance than 1; a repeated label; no ``rng`` in a random noise mode; or
            a space without code ``integer``. Nothing is registered then.
    """
    made = [nas_problems.make(problem) if isinstance(problem, str) else problem for problem in problems]
    labels = [problem.label for problem in made]
    if len(set(labels)) < len(labels):
        raise ValueError(f"problems: wanted distinct ones, found {', '.join(labels)}")
    return tuple(function.register() for function in [_Function(problem, code, rng) for problem in made])


class _Function:
    """What ioh calls: the instance and the number of variables reach it apart from the point.

    Args:
        problem: What is evaluated.
        code: How a point is written.
        rng: Source of noise.
    """

    def __init__(self, problem: Problem, code: Code, rng: np.random.Generator | None) -> None:
        check_name(problem.label, "problem label")
        if problem.instance != 1:
            raise ValueError(f"problem: wanted instance 1, from which ioh makes the others, found {problem.instance}")
        checked_code(problem, code)
        self.problem, self.code, self.rng = problem, code, rng
        self.n_choices = 0
        if code == "integer":
            counts = sorted({n for n in problem.space.n_choices if n is not None})
            if len(counts) > 1:
                found = f"{counts[0]} to {counts[-1]}"
                raise ValueError(
                    f"code: {problem.label} has variables of {found} choices, ioh one range for all; use code='box'"
                )
            (self.n_choices,) = counts
        self._values: dict[int, Callable[[FloatArray], float]] = {1: self._value(problem)}
        self._current = threading.local()

    def _value(self, problem: Problem) -> Callable[[FloatArray], float]:
        """Points to values of one instance."""
        value = problem.scalar(self.rng)
        if self.code == "integer":
            return lambda x: value(x.tolist())
        code_of = row_from_box(problem.space)
        return lambda x: value(code_of(x.tolist()))

    def register(self) -> int:
        """Add it to ioh's registry.

        Returns:
            Its number there.
        """
        of_class = ioh.ProblemClass.INTEGER if self.code == "integer" else ioh.ProblemClass.REAL
        low, high = (0, self.n_choices - 1) if self.code == "integer" else (BOX_LOWER, BOX_UPPER)
        _kept[self.problem.label, self.code] = self
        made = ioh.wrap_problem(
            self,
            name=self.problem.label,
            problem_class=of_class,
            dimension=self.problem.space.n_parameters,
            lb=low,
            ub=high,
            transform_variables=self._note_instance,
            calculate_objective=self._optimum,
        )
        return int(made.meta_data.problem_id)

    def _note_instance(self, x: FloatArray, instance: int) -> FloatArray:
        """Called right before the evaluation, in the same thread, with what the evaluation is not told."""
        self._current.instance = instance
        return x

    def __call__(self, x: FloatArray) -> float:
        """The minimised value of a point (d,) of the instance that was noted last.

        Raises:
            ValueError: A point outside the range, which ioh would let through.
        """
        return self._values[self._current.instance](x)

    def _optimum(self, instance: int, dimension: int) -> tuple[list[float], float]:
        """Called when a problem is made."""
        space = self.problem.space
        if dimension != space.n_parameters:
            raise ValueError(f"dimension: {self.problem.label} has {space.n_parameters} variables, found {dimension}")
        problem = self.problem.variant(instance=instance)
        if instance not in self._values:
            self._values[instance] = self._value(problem)
        if self.code == "integer":
            zeros = np.zeros((1, dimension), np.int64)
            return (zeros if problem.optimum is None else problem.optimum.Z[:1])[0].tolist(), problem.target
        nothing = np.full((1, dimension), np.nan)
        best = nothing if problem.optimum is None else problem.space.to_box(problem.optimum.Z[:1])
        return best[0].tolist(), problem.target
