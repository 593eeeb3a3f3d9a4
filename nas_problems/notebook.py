"""How objects show themselves: one line in a terminal, a small table or curve in a notebook."""

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from nas_problems.array import FloatArray

_LEFT = 'style="text-align:left"'
_WIDTH, _HEIGHT = 260, 48  # of a curve, in pixels


def short(value: object) -> str:
    """A value as text: floats with four significant digits, counts with separators.

    >>> short(0.123456), short(15_625), short("text"), short(None)
    ('0.1235', '15,625', 'text', '')
    """
    if value is None:
        return ""
    if isinstance(value, (float, np.floating)):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, (int, np.integer)) and not isinstance(value, bool) else str(value)


def listed(names: Sequence[str], most: int = 4) -> str:
    """Some names, and how many more there are.

    >>> listed(["a", "b", "c"], most=2)
    'a, b, ...'
    """
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")


def facts(title: str, known: Mapping[str, object], *figures: str) -> str:
    """A title, a table of names and values, and figures, as HTML; all texts are escaped.

    Args:
        title: The object in one line.
        known: Name -> value.
        figures: HTML, e.g. of ``curve``.
    """
    rows = "".join(
        f"<tr><th {_LEFT}>{escape(name)}</th><td {_LEFT}>{escape(short(value))}</td></tr>"
        for name, value in known.items()
    )
    known_table = f"<table>{rows}</table>" if rows else ""
    return f"<div><b>{escape(title)}</b>{known_table}{''.join(figures)}</div>"


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Rows under their columns, as HTML; all texts are escaped."""
    head = "".join(f"<th {_LEFT}>{escape(name)}</th>" for name in columns)
    body = "".join(
        "<tr>" + "".join(f"<td {_LEFT}>{escape(short(value))}</td>" for value in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def curve(values: FloatArray, label: str) -> str:
    """A small curve of finite values (n,) over their numbers, as inline SVG; nothing for fewer than two."""
    kept = values[np.isfinite(values)]
    if len(kept) < 2:
        return ""
    kept = kept[np.unique(np.linspace(0, len(kept) - 1, 200).round().astype(np.int64))]
    spread = float(np.ptp(kept)) or 1.0
    x = np.linspace(2, _WIDTH - 2, len(kept))
    y = _HEIGHT - 3 - (_HEIGHT - 6) * (kept - kept.min()) / spread
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{escape(label, quote=True)}">'
        f'<polyline points="{points}" fill="none" stroke="#0072B2" stroke-width="1.5"/></svg>'
        f'<div style="font-size:smaller">{escape(label)}: {short(float(kept[0]))} … {short(float(kept[-1]))}</div>'
    )
