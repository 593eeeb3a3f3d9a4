"""A warm start: evaluations that were made before, told to a solver before it asks for new ones.

A solver needs no method for this. Its first population is made of the best candidates that are known, and
whatever it asks for of them is answered from what is known, at no cost and outside of the run's log.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nas_problems.array import BoolArray, FloatArray, IntArray, brief
from nas_problems.checked import check_fields, checked
from nas_problems.csv_file import read_frame
from nas_problems.frame.columns import encode, listed_names
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace
from nas_problems.space.grid import on_grid
from optimizers.archive import code_keys, draw_unseen
from optimizers.ioh_algorithm import BudgetExhausted
from optimizers.meter import Meter
from optimizers.ordering import best_first
from optimizers.runlog import CONFIG_PREFIX

if TYPE_CHECKING:
    import pandas as pd

_MINIMISED, _FAILED, _FIDELITY = "y", "failed", "fidelity"  # columns of RunLog.frame()

_TRUTH = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}


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

        A parameter is read from the column of its name, or from ``config.<name>`` where there is one, as in
        ``RunLog.frame()``; a column of a parameter is none of anything else.

        A column ``fidelity``, as in ``RunLog.frame()``, or else one with the name of the problem's fidelities, such as
        ``epochs``, is that of the rows, where all of its numbers are fidelities of the problem; an empty cell is the
        problem's own. Without one, or with other numbers in it, values are taken for those at the problem's own. Rows
        whose cell of a column ``failed`` is true are left out.

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
        listed = [own for listed in listed_names(problem.space) for own in (listed, f"{CONFIG_PREFIX}{listed}")]
        try:
            frame = read_frame(path, text=listed)
        except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
            raise ValueError(f"{path}: wanted a csv, found {error}") from error
        configs, frame = _split(frame, problem.space)
        columns = (target,) if target is not None else (metric.name, _MINIMISED)
        column = next((name for name in columns if name in frame.columns), None)
        if column is None:
            wanted, found = " or ".join(map(repr, columns)), list(frame.columns)
            raise ValueError(
                f"{path}: wanted a column {wanted} of values, found {found} and those of parameters; see --target"
            )
        values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64)
        try:
            kept = np.isfinite(values) & ~_failed(frame)
            fidelity = _fidelities(frame[kept], problem)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
        if not kept.any():
            raise ValueError(f"{path}: wanted numbers in the column {column!r}, found none")
        try:
            Z = encode(problem.space, configs[kept])
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
        y = values[kept] if column == _MINIMISED and target is None else metric.minimised(values[kept])
        return cls(Z, y, fidelity)

    def __len__(self) -> int:
        return len(self.y)

    def at(self, fidelity: float | None) -> "History | None":
        """What was evaluated at this fidelity, or at one that is not said; None: nothing."""
        if self.fidelity is None or fidelity is None:
            return self
        rows = self.fidelity == fidelity
        return History(self.Z[rows], self.y[rows]) if rows.any() else None

    def best_first(self) -> IntArray:
        """Row numbers, (n,): those at the highest fidelity first, and of these the best."""
        if self.fidelity is None:
            return best_first(self.y)
        order = [np.flatnonzero(self.fidelity == level) for level in np.unique(self.fidelity)[::-1]]
        return np.concatenate([rows[best_first(self.y[rows])] for rows in order])


def _split(frame: "pd.DataFrame", space: SearchSpace) -> tuple["pd.DataFrame", "pd.DataFrame"]:
    """The columns of parameters, with the parameters' names, and the others."""
    prefixed = {f"{CONFIG_PREFIX}{name}": name for name in space.names if f"{CONFIG_PREFIX}{name}" not in space.names}
    own = {column: name for column, name in prefixed.items() if column in frame.columns}
    own |= {name: name for name in space.names if name in frame.columns and name not in own.values()}
    return frame[list(own)].rename(columns=own), frame.drop(columns=list(own))


