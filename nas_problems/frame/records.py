"""From the rows of a frame to recorded values: one array per metric, by fidelity, candidate and seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nas_problems.array import BoolArray, FloatArray, IntArray, brief
from nas_problems.evaluation import Fidelities, Metric
from nas_problems.space import Codes

if TYPE_CHECKING:
    import pandas as pd

ONE = Fidelities("share", (1.0,))
"""The fidelity of a frame that has no column of it."""


@dataclass(frozen=True, eq=False)
class Records:
    """What a frame says of distinct candidates.

    Args:
        Z: Their codes, in the order in which they first occur, (n, d).
        values: Metric -> values, (fidelities, n, seeds); NaN where a training failed and behind the last seed.
        n_recorded: How many rows there are of a candidate at a fidelity, also of failed trainings, (fidelities, n).
        fidelities: The fidelities.
    """

    Z: Codes
    values: Mapping[str, FloatArray]
    n_recorded: IntArray
    fidelities: Fidelities

    @property
    def is_recorded(self) -> BoolArray:
        """Whether there is any row of a candidate at a fidelity, (fidelities, n)."""
        return self.n_recorded > 0

    def of(self, kept: BoolArray) -> "Records":
        """Those of some candidates only."""
        values = {name: array[:, kept] for name, array in self.values.items()}
        return Records(self.Z[kept], values, self.n_recorded[:, kept], self.fidelities)


def collect(
    frame: "pd.DataFrame",
    Z: Codes,
    *,
    columns: Sequence[str],
    fidelity: str | None,
    seed: str | None,
    continued: bool,
) -> Records:
    """Sort rows by candidate, fidelity and seed.

    Args:
        frame: The rows.
        Z: The code of each row.
        columns: Columns of metrics.
        fidelity: Column of the fidelity; None: there is one.
        seed: Column that repeated rows of a candidate are sorted by; None: in the order of rows.
        continued: See ``Fidelities``.

    Raises:
        ValueError: A metric that is not a number, seeds that have no order, or one seed twice.
    """
    distinct, candidate = _distinct(Z)
    if fidelity is None:
        fidelities, level = ONE, np.zeros(len(frame), dtype=np.int64)
    else:
        numbers = _numbers(frame, fidelity)
        if not (np.isfinite(numbers) & (numbers > 0)).all():
            raise ValueError(f"column {fidelity!r}: wanted positive numbers, found {numbers.min()}")
        marks, level = np.unique(numbers, return_inverse=True)
        values = (int(mark) if mark.is_integer() else mark for mark in marks.tolist())
        fidelities = Fidelities(fidelity, tuple(values), continued=continued)
    group = level * len(distinct) + candidate
    try:
        order = np.arange(len(frame)) if seed is None else np.argsort(frame[seed].to_numpy(), kind="stable")
    except TypeError as error:
        raise ValueError(f"column {seed!r}: wanted seeds of one kind, numbers or text, found {error}") from error
    if seed is not None and frame.duplicated(subset=seed).any():
        pairs = list(zip(group.tolist(), frame[seed].tolist(), strict=True))
        if len(set(pairs)) < len(pairs):
            raise ValueError(f"column {seed!r}: wanted one row per candidate, fidelity and seed, found some twice")
    place = _place_in_group(group[order])
    shape = (len(fidelities.values), len(distinct), int(place.max()) + 1)
    arrays = {name: np.full(shape, np.nan) for name in columns}
    for name, array in arrays.items():
        array[level[order], candidate[order], place] = _numbers(frame, name)[order]
    counts = np.bincount(group, minlength=shape[0] * shape[1]).reshape(shape[:2])
    return Records(distinct, arrays, counts, fidelities)


def _distinct(Z: Codes) -> tuple[Codes, IntArray]:
    _, first, inverse = np.unique(Z, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return Z[first[order]], rank[inverse.ravel()]


def _place_in_group(group: IntArray) -> IntArray:
    """How many earlier rows are of the same group, (n,).

    >>> _place_in_group(np.array([4, 2, 4, 4])).tolist()
    [0, 0, 1, 2]
    """
    order = np.argsort(group, kind="stable")
    sorted_group = group[order]
    starts = np.flatnonzero(np.r_[True, sorted_group[1:] != sorted_group[:-1]])
    lengths = np.diff(np.r_[starts, len(group)])
    place = np.empty(len(group), dtype=np.int64)
    place[order] = np.arange(len(group)) - np.repeat(starts, lengths)
    return place


def _numbers(frame: "pd.DataFrame", name: str) -> FloatArray:
    column: Any = frame[name]
    try:
        return np.asarray(column, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"column {name!r}: wanted numbers, found {column.dtype}: {error}") from error


def metric_of(text: str | Metric, frame: "pd.DataFrame") -> Metric:
    """A metric by its column, as ``val_acc:max`` or ``loss:min``; its penalty is the worst value there.

    Raises:
        ValueError: No such column, no number in it, or no ``:max`` or ``:min`` where the name has a word for
            something that is good when it is large.
    """
    if isinstance(text, Metric):
        _check_column(frame, text.name)
        return text
    name, separator, direction = text.rpartition(":")
    if not separator or direction not in ("max", "min"):
        name, direction = text, "min"
        if any(word in name.lower() for word in ("acc", "auc", "f1", "r2", "score", "precision", "recall")):
            raise ValueError(f"target column: wanted {name}:max or {name}:min, found {text!r}")
    _check_column(frame, name)
    values = _numbers(frame, name)
    known = values[np.isfinite(values)]
    if not len(known):
        raise ValueError(f"column {name!r}: wanted a number, found none")
    maximize = direction == "max"
    return Metric(name, maximize=maximize, penalty=float((-known if maximize else known).max()))


def _check_column(frame: "pd.DataFrame", name: str) -> None:
    if name not in frame.columns:
        raise ValueError(f"frame: wanted one of the columns {list(map(str, frame.columns))}, found {brief(name)}")
