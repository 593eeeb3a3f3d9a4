"""Problems as pymoo problems: integer, box or mixed variables, one or several objectives.

>>> import numpy as np
>>> import nas_problems
>>> from nas_problems.adapters.pymoo import as_pymoo
>>> problem = as_pymoo(nas_problems.make("nb201-cifar10"))
>>> problem.evaluate(np.array([[3, 3, 3, 1, 3, 2]])).round(3)
array([[8.393]])
"""

import copy
from typing import Any, Literal, Self

import numpy as np
from pymoo.core import problem as pymoo_problem
from pymoo.core import variable as pymoo_variable

from nas_problems.array import check_matrix
from nas_problems.parameter import Categorical, Integer, Parameter, Real
from nas_problems.problem import Problem
from nas_problems.space import BOX_LOWER, BOX_UPPER, Codes, SearchSpace

Code = Literal["integer", "box", "mixed"]
"""How pymoo writes a candidate; see ``as_pymoo``."""


class PymooProblem(pymoo_problem.Problem):  # type: ignore[misc]  # pymoo ships no types
    """A problem that pymoo's algorithms can minimise; made by ``as_pymoo``.

    A deep copy, as pymoo makes one per generation for ``save_history=True``, shares the wrapped problem
    and its tables and copies only the generator of the noise.
    """

    def __init__(self, problem: Problem, code: Code, rng: np.random.Generator | None) -> None:
        self.problem = problem
        self.code = code
        self.rng = rng
        super().__init__(n_obj=len(problem.objectives), **_variables(problem, code))

    def to_codes(self, X: Any) -> Codes:
        """What pymoo calls X, shape (n, d) or n dicts, to codes of the problem's space, shape (n, d).

        Raises:
            ValueError: Wrong shape, a missing name, out of range, NaN, or a fraction where an integer is
                wanted, as algorithms for real variables give without a repair.
        """
        space = self.problem.space
        if self.code == "box":
            return space.from_box(X)
        if self.code == "mixed":
            return from_mixed(space, X)
        matrix = check_matrix(X, "X", space.n_parameters)
        codes = np.rint(matrix).astype(np.int64) if np.isfinite(matrix).all() else matrix
        if not np.array_equal(codes, matrix):
            raise ValueError(
                "X: wanted integers, found fractions; give the algorithm's sampling, crossover and mutation a "
                "RoundingRepair, or use code='mixed' with MixedVariableGA"
            )
        return space.check(codes, "X")

    def _evaluate(self, X: Any, out: dict[str, Any], *_: Any, **__: Any) -> None:
        out["F"] = self.problem(self.to_codes(X), rng=self.rng)

    def _calc_pareto_front(self, *_: Any, **__: Any) -> Any:
        """What ``pareto_front()`` gives, for pymoo's indicators: the noise-free front of a table, else None."""
        front = self.problem.pareto_front
        return None if front is None else np.unique(front.Y, axis=0)

    def name(self) -> str:
        """The problem's label."""
        return self.problem.label

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        duplicate = copy.copy(self)
        duplicate.rng = copy.deepcopy(self.rng, memo)
        return duplicate


def mixed_variables(space: SearchSpace) -> dict[str, Any]:
    """One named variable of pymoo per parameter; see ``as_pymoo``."""
    return {parameter.name: _variable(parameter) for parameter in space.parameters}


def to_mixed(space: SearchSpace, Z: Codes) -> list[dict[str, Any]]:
    """Codes (n, d) to n dicts, as ``MixedVariableGA`` writes candidates; the inverse of ``from_mixed``."""
    columns = []
    for j, parameter in enumerate(space.parameters):
        column = Z[:, j]
        if _on_unit_scale(parameter):
            column = parameter.to_unit(column)
        elif not isinstance(parameter, Real):
            column = column.astype(np.int64)
        columns.append(column.tolist())
    return [dict(zip(space.names, row, strict=True)) for row in zip(*columns, strict=True)]


def from_mixed(space: SearchSpace, X: Any) -> Codes:
    """One dict or n of them, as ``MixedVariableGA`` writes candidates, to codes (n, d).

    Raises:
        ValueError: A missing name, out of range, NaN, or a fraction where an integer is wanted.
    """
    try:
        rows = [[row[name] for name in space.names] for row in ([X] if isinstance(X, dict) else X)]
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"X: wanted dicts with the names {space.names}, found {X!r}") from error
    matrix = check_matrix(rows or np.empty((0, space.n_parameters)), "X", space.n_parameters)
    scaled = [j for j, parameter in enumerate(space.parameters) if _on_unit_scale(parameter)]
    if not scaled:
        return space.check(matrix)
    codes = matrix.astype(np.float64)
    for j in scaled:
        if not ((codes[:, j] >= 0) & (codes[:, j] <= 1)).all():
            raise ValueError(f"X: wanted {space.names[j]} on the unit scale, in [0, 1], found {codes[:, j]}")
        codes[:, j] = space.parameters[j].from_unit(codes[:, j])
    if space.is_finite and np.array_equal(codes, np.rint(codes)):
        codes = codes.astype(np.int64)
    return space.check(codes)


def _on_unit_scale(parameter: Parameter) -> bool:
    return isinstance(parameter, (Integer, Real)) and parameter.log


def _variables(problem: Problem, code: Code) -> dict[str, Any]:
    space = problem.space
    n = space.n_parameters
    if code == "box":
        return {"n_var": n, "xl": np.full(n, BOX_LOWER), "xu": np.full(n, BOX_UPPER), "vtype": float}
    if code == "mixed":
        return {"vars": mixed_variables(space)}
    if code != "integer":
        raise ValueError(f"code: wanted 'integer', 'box' or 'mixed', found {code!r}")
    if not space.is_finite:
        raise ValueError(f"code: {problem.label} has real parameters; use code='mixed' or code='box'")
    return {"n_var": n, "xl": space.lower, "xu": space.upper, "vtype": int}


def _variable(parameter: Parameter) -> Any:
    if _on_unit_scale(parameter):
        return pymoo_variable.Real(bounds=(0.0, 1.0))
    if isinstance(parameter, Real):
        return pymoo_variable.Real(bounds=(parameter.low, parameter.high))
    if isinstance(parameter, Categorical):
        return pymoo_variable.Choice(options=list(range(parameter.n_choices)))
    return pymoo_variable.Integer(bounds=(0, parameter.n_choices - 1))


def as_pymoo(problem: Problem, *, code: Code = "integer", rng: np.random.Generator | None = None) -> PymooProblem:
    """A problem for pymoo, evaluated in whole populations.

    Args:
        problem: What to wrap, with one or several objectives.
        code: ``integer``: codes of a finite space, for algorithms with integer operators or rounding, which
            see positions and no log scale.
            ``box``: points of [-5, 5]^d, for real-valued algorithms. ``mixed``: one named variable per
            parameter, for ``MixedVariableGA``: ``Choice`` of a categorical code, ``Integer`` of an
            ordinal or linear integer code, ``Real`` of the value, or of [0, 1] where the scale is logarithmic.
        rng: Needed in a random noise mode.

    Returns:
        A pymoo problem; ``to_codes(result.X)`` leads back to the space.

    Raises:
        ValueError: Code ``integer`` on a space with real parameters, an unknown code, or no ``rng`` in a
            random noise mode.
    """
    if rng is None and problem.noise.is_random:
        raise ValueError(f"rng: {problem.label} wants a numpy Generator, found None")
    return PymooProblem(problem, code, rng)
