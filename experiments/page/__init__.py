"""Pages of results: one self-contained HTML file, the same in Markdown, and csv, PNG and PDF next to them.

>>> import tempfile, pandas as pd, pathlib
>>> page = Page(pathlib.Path(tempfile.mkdtemp()), "A page", "iohnas reproduce a-page")
>>> page.table(pd.DataFrame({"solver": ["a"], "regret": [0.1]}), name="table-1", caption="Regret (%).")
>>> page.write().name
'index.html'
"""

from experiments.page.block import Claim, Verdict, graded
from experiments.page.builder import Page
from experiments.page.chart import Boxes, Chart, Heat, Lines, Ranks
from experiments.page.prose import literal
from experiments.page.versions import versions_text

__all__ = [
    "Boxes",
    "Chart",
    "Claim",
    "Heat",
    "Lines",
    "Page",
    "Ranks",
    "Verdict",
    "graded",
    "literal",
    "versions_text",
]
