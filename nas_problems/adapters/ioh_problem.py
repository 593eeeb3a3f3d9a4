"""The classes behind ``nas_problems.adapters.ioh``: ioh's own problem classes, with our problem inside."""

import math
import threading
from _thread import _count as n_other_threads
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import ioh
import numpy as np

from nas_problems.array import FloatArray, check_matrix
from nas_problems.atomic import replacing
from nas_problems.parameter import Integer, Real, Value
from nas_problems.problem import Problem
from nas_problems.space import BOX_LOWER, BOX_UPPER, Codes, SearchSpace

UNKNOWN_SUITE = "unknown_suite"
"""What ioh's Analyzer names in place of a suite that it does not know."""


class _Wrapped:
    """What the two kinds of ioh problem share.

    A value is computed before ioh hears of the candidate. So nothing is counted, logged or changed when
    the input is refused or the evaluation raises, and no Python exception crosses C++.
    """

    problem: Problem
    _number: type  # of the coordinates of a point
    _count: Callable[[Sequence[float]], float]  # ioh's own call
    on_error: Callable[[Exception], None] | None = None
    """Told of every call that raises, before its caller is."""

    def _set_up(self, value: Callable[[Sequence[Any]], float] | None, suite: str | None) -> None:
        self._value = value
        self._n_variables = self.problem.space.n_parameters
        self._suite = suite
        self._logger: Any = None
        self._pending = math.nan
        self._lock = threading.Lock()  # from handing a value to ioh until it is counted

    def _check(self, X: object) -> list[list[Any]]:
        """Points (n, d) as Python numbers; ValueError if they are none."""
        raise NotImplementedError  # given by the two classes below

    def to_codes(self, X: object) -> Codes:
        """Points (n, d) to codes of the problem's space, shape (n, d).

        Raises:
            ValueError: Not points; see ``__call__``.
        """
        raise NotImplementedError  # given by the two classes below

    def to_points(self, Z: object) -> Codes:
        """Codes (n, d) of the problem's space to points, shape (n, d).

        Raises:
            ValueError: Not codes; see ``SearchSpace.check``.
        """
        raise NotImplementedError  # given by the two classes below

    def __call__(self, x: Any) -> Any:
        """Evaluate, count and log a point, or a batch row by row.

        Args:
            x: A point, shape (d,), as list, tuple or array; or a batch, shape (n, d).

        Returns:
            The minimised value, a float; for a batch the list of values.

        Raises:
            ValueError: Wrong length or dtype, NaN, out of range, or a fraction where an integer is
                wanted. Nothing was counted then; of a batch, no row.
            RuntimeError: This problem only replays values.
        """
        value = self._value
        if value is None:
            raise RuntimeError(f"{self.problem.label}: this problem replays known values; use record(x, y)")
        try:
            row = x if type(x) is list else x.tolist() if type(x) is np.ndarray and x.ndim else None
            if row and type(row[0]) is self._number:  # fast: value itself checks the row
                y = value(row)
                if n_other_threads():
                    return self._log(row, y)
                self._pending = y  # nobody can come between; a lock would take a tenth of the call
                return self._count(row)
            is_batch = _n_axes(x) == 2
            values = [self._log(row, value(row)) for row in self._check(x if is_batch else [x])]
        except Exception as error:
            if self.on_error is not None:
                self.on_error(error)
            raise
        return values if is_batch else values[0]

    def record(self, x: list[Any], y: float) -> float:
        """Count and log one evaluation whose value is known.

        Args:
            x: A point, shape (d,), as a list: a row of ``to_points(Z).tolist()``. Its range was checked
                when it was evaluated, and is not checked again.
            y: Its minimised value, finite.

        Returns:
            What ioh made of it: ``y``, unless constraints were added.

        Raises:
            ValueError: No list of d numbers, or a value that is not finite; nothing was counted.
        """
        if not isinstance(y, (int, float)) or not math.isfinite(y):
            raise ValueError(f"y: wanted a finite number, found {y!r}")
        if type(x) is list and len(x) == self._n_variables and isinstance(x[0], (int, float)):
            with suppress(TypeError):  # ioh's answer to another type further on
                counted = self._log(x, y)
                if counted == counted:  # NaN is its answer, without counting, to NaN further on
                    return counted
        raise ValueError(f"x: wanted a list of {self._n_variables} numbers, found {x!r}")

    def _log(self, x: list[Any], y: float) -> float:
        with self._lock:
            self._pending = y
            return self._count(x)

    def evaluate(self, x: Sequence[float]) -> float:
        """Called back by ioh for the value to count; not for users."""
        return self._pending

    def decode(self, x: Sequence[float] | FloatArray) -> dict[str, Value]:
        """The configuration at a point, shape (d,).

        Raises:
            ValueError: Not a point; see ``__call__``.
        """
        return self.problem.space.decode(self.to_codes([x]))[0]

    def attach_logger(self, logger: Any) -> None:
        """Attach an ioh logger, and keep it alive until it is detached."""
        super().attach_logger(logger)  # type: ignore[misc]  # of the ioh base class
        self._logger = logger

    def detach_logger(self) -> None:
        """Detach the logger, and write the suite's name into what an Analyzer has logged.

        Call ``reset`` first: that is what makes an Analyzer write down the run.
        """
        super().detach_logger()  # type: ignore[misc]  # of the ioh base class
        logger, self._logger = self._logger, None
        if self._suite is not None and hasattr(logger, "output_directory"):
            name_suite(Path(logger.output_directory), self._suite)


