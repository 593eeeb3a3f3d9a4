"""From the columns of a frame to a search space, where none is given."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nas_problems.array import BoolArray
from nas_problems.condition import Condition
from nas_problems.csv_file import MISSING
from nas_problems.parameter import Categorical, Integer, Ordinal, Parameter, Real, Value, check_name
from nas_problems.space import Codes, SearchSpace, conditional_space

if TYPE_CHECKING:
    import pandas as pd

MAX_LISTED = 12
"""A column of numbers with up to this many values is ordinal, as of a grid; with more a range."""

LOG_FROM = 100.0
"""A range of positive numbers whose ends differ by this factor or more is on a log scale, if the median is nearer
to the middle of that one."""

_TRUTH = {"true": True, "false": False}


def infer_space(frame: "pd.DataFrame", names: Sequence[str]) -> SearchSpace:
    """The space that columns of a frame seem to be from.

    Text and truth values are categorical, a missing one being a choice of its own (None). Numbers are ordinal or a
    range, see ``MAX_LISTED`` and ``LOG_FROM``. Where numbers are missing they have to be missing exactly where
    another column has certain values: then the parameter is conditional on that one.

    Raises:
        ValueError: A column with infinite values, or with missing values that no other column explains.
    """
    parameters = tuple(_parameter(name, frame[name]) for name in names)
    missing = {
        parameter.name: np.asarray(frame[parameter.name].isna())
        for parameter in parameters
        if not isinstance(parameter, Categorical)
    }
    conditions = [
        _condition(frame, name, missing, parameters)
        for name in sorted(missing, key=lambda name: int(missing[name].sum()))
        if missing[name].any()
    ]
    return conditional_space(parameters, conditions)


def _parameter(name: str, column: "pd.Series[Any]") -> Parameter:
    try:
        check_name(name, "its name")
    except ValueError as error:
        raise ValueError(f"column {name!r}: rename it to be a parameter: {error}") from error
    known = column.dropna()
    if not len(known):
        return Categorical(name, (None,))
    if known.dtype.kind not in "iuf":
        choices: list[Value] = sorted({_value(value) for value in known}, key=str)
        return Categorical(name, tuple(choices + [None] * (len(known) < len(column))))
    if not np.isfinite(known).all():
        raise ValueError(f"column {name!r}: wanted finite numbers, found infinite ones")
    values = sorted(set(known.tolist()))
    whole = all(float(value).is_integer() for value in values)
    if len(values) <= MAX_LISTED:
        return Ordinal(name, tuple(int(value) if whole else float(value) for value in values))
    low, high = values[0], values[-1]
    is_log = low > 0 and high / low >= LOG_FROM and _is_log_middle(low, float(known.median()), high)
    return Integer(name, int(low), int(high), log=is_log) if whole else Real(name, low, high, log=is_log)


def _is_log_middle(low: float, median: float, high: float) -> bool:
    """Whether a median is nearer to the middle of a range on a log scale than on a linear one."""
    on_log = math.log(median / low) / math.log(high / low)
    return abs(on_log - 0.5) < abs((median - low) / (high - low) - 0.5)


def _value(value: object) -> Value:
    return bool(value) if isinstance(value, (bool, np.bool_)) else str(value)


def _condition(
    frame: "pd.DataFrame", name: str, missing: Mapping[str, BoolArray], parameters: Sequence[Parameter]
) -> Condition:
    """Where a parameter is active, read off where it is there."""
    is_missing = missing[name]
    for parent in parameters:
        if parent.name == name or parent.n_choices is None or isinstance(parent, Integer):
            continue
        parent_missing = missing.get(parent.name, np.zeros(len(frame), dtype=np.bool_))
        if (parent_missing & ~is_missing).any() or parent_missing.sum() >= is_missing.sum():
            continue
        values = _cells(parent, frame[parent.name])
        where = {values[row] for row in np.flatnonzero(~is_missing)}
        if where.isdisjoint(values[row] for row in np.flatnonzero(is_missing & ~parent_missing)):
            listed = parent.choices if isinstance(parent, Categorical) else parent.values
            return Condition(name, parent.name, tuple(value for value in listed if value in where))
    raise ValueError(
        f"column {name!r}: wanted numbers, found {int(is_missing.sum())} missing ones that no other column explains; "
        f"leave it out (parameters=), fill it, or pass space="
    )


def encode(space: SearchSpace, frame: "pd.DataFrame") -> Codes:
    """Codes of the rows of a frame, canonical, (rows, d); cells may be empty where a parameter is inactive.

    Raises:
        ValueError: A column that is not there, a value that is not one of its parameter's, or an empty cell where
            the parameter matters.
    """
    absent = [name for name in space.names if name not in frame.columns]
    if absent:
        raise ValueError(f"frame: wanted the columns {list(space.names)}, found no {absent}")
    columns = []
    for parameter in space.parameters:
        try:
            columns.append(parameter.encode(_cells(parameter, frame[parameter.name])))
        except (ValueError, TypeError) as error:
            raise ValueError(f"column {parameter.name!r}: {error}") from error
    Z = np.stack(columns, axis=1).astype(space.dtype)
    for column, parameter in enumerate(space.parameters):
        if not _has_none(parameter):
            is_missing = _is_missing(parameter, frame[parameter.name])
            _check_inactive(space, Z[is_missing], column, len(frame))
    return space.canonical(Z)


def _check_inactive(space: SearchSpace, Z: Codes, column: int, n_rows: int) -> None:
    """Refuse rows whose empty cell in this column, encoded as the lowest value, means something."""
    if not len(Z):
        return
    parameter = space.parameters[column]
    changed = Z.copy()
    changed[:, column] = parameter.high if isinstance(parameter, Real) else (parameter.n_choices or 1) - 1
    n = int((space.canonical(changed) != space.canonical(Z)).any(axis=1).sum())
    if n:
        raise ValueError(
            f"column {parameter.name!r}: wanted a value wherever the parameter matters, found {n} of {n_rows} rows "
            "without one; fill them, leave them out, or give the space the condition under which it matters"
        )


def listed_names(space: SearchSpace) -> list[str]:
    """Names of the parameters whose values are listed: of their columns ``encode`` wants what is written in a csv."""
    return [parameter.name for parameter in space.parameters if isinstance(parameter, (Categorical, Ordinal))]


def _listed(parameter: Categorical | Ordinal) -> tuple[Value, ...]:
    return parameter.choices if isinstance(parameter, Categorical) else parameter.values


def _has_none(parameter: Parameter) -> bool:
    """Whether an empty cell is a choice."""
    return isinstance(parameter, (Categorical, Ordinal)) and None in _listed(parameter)


def _is_missing(parameter: Parameter, column: "pd.Series[Any]") -> BoolArray:
    """Which cells of a column are empty, or hold a word for it that is not a value of the parameter, (rows,)."""
    is_empty = np.asarray(column.isna().to_numpy(), dtype=np.bool_)
    if not isinstance(parameter, (Categorical, Ordinal)):
        return is_empty
    words = MISSING.difference(_spelled(parameter))
    return is_empty | np.array([isinstance(value, str) and value in words for value in column], dtype=np.bool_)


def _spelled(parameter: Categorical | Ordinal) -> dict[str, Value]:
    """How the values of a parameter, other than None, are written -> the values."""
    return {str(value): value for value in _listed(parameter) if value is not None}


def _cells(parameter: Parameter, column: "pd.Series[Any]") -> list[Any]:
    """The cells of a column as the parameter's values, None or the lowest one where they are empty."""
    is_missing = _is_missing(parameter, column)
    if isinstance(parameter, (Categorical, Ordinal)):
        known = _spelled(parameter)
        empty = None if _has_none(parameter) else _listed(parameter)[0]
        return [
            empty if gone else known[str(value)] if str(value) in known else _read(value)
            for gone, value in zip(is_missing, column.tolist(), strict=True)
        ]
    as_integer = isinstance(parameter, Integer)
    return [
        parameter.low if gone else int(value) if as_integer and float(value).is_integer() else value
        for gone, value in zip(is_missing, column.tolist(), strict=True)
    ]


def _read(value: Any) -> Any:
    """What a cell holds, where it is written otherwise than Python writes it: 1.0 for 1, TRUE for True."""
    if isinstance(value, str) and value.lower() in _TRUTH:
        return _TRUTH[value.lower()]
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value
