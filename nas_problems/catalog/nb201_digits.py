"""NAS-Bench-201 cells on scikit-learn's digits: our own table, made by ``iohnas table build``.

Its card, ``nas_problems/data/nb201-digits.md``, says how. The problem ``train-nb201-digits`` trains what
this table has recorded.
"""

from functools import cache
from pathlib import Path

import nas_problems
from nas_problems.problem import Problem

PATH = Path(__file__).parents[1] / "data" / "nb201-digits.npz"
"""The table's file."""


@nas_problems.register(
    "nb201-digits",
    summary="NAS-Bench-201 cell on digits, small skeleton, validation error (our table)",
    family="iohnas",
)
@cache
def _problem() -> Problem:
    from nas_problems.table.file import read_table

    return read_table(PATH).problem("nb201-digits", function_id=20_004, source="dong2020")
