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
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import ioh
import numpy as np

import nas_problems
from nas_problems.array import FloatArray, check_matrix
from nas_problems.parameter import Integer, Real, Value, check_name
from nas_problems.problem import Problem
from nas_problems.space import BOX_LOWER, BOX_UPPER, Codes, SearchSpace
from nas_problems.suites import problems_of

Code = Literal["integer", "box"]
"""How a candidate is written: as integer codes of the space, or as a point of the box [-5, 5]^d."""

_LARGEST_INT = 2**31 - 1  # ioh keeps integer variables in a C++ int


class _Wrapped:
    """What the two kinds of ioh problem share.

    A value is computed before ioh hears of the candidate. So nothing is counted, logged or changed when
    the input is refused or the evaluation raises, and no Python exception crosses C++.
    """

    problem: Problem
    _number: type  # of the coordinates of a point
    _count: Callable[[Sequence[float]], float]  # ioh's own call

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
        row = x.tolist() if type(x) is np.ndarray else x
        if type(row) is list and row and type(row[0]) is self._number:  # fast: value itself checks the row
            return self._log(row, value(row))
        is_batch = _n_axes(x) == 2
        values = [self._log(row, value(row)) for row in self._check(x if is_batch else [x])]
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
                return self._log(x, y)
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
        code_of = _row_from_box(space)
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

    It never evaluates: ``record(x, y)`` counts and logs one evaluation, and a call raises RuntimeError.

    Raises:
        ValueError: See ``as_ioh``; no ``rng`` is needed.
    """
    return _wrap(problem, code, None, suite)


def _wrap(
    problem: Problem, code: Code, value: Callable[[Sequence[Any]], float] | None, suite: str | None
) -> IohProblem:
    if len(problem.objectives) > 1:
        raise ValueError(f"problem: ioh wants one objective, found {problem.objective_metrics}")
    check_name(problem.label, "problem label")
    if suite is not None:
        check_name(suite, "suite name")
    if code == "box":
        return BoxProblem(problem, value, suite)
    if code != "integer":
        raise ValueError(f"code: wanted 'integer' or 'box', found {code!r}")
    for parameter in problem.space.parameters:
        if parameter.n_choices is None or parameter.n_choices - 1 > _LARGEST_INT:
            raise ValueError(f"code: {parameter.name} of {problem.label} has no integer code in ioh; use code='box'")
    return IntegerProblem(problem, value, suite)


def _n_axes(x: object) -> int:
    try:
        return np.ndim(x)  # type: ignore[arg-type]  # whatever a user passed
    except ValueError:  # ragged: checked as a batch, which says so
        return 2


def _row_from_box(space: SearchSpace) -> Callable[[Sequence[float]], Sequence[Any]]:
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


def name_suite(folder: Path, suite: str) -> None:
    """Write a suite's name into the json files of an ioh Analyzer that know none.

    Args:
        folder: The Analyzer's ``output_directory``.
        suite: Name of the suite.
    """
    for path in sorted(folder.glob("IOHprofiler_f*.json")):
        text = path.read_text()
        named = text.replace('"suite": "unknown_suite"', f'"suite": "{suite}"', 1)
        if named != text:
            partial = path.with_suffix(".part")
            partial.write_text(named)
            partial.replace(path)  # atomic: a reader never sees half a file


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
