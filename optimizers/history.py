"""A warm start: evaluations that were made before, told to a solver before it asks for new ones.

A solver needs no method for this. Its first population is made of the best candidates that are known, and
whatever it asks for of them is answered from what is known, at no cost and outside of the run's log.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nas_problems.array import FloatArray, IntArray, brief
from nas_problems.checked import check_fields, checked
from nas_problems.frame.columns import encode
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace
from optimizers.archive import code_keys, draw_unseen
from optimizers.ioh_algorithm import BudgetExhausted
from optimizers.meter import Meter
from optimizers.ordering import best_first

if TYPE_CHECKING:
    import pandas as pd

_MINIMISED, _FIDELITY = "y", "fidelity"  # columns of RunLog.frame()


@dataclass(frozen=True, eq=False)
class History:
    """Evaluations of one problem.

    Args:
        Z: Codes, shape (n, d).
        y: Minimised finite values, (n,), or (n, m) for m > 1 objectives; of equal candidates all are kept.
        fidelity: At which, (n,); None: at the problem's own.

    Raises:
        ValueError: No row, or arrays of different lengths.
    """

    Z: Codes
    y: FloatArray
    fidelity: FloatArray | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        if not isinstance(self.Z, np.ndarray) or self.y.ndim < 1:
            raise ValueError(f"history: wanted rows with their values, found {brief(self.Z)} and {brief(self.y)}")
        if not len(self.y) or self.Z.ndim != 2 or len(self.Z) != len(self.y) or self.y.ndim > 2:
            raise ValueError(f"history: wanted rows with their values, found {self.Z.shape} and {self.y.shape}")
        if self.fidelity is not None and self.fidelity.shape != (len(self.y),):
            raise ValueError(f"history: wanted one fidelity per row, found {self.fidelity.shape} for {len(self.y)}")
        if not np.isfinite(self.y).all():
            raise ValueError("history: wanted finite values, found others")

    @classmethod
    @checked
    def read(cls, path: Path | str, problem: Problem, *, target: str | None = None) -> "History":
        """Read a csv with a column per parameter and one of values; rows without a value are left out.

        A column ``fidelity`` of fidelities that the problem knows, as in ``RunLog.frame()``, is that of the rows;
        without one, or with other numbers in it, values are taken for those at the problem's own.

        Args:
            path: The file, e.g. ``RunLog.frame().to_csv(path)``.
            problem: With one objective.
            target: Column of the values, as the problem's metric has them: an accuracy in percent stays one; with
                ``:max`` or ``:min`` after it where it is to be seen that it is that. None: the metric's name, else
                ``y``, which holds minimised values.

        Raises:
            OSError: It cannot be read.
            ValueError: A column that is missing, or a value that is not one of its parameter's; the message names
                both.
        """
        import pandas as pd

        if len(problem.objectives) != 1:
            raise ValueError(f"history: wanted a problem with one objective, found {problem.objective_metrics}")
        metric = problem.objectives[0]
        name, colon, direction = (target or "").rpartition(":")
        if colon and direction in ("max", "min"):
            if (direction == "max") != metric.maximize:
                wanted = "max" if metric.maximize else "min"
                raise ValueError(f"target: wanted {name}:{wanted}, as of {problem.label}, found {target!r}")
            target = name
        try:
            frame = pd.read_csv(path)
        except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
            raise ValueError(f"{path}: wanted a csv, found {error}") from error
        columns = (target,) if target is not None else (metric.name, _MINIMISED)
        column = next((name for name in columns if name in frame.columns), None)
        if column is None:
            wanted = " or ".join(map(repr, columns))
            raise ValueError(f"{path}: wanted a column {wanted} of values, found {list(frame.columns)}; see --target")
        values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64)
        kept = np.isfinite(values)
        if not kept.any():
            raise ValueError(f"{path}: wanted numbers in the column {column!r}, found none")
        try:
            Z = encode(problem.space, frame[kept])
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
        y = values[kept] if column == _MINIMISED and target is None else metric.minimised(values[kept])
        return cls(Z, y, _fidelities(frame[kept], problem))

    def __len__(self) -> int:
        return len(self.y)

    def best_first(self) -> IntArray:
        """Row numbers, (n,): those at the highest fidelity first, and of these the best."""
        if self.fidelity is None:
            return best_first(self.y)
        order = [np.flatnonzero(self.fidelity == level) for level in np.unique(self.fidelity)[::-1]]
        return np.concatenate([rows[best_first(self.y[rows])] for rows in order])


def _fidelities(frame: "pd.DataFrame", problem: Problem) -> FloatArray | None:
    """Of each row, (n,), where a csv says it; None: the problem's own."""
    import pandas as pd

    if _FIDELITY not in frame.columns or _FIDELITY in problem.space.names:
        return None
    levels = pd.to_numeric(frame[_FIDELITY], errors="coerce").to_numpy(dtype=np.float64)
    is_known = np.isin(levels, problem.fidelities.values).all()
    return levels if is_known and (levels != problem.fidelity).any() else None


