"""Columns of a long log in little memory: counts and codes in the integers that hold them, given as float64."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import FloatArray

_INTEGERS = (np.int8, np.int16, np.int32)


def compact(column: FloatArray) -> NDArray[Any]:
    """The same numbers, (n,), in the smallest integers that hold them, or as they are where none does.

    >>> compact(np.array([1.0, 2.0, 300.0])).dtype, compact(np.array([0.5])).dtype, compact(np.array([-0.0])).dtype
    (dtype('int16'), dtype('float64'), dtype('float64'))
    """
    if not len(column) or not np.isfinite(column[0]) or column[0] != np.rint(column[0]):
        return column.copy()
    low, high = column.min(), column.max()
    for kind in _INTEGERS:
        info = np.iinfo(kind)
        if info.min <= low and high <= info.max:
            whole = column.astype(kind)
            is_same = bool((whole == column).all()) and not np.signbit(column[column == 0]).any()
            return whole if is_same else column.copy()
    return column.copy()


class CompactColumns(Mapping[str, FloatArray]):
    """Columns by name, each given as float64 whenever it is asked for.

    Args:
        columns: Numbers of any type, each (n,).
    """

    def __init__(self, columns: Mapping[str, NDArray[Any]]) -> None:
        self._columns = dict(columns)

    def __getitem__(self, name: str) -> FloatArray:
        return self._columns[name].astype(np.float64)

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def rows(self, start: int, end: int) -> "CompactColumns":
        """The same columns from row ``start`` up to ``end``."""
        return CompactColumns({name: column[start:end] for name, column in self._columns.items()})


def joined(names: Sequence[str], blocks: list[list[NDArray[Any]]]) -> CompactColumns:
    """Columns from blocks of rows; ``blocks`` is emptied, so that memory never holds all of it twice.

    Args:
        names: Of the columns.
        blocks: Per column, its blocks.
    """
    columns: dict[str, NDArray[Any]] = {}
    for name, parts in zip(names, blocks, strict=True):
        columns[name] = np.concatenate(parts)
        parts.clear()
    return CompactColumns(columns)
