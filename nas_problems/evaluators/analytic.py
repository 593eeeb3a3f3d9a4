"""Functions of ioh as evaluators: BBOB and its affine combinations on any space, PBO on bits.

No formula is copied: every value is ioh's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from nas_problems.array import BoolArray, FloatArray, IntArray
from nas_problems.evaluation import Evaluations, EvaluatorKind, Fidelities, Metric, Noise, NoiseKind
from nas_problems.evaluators.function import WHOLE
from nas_problems.parameter import Categorical
from nas_problems.space import BOX_LOWER, BOX_UPPER, Codes, Real, SearchSpace

BBOB_NAMES = (
    "Sphere",
    "Ellipsoid",
    "Rastrigin",
    "Bueche-Rastrigin",
    "Linear slope",
    "Attractive sector",
    "Step ellipsoid",
    "Rosenbrock",
    "Rotated Rosenbrock",
    "Rotated ellipsoid",
    "Discus",
    "Bent cigar",
    "Sharp ridge",
    "Different powers",
    "Rotated Rastrigin",
    "Weierstrass",
    "Schaffers F7",
    "Schaffers F7, ill-conditioned",
    "Griewank-Rosenbrock",
    "Schwefel",
    "Gallagher 101 peaks",
    "Gallagher 21 peaks",
    "Katsuura",
    "Lunacek bi-Rastrigin",
)
"""Names of f1 ... f24. Source: hansen2021, table 1."""

MANY_AFFINE = 0
"""The function number of MA-BBOB, as ioh has it."""

_TRAPS, _TRAP_BITS = 24, 5  # PBO's concatenated traps
_VERTEX_SETS = 22
_MOST_TABULATED = 2**14  # codes of a space whose values are all computed when its optimum is asked for
_BBOB = Metric("value", penalty=1e12, range=(0.0, 1e3), lower_bound=0.0)


@dataclass(frozen=True, eq=False)
class _Analytic:
    """What the evaluators of this file share: one metric, no noise, instances of ioh."""

    function: int
    space: SearchSpace
    instance: int = 1

    def __getstate__(self) -> dict[str, object]:
        """The fields: ioh's problems cannot be pickled."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @property
    def kind(self) -> EvaluatorKind:
        """``table`` where all values can be computed at once, so that the optimum is known."""
        size = self.space.size
        return "table" if size is not None and size <= _MOST_TABULATED else "computed"

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """The function's value."""
        raise NotImplementedError  # given by the classes below

    @property
    def fidelities(self) -> Fidelities:
        """Only the full one."""
        return WHOLE

    @property
    def noise_kinds(self) -> frozenset[NoiseKind]:
        """No noise."""
        return frozenset({"mean"})

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """See ``Evaluator.evaluate``."""
        values = self._values(Z) if len(Z) else np.empty(0)
        return Evaluations({"value": values}, np.zeros(len(Z)), np.zeros(len(Z), dtype=np.bool_))

    def solutions(self) -> Codes:
        """The optimum as ioh has it, shape (1, d), where it is a candidate and the function's value there is the best.

        The other candidates of a lattice can be any; where all of them can be computed, this is not asked for.
        """
        x = np.asarray([self._problem.optimum.x], dtype=np.float64)
        bound = self.metrics["value"].lower_bound
        if bound is None or not self._is_candidate(x):
            return np.empty((0, self.space.n_parameters), dtype=self.space.dtype)
        Z = x.astype(self.space.dtype)
        value = self.metrics["value"].minimised(self._values(Z))[0]
        return Z if value == bound else Z[:0]

    @cached_property
    def _problem(self) -> Any:
        """The function as ioh has it."""
        raise NotImplementedError  # given by the classes below

    def _is_candidate(self, x: FloatArray) -> bool:
        """Whether the function's arguments, (1, d), are codes of the space."""
        raise NotImplementedError  # given by the classes below

    def _values(self, Z: Codes) -> FloatArray:
        raise NotImplementedError  # given by the classes below


