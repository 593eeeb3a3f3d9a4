"""One-shot methods on NAS-Bench-201's cells: searched on digits, looked up in all tables.

Source: dong2020; elsken2019, section 4.
"""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

import nas_problems
from experiments.page import Page
from experiments.papers import new_page, reproductions
from experiments.papers.one_shot import work
from experiments.papers.one_shot.plan import METHODS, QUICK, Sizes, configured
from experiments.papers.one_shot.sections import (
    claim_order,
    final,
    write_collapse,
    write_equal_seconds,
    write_found,
    write_ranks,
)
from nas_problems.catalog.nas_bench_201 import SPACE
from nas_problems.network.available import check_torch

QUICK_METHODS = ("DARTS, first order", "GDAS", "RSPS", "ENAS")

_COLUMNS = ["method", "seed", "epoch", "cell"]


@reproductions.register(
    "one-shot",
    summary="one-shot methods on NAS-Bench-201's cells, next to solvers at equal seconds; ranks by shared weights",
    family="dong2020",
)
def reproduce_one_shot(out: Path, *, quick: bool = False, seed: int = 1) -> Page:
    """Table 5 of NAS-Bench-201 from searches on digits; skip connections; ranks by shared weights.

    Every search is a file in ``<out>/work`` once it is done, and has a checkpoint after every epoch before: a page
    that was stopped goes on.

    Args:
        out: Folder of the page.
        quick: Few methods and two epochs.
        seed: Of the first search; the others follow.

    Raises:
        ImportError: torch is not installed.
    """
    check_torch("a supernet")
    sizes = QUICK if quick else Sizes()
    page = new_page(out, "One-shot methods on NAS-Bench-201's cells", "one-shot", quick=quick, seed=seed)
    folder = out / ("work-quick" if quick else "work")
    seeds = range(seed, seed + sizes.n_seeds)
    labels = QUICK_METHODS if quick else tuple(METHODS)
    searches = pd.concat(
        [work.searched(folder, label, number, sizes) for number in seeds for label in labels], ignore_index=True
    )
    costs = pd.concat([work.timed(folder, label, sizes) for label in labels], ignore_index=True)
    searches = searches.merge(costs, on=["method", "epoch"])
    searches["method"] = pd.Categorical(searches["method"], categories=list(labels), ordered=True)
    searches = searches.sort_values(["method", "seed", "epoch"]).astype({"method": str})
    page.text(
        "Each method trains a supernet of NAS-Bench-201's cells on digits (500 images of 8 x 8 pixels to train weights "
        f"on, 700 to choose architectures by) in the skeleton of our table `nb201-digits`, for {sizes.epochs} epochs "
        "of 20 steps on one core, and derives a cell. Found cells are looked up in that table and in three published "
        "ones, where they were trained for 200 epochs. The published searches were made on CIFAR-10 for 50 to 250 "
        "epochs; the product of steps and learning rate of the architecture parameters is about the same. Costs are "
        f"processor seconds of one search of each method, timed between {sizes.n_timed} full trainings."
    )
    on_cifar10 = write_found(page, searches)
    claim_order(page, on_cifar10)
    write_equal_seconds(page, searches, seed=seed)
    write_collapse(page, searches)
    write_ranks(page, folder, sizes, seed=seed)
    _write_logs(page, out / "logs", searches)
    page.write()
    return page


def _write_logs(page: Page, folder: Path, searches: pd.DataFrame) -> None:
    """Every search as a run in IOH format, by the writer of all runs."""
    from optimizers.one_shot.search import SearchLog, write_search

    shutil.rmtree(folder, ignore_errors=True)
    problem = nas_problems.make("nb201-digits")
    for (label, seed), part in searches.groupby(["method", "seed"], sort=False):
        method = configured(str(label)).label
        log = SearchLog(
            method,
            int(seed),
            part["epoch"].to_numpy(),
            SPACE.from_index(part["cell"].to_numpy()),
            np.asarray(part["seconds"], dtype=np.float64),
        )
        training_seconds = float(part["training"].iloc[0])
        write_search(folder / f"{method}-{seed}", log, problem, training_seconds=training_seconds)
    page.heading("Logs")
    page.text(
        "`logs` has every search in IOH format: a row per derived cell with its validation error in `nb201-digits`, "
        "the seconds (`cost`) and full trainings (`spent`) so far, and the regret of the latest cell, which is the one "
        "that the search would give; it can rise again."
    )
    page.table(
        searches[_COLUMNS],
        name="searches",
        caption="Every derived cell by its number in the space, after so many epochs; here the last cell "
        "of each method's first search.",
        shown=final(searches).groupby("method", sort=False).first().reset_index()[["method", "seed", "epoch", "cell"]],
    )
