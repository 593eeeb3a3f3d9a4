"""Which operations the best cells have."""

from collections.abc import Mapping

import numpy as np

import nas_problems
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
    optimum = nas_problems.make(problem).optimum
    assert optimum is not None  # of a table it is known
    page.figure(
        figures.operation_maps(shares, optimum.Z[0], SOLVERS),
        name="figure-13",
        caption=f"Share of {sizes.runs} runs whose best cell has an operation on an edge (rows: edges between the "
        f"cell's four nodes); framed: the best cell of the space; {problem}, noise mean, {sizes.budget} evaluations.",
    )
    page.claim(claims.diversity_claim(shares, SOLVERS))