def _failed(frame: "pd.DataFrame") -> BoolArray:
    """Which rows, (n,), failed, by the column of that name, which need not be there.

    Raises:
        ValueError: Something other than a truth value.
    """
    if _FAILED not in frame.columns:
        return np.zeros(len(frame), dtype=np.bool_)
    words = frame[_FAILED].astype(object).where(frame[_FAILED].notna(), False).astype(str).str.strip().str.lower()
    if not words.isin(list(_TRUTH)).all():
        raise ValueError(
            f"column {_FAILED!r}: wanted True or False, found {brief(words[~words.isin(list(_TRUTH))].iloc[0])}"
        )
    return np.array([_TRUTH[word] for word in words], dtype=np.bool_)


def _fidelities(frame: "pd.DataFrame", problem: Problem) -> FloatArray | None:
    """Of each row, (n,), where a csv says it; None: the problem's own."""
    import pandas as pd

    name = next((name for name in (_FIDELITY, problem.fidelities.name) if name in frame.columns), None)
    if name is None:
        return None
    column, known = frame[name], np.array(problem.fidelities.values, dtype=np.float64)
    levels = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
    levels = np.where(column.isna().to_numpy(), float(problem.fidelity or 0.0), levels)
    nearest = known[np.abs(np.nan_to_num(levels)[:, None] - known).argmin(axis=1)]
    is_known = np.isclose(levels, nearest, rtol=1e-9, atol=0).all()
    return nearest if is_known and (nearest != problem.fidelity).any() else None


class KnownInitializer:
    """Starts with the best candidates of a history, and draws the others uniformly.

    Args:
        history: What is known.
        fidelity: That of bare codes, whose values come first; None: the history has no other.
    """

    label = "known"

    def __init__(self, history: History, fidelity: float | None = None) -> None:
        self.known = history.at(fidelity)
        order = history.best_first()
        if history.fidelity is not None and fidelity is not None:
            order = order[np.argsort(history.fidelity[order] != fidelity, kind="stable")]
        _, first = np.unique(code_keys(history.Z[order]), return_index=True)
        self._best = history.Z[order][np.sort(first)]

    @cached_property
    def n_known(self) -> int:
        """Distinct candidates whose values bare codes get from what is known; the first that it starts with."""
        return 0 if self.known is None else len(np.unique(code_keys(self.known.Z)))

    def __call__(self, space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
        """See ``Initializer``."""
        Z = self._best[:n]
        if len(Z) == n:
            return Z.copy()
        return np.concatenate([Z, draw_unseen(space, n - len(Z), set(code_keys(Z)), rng)])


class KnownValues:
    """Values of candidates that are known, each of them handed out once.

    Args:
        space: Candidates are equal where their canonical forms are, apart from rounding.
        history: What is known; None: nothing.
        fidelity: Of candidates, and of a history, that say none.

    >>> from nas_problems import Integer, SearchSpace
    >>> space = SearchSpace((Integer("n", 1, 9),))
    >>> known = KnownValues(space, History(np.array([[3]]), np.array([0.25])))
    >>> known.take(np.array([[3], [3], [4]]))
    array([0.25,  nan,  nan])
    """

    def __init__(self, space: SearchSpace, history: History | None, fidelity: float = 1.0) -> None:
        self._space, self._own = space, fidelity
        self._left: dict[tuple[bytes, float], list[FloatArray]] = {}
        if history is None:
            return
        for key, value in zip(self._keys(history.Z, history.fidelity), history.y, strict=True):
            self._left.setdefault(key, []).append(value)

    def _keys(self, Z: Codes, fidelity: FloatArray | None) -> list[tuple[bytes, float]]:
        levels = np.full(len(Z), self._own) if fidelity is None else fidelity
        codes = on_grid(self._space.parameters, self._space.canonical(Z))
        return list(zip(code_keys(codes), levels.tolist(), strict=True))

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
