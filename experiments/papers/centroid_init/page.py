"""Traoré, Camero, Zhu 2023: evolutionary searches started from the centroids of clustered samples.

Source: traore2023. The paper clusters and searches NAS-Bench-101; both are done here where its file is available, and
also with NAS-Bench-201, every code of which is valid.
"""

from collections import deque
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import nas_problems
from experiments.executor import Failure
from experiments.executors.local import LocalExecutor
from experiments.executors.serial import SerialExecutor
from experiments.page import Page
from experiments.papers import new_page, reproductions
from experiments.papers.centroid_init import sections
from experiments.papers.centroid_init.plan import FULL, QUICK, Sizes, clusterings, fits, searches
from experiments.papers.centroid_init.work import Unit, work
from nas_problems.datasets.upstream import DataUnavailableError


@reproductions.register(
    "centroid-init", summary="Traore et al. 2023: searches started from cluster centroids", family="traore2023"
)
def reproduce_centroid_init(out: Path, *, quick: bool = False, seed: int = 1) -> Page:
    """Clusterings, starts, searches, transfer, operations found; two processes on two cores.

    Args:
        out: Folder of the page; ``runs.csv`` in it has every single run.
        quick: The same from a few short runs, in this process.
        seed: Seed of everything that is drawn.
    """
    sizes = QUICK if quick else FULL
    page = new_page(out, "Centroid starts for evolutionary NAS", "centroid-init", quick=quick, seed=seed)
    clustered = _clustered(sizes)
    units = {key: unit for name in clustered for key, unit in clusterings(name, sizes, seed).items()}
    first = _computed(units | fits(sizes, seed), quick=quick)
    fitted = {name: [first["fit", name, i] for i in range(sizes.fits)] for name in sizes.problems}
    searched = _computed({search.key: search for search in searches(sizes, seed, fitted)}, quick=quick)
    runs = sections.runs_table(searched)
    out.mkdir(parents=True, exist_ok=True)
    runs.to_csv(out / "runs.csv", index=False)
    sections.introduction(page, sizes, fitted, seed)
    sections.starts(page, sizes, first, fitted)
    sections.main_searches(page, sizes, searched, runs)
    sections.transfer(page, sizes, searched)
    sections.charged(page, sizes, runs)
    for name in clustered:
        sections.clustering(page, name, sizes, first)
    sections.operations(page, sizes, searched)
    work_folder = out / ("work-quick" if quick else "work")
    sections.nas_bench_101(page, work_folder, n_runs=2 if quick else 100, seed=seed, quick=quick)
    page.write()
    return page


def _clustered(sizes: Sizes) -> tuple[str, ...]:
    """The problems whose samples are clustered: the paper's own only where its file is available."""
    try:
        nas_problems.make(sections.NB101)
    except DataUnavailableError:
        return sizes.problems[:1]
    return sizes.problems[0], sections.NB101


def _computed(units: Mapping[Any, Unit], *, quick: bool) -> dict[Any, Any]:
    """Results by key.

    Raises:
        RuntimeError: A unit failed.
    """
    keys = {id(unit): key for key, unit in units.items()}
    results = {}
    with closing(SerialExecutor() if quick else LocalExecutor()) as executor:
        for unit, outcome in executor(work, deque(units.values())):
            if isinstance(outcome, Failure):
                raise RuntimeError(f"{keys[id(unit)]}: {outcome.reason}\n{outcome.details}")
            results[keys[id(unit)]] = outcome
    return {key: results[key] for key in units}  # not in the order in which they ended
