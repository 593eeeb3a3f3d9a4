"""Tables as Markdown and as HTML."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from experiments.page.block import Mark, Table
from experiments.page.prose import attribute, literal, signs
from experiments.text.breaking import pieces
from experiments.text.number import number

_NUMBER_LIKE = re.compile(r"[-+−±<>≤≥~]?\s*(\d|\.\d|∞|inf\b)")
_LONG = 20
"""Rows from which a table scrolls in its own frame."""

_UNBROKEN = 12
"""Letters of a word up to which it stays whole."""

_WIDE = 9
"""Columns from which a table is printed across the paper."""

_FILTERS = ("problem", "solver")
"""Columns by which the page's controls hide rows."""


def cell(value: object, digits: int) -> str:
    """A value as text: numbers with the given number of significant digits, nothing for a missing one.

    >>> cell(0.123456, 3), cell(float("inf"), 3), cell(float("nan"), 3), cell(12_345.6, 3), cell("text", 3)
    ('0.123', '∞', '', '12,346', 'text')
    """
    if value is None or value is pd.NA:
        return ""
    return number(value, digits) if isinstance(value, float) else signs(str(value))


def markdown_table(table: Table, *, is_markdown: bool = False) -> str:
    """A table in Markdown; the best in bold, what cannot be told apart from it with ``≈``.

    Args:
        table: The table.
        is_markdown: Whether its cells are Markdown of ours; else they are shown as they are, whatever is in them.
    """
    text_of = _markdown_text if is_markdown else literal
    frame = table.display
    numeric = [_is_numeric(frame.iloc[:, j]) for j in range(frame.shape[1])]
    lines = [_row(map(text_of, frame.columns)), _row("---:" if right else "---" for right in numeric)]
    for i, values in enumerate(frame.itertuples(index=False)):
        texts = []
        for name, value in zip(frame.columns, values, strict=True):
            text, mark = text_of(cell(value, table.digits)), _mark(table.marks, str(name), i)
            texts.append(f"**{text}**" if mark == "best" else f"{text} ≈" if mark == "tied" else text)
        lines.append(_row(texts))
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _markdown_text(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def html_table(table: Table) -> str:
    """A table in HTML; its header sorts where scripts run."""
    frame = table.display
    columns = [str(name) for name in frame.columns]
    numeric = [_is_numeric(frame.iloc[:, j]) for j in range(frame.shape[1])]
    head = "".join(
        f'<th scope="col"{_class("number" if right else "")}>{attribute(name)}</th>'
        for name, right in zip(columns, numeric, strict=True)
    )
    filters = [(name, columns.index(name)) for name in _FILTERS if name in columns]
    rows = []
    previous: object = None
    for i, values in enumerate(frame.itertuples(index=False)):
        data = "".join(f' data-{name}="{attribute(values[j])}"' for name, j in filters)
        starts_group = bool(filters) and filters[0][0] == "problem" and i > 0 and values[filters[0][1]] != previous
        previous = values[filters[0][1]] if filters else None
        cells = [
            _html_cell(cell(value, table.digits), right, _mark(table.marks, name, i), first=j == 0)
            for j, (name, value, right) in enumerate(zip(columns, values, numeric, strict=True))
        ]
        rows.append(f"<tr{data}{_class('group' if starts_group else '')}>{''.join(cells)}</tr>")
    size = (" long" if len(frame) > _LONG else "") + (" wide" if len(columns) >= _WIDE else "")
    body = "\n".join(rows)
    return (
        f'<div class="table{size}" tabindex="0" role="region" aria-label="table {attribute(table.name)}">'
        f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _html_cell(text: str, right: bool, mark: Mark, *, first: bool) -> str:
    names = " ".join(name for name in ("number" if right else "", mark) if name)
    inner = _breakable(text)
    if mark == "tied":
        inner += ' <abbr title="not distinguishable from the best">≈</abbr>'
    element = "th" if first and not right else "td"
    scope = ' scope="row"' if element == "th" else ""
    return f"<{element}{scope}{_class(names)}>{inner}</{element}>"


def _breakable(text: str) -> str:
    """A text for the inside of an element, in which long names may be broken after their separators."""
    if max(map(len, text.split()), default=0) <= _UNBROKEN:
        return attribute(text)
    parts = [attribute(piece) for piece in pieces(text)]
    return "".join(part + ("<wbr>" if part.strip() and after.strip() else "") for part, after in pairwise([*parts, ""]))


def _class(names: str) -> str:
    return f' class="{names}"' if names else ""


def _mark(marks: Mapping[str, Sequence[Mark]], column: str, row: int) -> Mark:
    return marks[column][row] if column in marks else ""


def _is_numeric(column: "pd.Series[Any]") -> bool:
    """Whether a column is set to the right: numbers, or texts that all start with one."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return False
    if pd.api.types.is_numeric_dtype(column.dtype):
        return True
    texts = [text for text in (cell(value, 4) for value in column) if text not in ("", "–")]
    return bool(texts) and all(_NUMBER_LIKE.match(text) for text in texts)