class KnownInitializer:
    """Starts with the best candidates of a history, and draws the others uniformly.

    Args:
        history: What is known.
    """

    label = "known"

    def __init__(self, history: History) -> None:
        order = history.best_first()
        _, first = np.unique(code_keys(history.Z[order]), return_index=True)
        self._best = history.Z[order][np.sort(first)]

    @property
    def n_known(self) -> int:
        """Distinct candidates that are known."""
        return len(self._best)

    def __call__(self, space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
        """See ``Initializer``."""
        Z = self._best[:n]
        if len(Z) == n:
            return Z.copy()
        return np.concatenate([Z, draw_unseen(space, n - len(Z), set(code_keys(Z)), rng)])


class KnownValues:
    """Values of candidates that are known, each of them handed out once.

    Args:
        space: Candidates are equal where their canonical forms are.
        history: What is known.
        fidelity: Of candidates, and of a history, that say none.

    >>> from nas_problems import Integer, SearchSpace
    >>> space = SearchSpace((Integer("n", 1, 9),))
    >>> known = KnownValues(space, History(np.array([[3]]), np.array([0.25])))
    >>> known.take(np.array([[3], [3], [4]]))
    array([0.25,  nan,  nan])
    """

    def __init__(self, space: SearchSpace, history: History, fidelity: float = 1.0) -> None:
        self._space, self._own = space, fidelity
        self._left: dict[tuple[bytes, float], list[FloatArray]] = {}
        for key, value in zip(self._keys(history.Z, history.fidelity), history.y, strict=True):
            self._left.setdefault(key, []).append(value)

    def _keys(self, Z: Codes, fidelity: FloatArray | None) -> list[tuple[bytes, float]]:
        levels = np.full(len(Z), self._own) if fidelity is None else fidelity
        return list(zip(code_keys(self._space.canonical(Z)), levels.tolist(), strict=True))

    def __bool__(self) -> bool:
        """Whether any value is left."""
        return bool(self._left)

    def by_row(self, Z: Codes, fidelity: FloatArray | None = None) -> dict[int, FloatArray]:
        """Minimised values of the codes (n, d) that are known, at these fidelities (n,): row -> shape () or (m,)."""
        given: dict[int, FloatArray] = {}
        for row, key in enumerate(self._keys(Z, fidelity)) if self._left else ():
            if key in self._left:
                given[row] = self._left[key].pop(0)
                if not self._left[key]:
                    del self._left[key]
        return given

    def take(self, Z: Codes) -> FloatArray:
        """Minimised values of codes (n, d), shape (n,); NaN where nothing is known, or not any more."""
        values = np.full(len(Z), np.nan)
        for row, value in self.by_row(Z).items():
            values[row] = value
        return values


class Answers:
    """Answers what is known of what a solver asks for, and has the rest evaluated.

    Args:
        history: What is known.
        meter: Evaluates what is not known.
    """

    def __init__(self, history: History, meter: Meter) -> None:
        own = meter.problem.fidelity
        assert own is not None
        self._meter, self.known = meter, KnownValues(meter.problem.space, history, own)

    def evaluate(self, Z: Codes, fidelity: FloatArray | None = None) -> FloatArray:
        """Minimised values of the first rows of codes (n, d) that are known or can be paid for, (k,), k <= n.

        Args:
            Z: Codes, shape (n, d).
            fidelity: Of each row, where a solver chose them.

        Raises:
            BudgetExhausted: What is left does not pay for the first row, and it is not known.
        """
        given = self.known.by_row(Z, fidelity)
        if not given:
            return self._meter.evaluate(Z, fidelity)
        new = [row for row in range(len(Z)) if row not in given]
        values = np.empty((len(Z), *next(iter(given.values())).shape))
        values[list(given)] = list(given.values())
        if not new:
            return values
        evaluated: FloatArray = np.empty(0)
        try:
            evaluated = self._meter.evaluate(Z[new], None if fidelity is None else fidelity[new])
        except BudgetExhausted:
            if new[0] == 0:
                raise
        else:
            values[new[: len(evaluated)]] = evaluated
        return values if len(evaluated) == len(new) else values[: new[len(evaluated)]]
