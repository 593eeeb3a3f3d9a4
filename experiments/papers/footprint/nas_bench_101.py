"""The paper's own landscape: all cells of NAS-Bench-101, with bit flips as its neighbourhood.

The authors did not train on CIFAR-10 either: they looked cells up in the published file, at 36 epochs. The public table
has the test accuracy after 108 epochs; values after 36 epochs are known for 14,160 cells.

Source: traore2021.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import nas_problems
from ela.correlation import pearson
from ela.footprint.notes import persistence_values
from ela.landscape.birthday import BirthdayEstimate, birthday_of
from ela.landscape.density import FAMILIES, fit_density
from ela.landscape.landscape import Landscape
from ela.landscape.persistence import persistence
from ela.landscape.sparse import SparseGraph
from ela.landscape.walks import autocorrelation, exact_autocorrelation, random_walks
from experiments.figures import PALETTE
from experiments.page import Claim, Page
from experiments.page.missing import left_out
from experiments.papers.footprint.cells import footprint_of_cells, radar_section, ratio_section, walks_section
from experiments.papers.footprint.numbers import LOCAL_SEARCHES
from nas_problems.array import FloatArray, IntArray
from nas_problems.cell.index101 import cell_index
from nas_problems.cell.neighbour101 import bit_flip_pairs
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.evaluators.table import TableEvaluator

N_TRIALS, N_STARTS, N_WALKS, WALK_LENGTH = 9, 200, 30, 100  # traore2021, sections 5.3 and 5.4


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """One neighbourhood of the cells, and measures of the landscape it makes of them.

    Args:
        name: ``bit flips`` or ``edits``.
        landscape: The landscape.
        rho: Exact autocorrelation at one step.
        routes: Cells visited by 30 walks, (walks, steps + 1).
        walks: Autocorrelation of each walk.
        birthday: The estimated number of optima.
    """

    name: str
    landscape: Landscape
    rho: float
    routes: IntArray
    walks: FloatArray
    birthday: BirthdayEstimate

    @classmethod
    def measured(cls, name: str, landscape: Landscape, rng: np.random.Generator) -> "Neighbourhood":
        """Measure a landscape."""
        graph, y = landscape.graph, landscape.y
        routes = random_walks(graph, N_WALKS, length=WALK_LENGTH, rng=rng)
        walks = autocorrelation(y[routes])
        estimate = birthday_of(landscape, n_trials=N_TRIALS, n_starts=N_STARTS, rng=rng)
        return cls(name, landscape, exact_autocorrelation(graph, y), routes, walks[np.isfinite(walks)], estimate)

    @property
    def effective_optima(self) -> float:
        """Number of equal basins for which two starts would end in the same optimum as often: ``1 / sum(share^2)``.

        This is what the birthday method estimates.
        """
        search = self.landscape.local_search
        return float(1 / np.sum((search.basin_sizes / len(self.landscape)) ** 2))


def nas_bench_101_section(page: Page, *, seed: int) -> None:
    """Write the section, or a sentence if the file is missing.

    Args:
        page: Written to.
        seed: Seed of walks and starts.
    """
    page.heading("NAS-Bench-101 itself, all 423,624 cells (figures 7 to 12, tables 1 and 3)")
    try:
        problem = nas_problems.make("nb101-cifar10")
    except DataUnavailableError as error:
        page.text(f"Left out: {left_out(error)}")
        return
    page.text(
        "Test error after 108 epochs, mean of three trainings; the paper has 36 epochs. *Bit flips* are the paper's "
        "neighbourhood: one bit of the matrix of 17 named vertices differs, and the cell exists. *Edits* are that of "
        "our solvers: two cells are neighbours if some of their codes differ by one step, which can also add or remove "
        "vertices and change operations."
    )
    rng = np.random.default_rng(seed)
    edits = Landscape.enumerate(problem)
    graph = SparseGraph.of_pairs(*bit_flip_pairs(cell_index()), len(edits))
    flips = Neighbourhood.measured("bit flips", edits.with_graph(graph), rng)
    both = [flips, Neighbourhood.measured("edits", edits, rng)]
    _measures(page, both)
    _searches(page, both)
    _figures(page, both)
    _fits(page, problem.tabulate())
    persistence_measures = _recorded(page)
    walks_section(page, {measured.name: (measured.landscape.y[measured.routes], measured.rho) for measured in both})
    radar_section(
        page,
        footprint_of_cells(
            flips.landscape, rho=flips.rho, n_optima_birthday=flips.birthday.n_optima, persistence=persistence_measures
        ),
    )
    ratio_section(page, rng)


def _measures(page: Page, both: list[Neighbourhood]) -> None:
    published = {"mean accuracy (%)": 83.5, "sd (points)": 9.13, "ruggedness": 1.93, "optima, birthday": 6373}
    rows = {"published, 36 epochs": published}
    for one in both:
        y, search = one.landscape.y, one.landscape.local_search
        rows[one.name] = {
            "mean accuracy (%)": 100 - float(y.mean()),
            "sd (points)": float(y.std()),
            "ruggedness": 1 / float(one.walks.mean()),
            "ruggedness, exact": 1 / one.rho,
            "mean neighbours": float(one.landscape.graph.degree.mean()),
            "optima, birthday": one.birthday.n_optima,
            "optima, exact": search.n_optima,
            "optima, if basins were equal": one.effective_optima,
            "largest basin (%)": 100 * search.basin_sizes.max() / len(y),
            "reaching the best cell (%)": 100 * float(search.reaches_global.mean()),
            "fitness-distance correlation": pearson(y, one.landscape.distance_to_best),
        }
    page.table(
        pd.DataFrame(rows).rename_axis("measure"),
        name="nb101-measures",
        caption=f"Measures of the whole space; ruggedness from {N_WALKS} walks of {WALK_LENGTH} steps, and exact. 'If "
        "basins were equal': the number of equal basins in which two searches would end in the same optimum as often.",
    )
    flips = both[0]
    exact, estimate = flips.landscape.local_search.n_optima, flips.birthday.n_optima
    page.claim(
        Claim(
            "NAS-Bench-101 has about 6,373 local optima",
            "6,373 (nine trials: 487 to 27,994)",
            f"exactly {exact:,} by bit flips, {both[1].landscape.local_search.n_optima:,} by edits; the same estimate "
            f"gives {estimate:,.0f} here",
            "holds" if 487 <= exact <= 27_994 else "does not hold",
            f"108 epochs instead of 36. The estimate would be right for {flips.effective_optima:,.0f} equal basins; "
            f"the basins are not equal, and the largest has {flips.landscape.local_search.basin_sizes.max():,} cells",
            "the exact number by bit flips is within the range of the nine published trials",
        )
    )
    tau = 1 / float(flips.walks.mean())
    page.claim(
        Claim(
            "Ruggedness of NAS-Bench-101 on CIFAR-10",
            "1.93",
            f"{tau:.2f} from {N_WALKS} walks, {1 / flips.rho:.2f} exactly",
            "holds" if abs(tau / 1.93 - 1) < 0.1 else "does not hold",
            "bit flips, 108 epochs instead of 36",
            "within 10 % of the published number",
        )
    )


def _searches(page: Page, both: list[Neighbourhood]) -> None:
    rows = []
    for one in both:
        search = one.landscape.local_search
        rows.append(
            {
                "searches": f"{one.name}, from every cell",
                "steps": float(search.n_iterations.mean()),
                "improvement (points)": float(search.improvement.mean()),
            }
        )
        rows += [
            {"searches": f"{one.name}, trial {i}", "first repeat": k, "cardinality": k**2 / (2 * np.log(2))}
            for i, k in enumerate(one.birthday.first_repeats.tolist(), start=1)
        ]
    page.table(
        pd.concat([pd.DataFrame(rows), LOCAL_SEARCHES], ignore_index=True),
        name="nb101-local-search",
        caption=f"Local searches (table 3): moves plus one, gain in accuracy, and, in trials of {N_STARTS} searches, "
        "the number of the first search that ended where an earlier one had; trials in which none did are omitted.",
    )
    steps = float(both[0].landscape.local_search.n_iterations.mean())
    page.claim(
        Claim(
            "A local search on NAS-Bench-101 takes few steps",
            "2.86 on average over 3,200 searches",
            f"{steps:.2f} on average from all cells",
            "holds" if abs(steps / 2.86 - 1) < 0.1 else "does not hold",
            "bit flips, 108 epochs instead of 36",
            "within 10 % of the published number",
        )
    )


def _figures(page: Page, both: list[Neighbourhood]) -> None:
    figure = Figure(figsize=(10, 3.4), layout="constrained")
    basins, optima, distance = figure.subplots(1, 3)
    for one in both:
        search = one.landscape.local_search
        shares = np.sort(search.basin_sizes)[::-1] / len(one.landscape)
        basins.loglog(np.arange(1, len(shares) + 1), 100 * shares, label=one.name, color=PALETTE[both.index(one)])
        optima.hist(
            100 - search.y[search.optima],
            bins=np.linspace(85, 94.5, 60),
            density=True,
            histtype="step",
            color=PALETTE[both.index(one)],
        )
    optima.hist(100 - both[0].landscape.y, bins=np.linspace(85, 94.5, 60), density=True, color="0.85", zorder=0)
    basins.set(xlabel="optimum, by size of its basin", ylabel="starts that end there (%)")
    figure.legend(*basins.get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    optima.set(xlabel="test accuracy (%)", ylabel="density")
    landscape = both[0].landscape
    steps = np.unique(landscape.distance_to_best)
    levels = [landscape.y[landscape.distance_to_best == step] for step in steps]
    distance.boxplot(
        levels, positions=steps, widths=0.6, whis=(5, 95), showfliers=False, medianprops={"color": PALETTE[1]}
    )
    distance.set(xlabel="Hamming distance to the best cell", ylabel="test error (%)")
    distance.set_xticks(steps[::4], [f"{step:g}" for step in steps[::4]])
    page.figure(
        figure,
        name="nb101-landscape",
        caption="All 423,624 cells, test error after 108 epochs. Left: basins of local search. Middle: accuracy of all "
        "cells (grey) and of local optima. Right: error by the distance of canonical codes to the best one; boxes "
        "are quartiles, whiskers 5 and 95 %.",
    )


def _fits(page: Page, error: FloatArray) -> None:
    accuracy = 1 - error / 100
    rows = [
        {"family": fit.family, "log likelihood": fit.log_likelihood, "AIC": fit.aic, "BIC": fit.bic}
        for fit in (fit_density(accuracy, family) for family in FAMILIES)
    ]
    frame = pd.DataFrame(rows)
    best = str(frame.loc[frame["log likelihood"].idxmax(), "family"])
    page.table(
        frame, name="nb101-density", caption="Fits to the accuracy of all cells, 108 epochs (table 1: 36).", digits=7
    )
    page.claim(
        Claim(
            "A Weibull distribution fits the accuracy of NAS-Bench-101's cells best",
            "Weibull, of three families (table 1, 36 epochs)",
            f"{best} (all cells, 108 epochs)",
            "holds" if best == "weibull" else "does not hold",
            "largest likelihood, two parameters each",
            "it has the largest likelihood of the three",
        )
    )


def _recorded(page: Page) -> dict[str, float]:
    """The four measures of persistence from 36 to 108 epochs; empty if no values after 36 epochs are available."""
    try:
        recorded = nas_problems.make("nb101-recorded")
    except DataUnavailableError as error:
        page.text(f"Persistence is left out: {left_out(error)}")
        return {}
    assert isinstance(recorded.evaluator, TableEvaluator)
    known = (recorded.evaluator.values["is_predicted"][:, :, 0] == 0).all(axis=0)
    Y = np.stack([recorded.variant(fidelity=epochs).tabulate()[known] for epochs in (36, 108)])
    positive, negative = persistence(Y, "best"), persistence(Y, "worst")
    page.text(
        f"Persistence from 36 to 108 epochs, by the validation error of the {known.sum():,} cells for which searches "
        f"recorded both (not a random sample): {positive.at(25):.2f} of the best quarter stay in it, and "
        f"{negative.at(25):.2f} of the worst. The paper's .32 and .064 are over 4, 12, 36 and 108 epochs; with the "
        "whole file (`iohnas data import`), `iohnas footprint nb101-full` measures these, too."
    )
    return persistence_values(Y)
