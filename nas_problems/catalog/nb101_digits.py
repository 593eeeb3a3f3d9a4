"""NAS-Bench-101 cells on scikit-learn's digits: a table of our own with holes, made by ``iohnas table build``.

300 drawn cells are recorded, as a benchmark for Earth observation has recorded 1,000 on So2Sat; forests predict the
others, and the metric ``is_predicted`` says which. The card, ``nas_problems/data/nb101-digits.md``, says how it was
made, ``iohnas reproduce earth-benchmark`` how much the predictions know. ``train-nb101-digits`` trains larger networks.

Source: traore2023; ying2019.
"""

from functools import cache
from pathlib import Path

import nas_problems
from nas_problems.problem import Problem

PATH = Path(__file__).parents[1] / "data" / "nb101-digits.npz"
"""The table's file."""


@nas_problems.register(
    "nb101-digits",
    summary="NAS-Bench-101 cell on digits, small skeleton, validation error: our 300 cells, others predicted",
    family="iohnas",
)
@cache
def _problem() -> Problem:
    from nas_problems.table.file import read_table

    return read_table(PATH).problem("nb101-digits", function_id=20_604, source="ying2019")
