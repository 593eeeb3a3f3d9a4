"""The csv files of iohnas, read as if a stranger had written them: columns, kinds, ranges, and no row twice.

What a column must be is said by the same ``Layout`` as for arrays in ``nas_problems.array_file``.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import brief, is_name
from nas_problems.array_file import ArrayFileError, Layout, check_layouts
from nas_problems.checked import LARGEST_INT

_N_ROWS = "rows"


@dataclass(frozen=True)
class TextTable:
    """What a table holds.

    Args:
        texts: Column of names -> its cells.
        numbers: Column of numbers -> its cells, (rows,), in 64 bits.
    """

    texts: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(next(iter((*self.texts.values(), *self.numbers.values()))))


def column(kinds: str, low: float = -np.inf, high: float = np.inf, *, finite: bool = True) -> Layout:
    """What the cells of a column must be: ``U`` names, ``i`` integers, ``f`` numbers in a range."""
    return Layout(kinds, (_N_ROWS,), low, high, finite)


def read_text_table(text: str, *, what: str, columns: Mapping[str, Layout], key: Sequence[str]) -> TextTable:
    """Read a csv with a header; empty lines say nothing.

    Args:
        text: The csv.
        what: What it is said to be, for messages.
        columns: Name -> what its cells must be, in their order; see ``column``.
        key: Columns of which no two rows have the same cells.

    Raises:
        ValueError: Other columns, no row, a cell that is not what it must be, or a row that is there twice.
    """

    def refuse(wanted: str, found: str) -> NoReturn:
        raise ValueError(f"{what}: wanted {wanted}, found {found}")

    try:
        lines = [(number, line) for number, line in enumerate(csv.reader(io.StringIO(text)), 1) if line]
    except csv.Error as error:
        refuse("a csv", str(error))
    header = tuple(lines[0][1]) if lines else ()
    if header != tuple(columns):
        refuse(f"the columns {tuple(columns)}", brief(header))
    rows = lines[1:]
    if not rows:
        refuse("rows", "a header alone")
    for number, line in rows:
        if len(line) != len(columns):
            refuse(f"{len(columns)} cells in line {number}", str(len(line)))
    texts: dict[str, tuple[str, ...]] = {}
    numbers: dict[str, NDArray[Any]] = {}
    for position, (name, layout) in enumerate(columns.items()):
        wanted, parse = _CELLS[layout.kinds]
        cells = []
        for number, line in rows:
            try:
                cells.append(parse(line[position]))
            except (ValueError, OverflowError):
                refuse(f"{wanted} as {name} in line {number}", brief(line[position]))
        if layout.kinds == "U":
            texts[name] = tuple(cells)
        else:
            numbers[name] = np.array(cells, dtype=np.float64 if layout.kinds == "f" else np.int64)
    try:
        check_layouts(numbers, {name: layout for name, layout in columns.items() if name in numbers})
    except ArrayFileError as error:
        refuse("numbers in their ranges", str(error))
    seen: dict[tuple[object, ...], int] = {}
    for row, (number, _) in enumerate(rows):
        cell = tuple(texts[name][row] if name in texts else numbers[name][row].item() for name in key)
        if cell in seen:
            refuse(f"every {', '.join(key)} once", f"{brief(cell)} in lines {seen[cell]} and {number}")
        seen[cell] = number
    return TextTable(texts, numbers)


def _name(cell: str) -> str:
    if not is_name(cell):
        raise ValueError
    return cell


def _integer(cell: str) -> int:
    value = int(cell)
    if abs(value) > LARGEST_INT:
        raise OverflowError
    return value


_CELLS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "U": ("a name", _name),
    "i": ("an integer", _integer),
    "f": ("a number", float),
}