class IntegerProblem(_Wrapped, ioh.problem.IntegerSingleObjective):  # type: ignore[misc]  # untyped base
    """A finite problem whose points are its codes; made by ``as_ioh``."""

    _number = int
    _count = ioh.problem.IntegerSingleObjective.__call__

    def __init__(self, problem: Problem, value: Callable[[Sequence[int]], float] | None, suite: str | None) -> None:
        space = problem.space
        largest = max(n for n in space.n_choices if n is not None) - 1
        best = np.zeros(space.n_parameters, np.int64) if problem.optimum is None else problem.optimum.Z[0]
        super().__init__(
            name=problem.label,
            n_variables=space.n_parameters,
            instance=problem.instance,
            is_minimization=True,
            bounds=ioh.IntegerBounds(space.n_parameters, 0, largest),
            constraints=[],
            optimum=ioh.IntegerSolution(best.tolist(), problem.target),
        )
        self.bounds.lb = space.lower.tolist()  # the constructor knows only common bounds
        self.bounds.ub = space.upper.tolist()
        self.set_id(problem.log_id)
        self.problem = problem
        self._set_up(value, suite)

    def _check(self, X: object) -> list[list[Any]]:
        checked: list[list[Any]] = self.problem.space.check(X, "x").tolist()
        return checked

    def to_codes(self, X: object) -> Codes:
        """See ``_Wrapped.to_codes``."""
        return self.problem.space.check(X, "x")

    def to_points(self, Z: object) -> Codes:
        """See ``_Wrapped.to_points``."""
        return self.problem.space.check(Z)


class BoxProblem(_Wrapped, ioh.problem.RealSingleObjective):  # type: ignore[misc]  # untyped base
    """Any problem on the box [-5, 5]^d; made by ``as_ioh``."""

    _number = float
    _count = ioh.problem.RealSingleObjective.__call__

    def __init__(self, problem: Problem, value: Callable[[Sequence[Any]], float] | None, suite: str | None) -> None:
        space = problem.space
        n = space.n_parameters
        best = np.full(n, np.nan) if problem.optimum is None else space.to_box(problem.optimum.Z[:1])[0]
        super().__init__(
            name=problem.label,
            n_variables=n,
            instance=problem.instance,
            is_minimization=True,
            bounds=ioh.RealBounds(n, BOX_LOWER, BOX_UPPER),
            constraints=[],
            optimum=ioh.RealSolution(best.tolist(), problem.target),
        )
        self.set_id(problem.log_id)
        self.problem = problem
        code_of = row_from_box(space)
        self._set_up(None if value is None else lambda x: value(code_of(x)), suite)

    def _check(self, X: object) -> list[list[Any]]:
        points = check_matrix(X, "x", self.problem.space.n_parameters).astype(np.float64)
        self.problem.space.from_box(points)
        checked: list[list[Any]] = points.tolist()
        return checked

    def to_codes(self, X: object) -> Codes:
        """See ``_Wrapped.to_codes``."""
        return self.problem.space.from_box(X)

    def to_points(self, Z: object) -> Codes:
        """See ``_Wrapped.to_points``."""
        return self.problem.space.to_box(Z)


def _n_axes(x: object) -> int:
    try:
        return np.ndim(x)  # type: ignore[arg-type]  # whatever a user passed
    except ValueError:  # ragged: checked as a batch, which says so
        return 2


def row_from_box(space: SearchSpace) -> Callable[[Sequence[float]], Sequence[Any]]:
    """``SearchSpace.from_box`` for one point; plain Python where every choice has the same width."""
    if any(isinstance(p, Real) or (isinstance(p, Integer) and p.log) for p in space.parameters):
        return lambda x: space.from_box([x])[0]
    counts = [n for n in space.n_choices if n is not None]
    width = BOX_UPPER - BOX_LOWER

    def code_of(x: Sequence[float]) -> Sequence[int]:
        code = []
        for coordinate, n in zip(x, counts, strict=False):
            if type(coordinate) is not float or not BOX_LOWER <= coordinate <= BOX_UPPER:
                break
            choice = int((coordinate - BOX_LOWER) / width * n)
            code.append(choice if choice < n else n - 1)
        if len(code) == len(counts) == len(x):
            return code
        codes: Sequence[int] = space.from_box([x])[0].tolist()  # says what is wrong
        return codes

    return code_of


def name_suite(folder: Path | str, suite: str) -> None:
    """Write a suite's name into the json files of an ioh Analyzer that know none.

    Args:
        folder: The Analyzer's ``output_directory``.
        suite: Name of the suite.
    """
    for path in sorted(Path(folder).glob("IOHprofiler_f*.json")):
        text = path.read_text()
        named = text.replace(f'"suite": "{UNKNOWN_SUITE}"', f'"suite": "{suite}"', 1)
        if named != text:
            with replacing(path) as partial:
                partial.write_text(named)
