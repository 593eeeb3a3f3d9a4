"""Centroids of one image set that start searches on others."""

from collections.abc import Mapping

import pandas as pd

from experiments.page import Page
from experiments.papers.centroid_init import claims, figures
from experiments.papers.centroid_init.plan import SOLVERS, STARTS, TRANSFER, Sizes
from experiments.papers.centroid_init.work import POPULATION, Key, Searched


def transfer(page: Page, sizes: Sizes, searched: Mapping[Key, Searched]) -> None:
    """Figure 12: centroids of one image set, searches on the others."""
    page.heading("Transfer")
    targets = sizes.problems[1:]
    found = {
        (key[0].removeprefix(f"{TRANSFER} "), *key[1:]): value
        for key, value in searched.items()
        if key[0].startswith(TRANSFER)
    }
    here = (
        f"centroids of {sizes.problems[0]}, noise mean, {sizes.transfer_runs} runs of {sizes.transfer_budget} "
        f"evaluations, population {POPULATION}"
    )
    page.figure(
        figures.transfer_curves(found, targets, SOLVERS),
        name="figure-12",
        caption=f"Mean accuracy of the population and its standard deviation over runs; {here}.",
    )
    rows = [
        {
            "problem": name,
            "solver": solver,
            "start": start,
            "gap at the start": (
                gap := found[name, "mean", solver, start].population[0]
                - found[name, "mean", solver, "uniform"].population[0]
            )[0],
            "gap after one generation": gap[1],
            "gap at the end": gap[-1],
        }
        for name in targets
        for solver in SOLVERS
        for start in STARTS[1:]
    ]
    page.table(
        pd.DataFrame(rows),
        name="transfer",
        caption=f"Points of mean population accuracy above the uniform start; {here}.",
    )
    page.claim(claims.transfer_claim(found, targets))
