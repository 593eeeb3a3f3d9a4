"""Which operations the best cells have."""

from collections.abc import Mapping

import numpy as np

from experiments.page import Page
from experiments.papers.centroid_init import claims, figures
from experiments.papers.centroid_init.plan import SOLVERS, STARTS, Sizes
from experiments.papers.centroid_init.work import Key, Searched


def operations(page: Page, sizes: Sizes, searched: Mapping[Key, Searched]) -> None:
    """Figure 13 in spirit: operations of the best cells."""
    page.heading("Operations found")
    problem = sizes.problems[0]
    shares = {
        (solver, start): np.eye(5)[searched[problem, "mean", solver, start].incumbents].mean(axis=0)
        for solver in SOLVERS
        for start in STARTS
    }
    page.figure(
        figures.operation_maps(shares, SOLVERS),
        name="figure-13",
        caption=f"Share of {sizes.runs} runs whose best cell has an operation on an edge; {problem}, noise mean, "
        f"{sizes.budget} evaluations.",
    )
    page.claim(claims.diversity_claim(shares, SOLVERS))