@dataclass(frozen=True, eq=False)
class BoxFunction(_Analytic):
    """A BBOB function, or an affine combination of all, at the points of the box that a space's codes stand for.

    A real parameter on [-5, 5] is searched as it is; the choices of a finite one lie evenly in the box. Categorical
    choices are shuffled, so that a function's order of them is hidden. The value is what ioh logs as ``raw_y``: the
    distance of the function's value to its optimum in the whole box.

    Args:
        function: 1 ... 24, or ``MANY_AFFINE``.
        space: The codes.
        instance: Of ioh.
    """

    def of_instance(self, instance: int) -> "BoxFunction":
        """The same function in another instance of ioh."""
        return BoxFunction(self.function, self.space, instance)

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """The distance to the optimum."""
        return {_BBOB.name: _BBOB}

    @cached_property
    def _problem(self) -> Any:
        import ioh

        d = self.space.n_parameters
        if self.function == MANY_AFFINE:
            return ioh.problem.ManyAffine(self.instance, d)
        return ioh.get_problem(self.function, self.instance, d, ioh.ProblemClass.BBOB)

    @cached_property
    def _is_as_it_is(self) -> BoolArray:
        """Which parameters are searched as they are, shape (d,)."""
        is_real = np.array([isinstance(parameter, Real) for parameter in self.space.parameters])
        return np.asarray(is_real & (self.space.lower == BOX_LOWER) & (self.space.upper == BOX_UPPER))

    def _is_candidate(self, x: FloatArray) -> bool:
        return bool(self._is_as_it_is.all()) and bool(((x >= BOX_LOWER) & (x <= BOX_UPPER)).all())

    @cached_property
    def _places(self) -> Mapping[int, IntArray]:
        """Column of a categorical parameter -> the place of each choice on the line of the function."""
        rng = np.random.default_rng([self.function, self.instance])
        return {
            j: rng.permutation(parameter.n_choices)
            for j, parameter in enumerate(self.space.parameters)
            if isinstance(parameter, Categorical)
        }

    def _values(self, Z: Codes) -> FloatArray:
        placed = Z.copy()
        for j, places in self._places.items():
            placed[:, j] = places[Z[:, j].astype(np.int64)]
        X = np.where(self._is_as_it_is, placed, self.space.to_box(placed))  # without the rounding of a change of scale
        values = np.array(self._problem(X.tolist()), dtype=np.float64)
        return np.asarray(np.maximum(values - self._problem.optimum.y, 0.0))  # of rounding at the optimum


@dataclass(frozen=True, eq=False)
class BitFunction(_Analytic):
    """A PBO function on bits, which is maximised.

    Args:
        function: 1 ... 25.
        space: Categorical bits.
        instance: Of ioh.
    """

    def of_instance(self, instance: int) -> "BitFunction":
        """The same function in another instance of ioh."""
        return BitFunction(self.function, self.space, instance)

    @cached_property
    def metrics(self) -> Mapping[str, Metric]:
        """The function's value; its optimum is the bound where ioh knows it.

        ioh takes all ones for the optimum of concatenated traps; where the last trap is shorter than the others it is
        none. Of maximum independent vertex sets it knows the optimum of the first instance only.
        """
        best = float(self._problem.optimum.y)
        is_none = self.function == _TRAPS and self.space.n_parameters % _TRAP_BITS
        is_none = is_none or (self.function == _VERTEX_SETS and self.instance > 1)
        bound = -best if np.isfinite(best) and not is_none else None
        good = best if bound is not None else 1e3
        return {"value": Metric("value", maximize=True, penalty=1e6, range=(good, -1e3), lower_bound=bound)}

    def _is_candidate(self, x: FloatArray) -> bool:
        return bool(np.isin(x, (0, 1)).all())

    @cached_property
    def _problem(self) -> Any:
        import ioh

        return ioh.get_problem(self.function, self.instance, self.space.n_parameters, ioh.ProblemClass.PBO)

    def _values(self, Z: Codes) -> FloatArray:
        return np.array(self._problem(Z.tolist()), dtype=np.float64)
