"""The page: footprints compared with each other and with the published ones.

Source: traore2021.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd

import nas_problems
from ela.footprint import Footprint, footprint, footprint_radar, footprint_table, reasons_table
from experiments.page import Page
from experiments.papers import new_page, reproductions
from experiments.papers.footprint.claims import write_claims
from experiments.papers.footprint.nas_bench_101 import nas_bench_101_section
from experiments.papers.footprint.numbers import PUBLISHED
from experiments.papers.footprint.sections import densities, persistence_curves, walks_and_distances
from nas_problems.datasets import nats_bench
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.problem import Problem

_NB201 = ("cifar10", "cifar100", "imagenet16-120")
_OTHERS = ("spikenas-cifar10", "macro-cifar10", "fcnet-slice", "fcnet-protein")


@reproductions.register("footprint", summary="Traoré et al. 2021: fitness landscape footprints", family="traore2021")
def reproduce_footprint(out: Path, *, quick: bool = False, seed: int = 1) -> Page:
    """Show footprints, persistence curves, density fits, walks and FDC of recorded tables.

    Args:
        out: Folder of the page.
        quick: Two problems only.
        seed: Seed of everything random.
    """
    page = new_page(out, "Fitness landscape footprints", "footprint", quick=quick, seed=seed)
    page.text(
        "Everything is exact, from all candidates: encoding as recorded; neighbours differ in one variable (by one "
        "step if it is ordered); values are means over the recorded seeds; fitness is what is minimised. The published "
        "footprints were estimated from samples of NAS-Bench-101 cells in a binary code of 289 digits: space, code and "
        "estimator differ, so only orders of magnitude can be compared."
    )
    problems, missing = _problems(quick=quick)
    if missing:
        page.text(f"Left out, because their data are not available: {', '.join(missing)}.")
    footprints = {problem.label: footprint(problem, seed=seed) for problem in problems}
    _footprints(page, footprints, seed)
    curves = persistence_curves(page, problems)
    densities(page, problems)
    landscapes = walks_and_distances(page, problems, np.random.default_rng(seed))
    write_claims(page, footprints, curves, landscapes)
    nas_bench_101_section(page, seed=seed)
    page.write()
    return page


def _problems(*, quick: bool) -> tuple[list[Problem], list[str]]:
    problems, missing = [], []
    for dataset in _NB201[: 1 if quick else 3]:
        with suppress(DataUnavailableError):
            nats_bench.EPOCHS_12.path()  # downloaded if need be
        full = nas_problems.make(f"nb201-{dataset}")
        problems.append(full)
        if 12 in full.fidelities.values:
            problems.append(full.variant(fidelity=12))
        else:
            missing.append(f"nb201-{dataset} after 12 epochs")
    for name in _OTHERS[: 1 if quick else None]:
        try:
            problems.append(nas_problems.make(name))
        except DataUnavailableError:
            missing.append(name)
    return problems, missing


def _footprints(page: Page, footprints: Mapping[str, Footprint], seed: int) -> None:
    page.heading("Footprints")
    table = footprint_table(list(footprints.values()))
    published = pd.DataFrame(PUBLISHED).T.reindex(columns=table.columns.drop(["exact", "candidates"]))
    shown = pd.concat([table, published.rename(lambda name: f"{name} (published)")]).T
    shown.index.name = "measure"
    shown = shown.drop(index=["exact"])
    page.table(shown.astype(float), name="footprints", caption=f"Footprints; birthday estimates with seed {seed}.")
    nas = [found for label, found in footprints.items() if not label.startswith("fcnet")]
    page.figure(
        footprint_radar([*nas, *map(_published, PUBLISHED)]),
        name="radar",
        caption="Footprints of the NAS problems and the two published ones (where their measures are known), with the "
        "others in grey. Each axis ends at the largest value; that of local optima (exact, or estimated) is "
        "logarithmic. Exact tables, noise mean, full fidelity unless the label names another.",
    )
    if len(nas) < len(footprints):
        page.figure(
            footprint_radar(
                list(footprints.values()), measures=("ruggedness", "n_optima", "fdc", "neutrality", "locality")
            ),
            name="radar-all",
            caption="NAS and HPO problems on the measures that have no unit. Exact tables, noise mean, full fidelity "
            "unless the label names another.",
        )
    rows = [
        {"problem": label, "measure": name, "low": low, "value": found.value(name), "high": high}
        for label, found in footprints.items()
        for name, (low, high) in found.intervals.items()
    ]
    page.table(
        pd.DataFrame(rows),
        name="intervals",
        caption="95 % bootstrap intervals of the estimated measures (9 trials of up to 200 local searches); all others "
        "are exact.",
    )
    reasons = reasons_table(list(footprints.values()))
    if len(reasons):
        page.table(reasons, name="reasons", caption="Why a value is missing.")


def _published(name: str) -> Footprint:
    values = {key: float(value) for key, value in PUBLISHED[name].items()}
    return Footprint(f"{name} (published)", False, 0, 0, unit="%", **values)  # type: ignore[arg-type]  # names are the record's
