"""White, Nolen and Savani 2021: local search, noise, and a theory of both, on NAS-Bench-201.

Source: white2021.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

import nas_problems
from ela.landscape.landscape import Landscape
from ela.landscape.local_search import LocalSearch
from ela.landscape.lon import local_optima_network
from experiments.page import Claim, Page, graded
from experiments.papers import new_page, reproductions
from experiments.papers.local_search import figures, theory
from experiments.papers.local_search.fits import write_fitted_theory
from experiments.papers.local_search.solvers import FAST, Work, compare_solvers, solvers_against_noise
from nas_problems.array import FloatArray
from nas_problems.datasets import nats_bench
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.problem import Problem

TABLE_1 = {"denoised": (5.36, 21, 47.4), "standard": (4.97, 55, 6.71), "random": (2.56, 616, 0.717)}
"""Published for CIFAR-10: iterations, local minima, percentage of starts that reach the global minimum."""

NEAR = 0.05
"""Largest relative difference at which a number counts as reproduced."""


@dataclass(frozen=True, slots=True)
class _Sizes:
    """How much is computed."""

    draws: int
    sweep_draws: int
    trials: int
    datasets: tuple[str, ...]


_FULL = _Sizes(draws=100, sweep_draws=30, trials=200, datasets=("cifar10", "cifar100", "imagenet16-120"))
_QUICK = _Sizes(draws=3, sweep_draws=2, trials=2, datasets=("cifar10",))


@reproductions.register(
    "local-search", summary="White et al. 2021: local search in NAS and its theory", family="white2021"
)
def reproduce_local_search(out: Path, *, quick: bool = False, seed: int = 1) -> Page:
    """Reproduce table 1, the noise sweep, figures 4.1 to 5.2, and compare the theory with exact counts.

    The paper has 200 trials of every solver; here, model-based solvers have ten.

    Args:
        out: Folder of the page.
        quick: The same with a few draws and one image set.
        seed: Seed of everything random.
    """
    sizes = _QUICK if quick else _FULL
    rng = np.random.default_rng(seed)
    page = new_page(out, "Local search in NAS: noise and landscape", "local-search", quick=quick, seed=seed)
    page.text(
        "Encoding: six edges with five operations; neighbours differ in one edge (24 per cell; isomorphic cells are "
        "not merged). Iterations are the moves plus one, the last look at all neighbours. 'Standard' draws one "
        "recorded seed per cell and landscape."
    )
    random_searches = _table_1(page, sizes, rng)
    _noise_sweep(page, sizes, rng)
    _pictures(page, rng)
    theory.write_uniform_theory(page, random_searches)
    write_fitted_theory(page, sizes.datasets, has_12=has_12_epochs())
    work = (
        Work(out / "work-quick", sizes.trials, 60, seed, FAST) if quick else Work(out / "work", sizes.trials, 300, seed)
    )
    compare_solvers(page, sizes.datasets, work)
    solvers_against_noise(page, work)
    page.write()
    return page


@cache
def has_12_epochs() -> bool:
    """Whether values after 12 epochs and test accuracies are available, downloading them if necessary."""
    try:
        nats_bench.TEST_200.path()
        nats_bench.EPOCHS_12.path()
    except DataUnavailableError:
        return False
    return True


# ---- table 1


def _row(searches: Sequence[LocalSearch], version: str, table: str, best: int | None) -> dict[str, object]:
    """Means over draws; ``best`` is the node that is best without noise."""
    n_minima = np.array([search.n_optima for search in searches])
    reached = 100 * np.array([search.reaches_global.mean() for search in searches])
    iterations = np.array([search.n_iterations.mean() for search in searches])
    true = [100 * float((search.optimum == best).mean()) for search in searches] if best is not None else [np.nan]
    return {
        "version": version,
        "table": table,
        "draws": len(searches),
        "# iters": iterations.mean(),
        "# local min": n_minima.mean(),
        "sd (minima)": n_minima.std() if len(searches) > 1 else np.nan,
        "% reached global min": reached.mean(),
        "sd (%)": reached.std() if len(searches) > 1 else np.nan,
        "% reached the cell best on average": float(np.mean(true)),
    }


def _searches(problem: Problem, n_draws: int, rng: np.random.Generator) -> list[LocalSearch]:
    return [Landscape.enumerate(problem, rng=rng).local_search for _ in range(n_draws)]


def _table_1(page: Page, sizes: _Sizes, rng: np.random.Generator) -> list[LocalSearch]:
    page.heading("Table 1")
    full = nas_problems.make("nb201-cifar10")
    mean = Landscape.enumerate(full)
    best = int(mean.local_search.optima[0])
    rows = [_row([mean.local_search], "denoised", "validation, 200 epochs, mean of 2-3 seeds", best)]
    short = None
    if has_12_epochs():
        short = Landscape.enumerate(full.variant(fidelity=12)).local_search
        rows.insert(0, _row([short], "denoised", "validation, 12 epochs", None))
    drawn = _searches(full.variant(noise="sampled"), sizes.draws, rng)
    rows.append(_row(drawn, "standard", "validation, 200 epochs, one seed drawn per cell", best))
    random = [mean.with_values(rng.random(len(mean))).local_search for _ in range(sizes.draws)]
    rows.append(_row(random, "random", "uniform labels", None))
    for version, (iterations, minima, reached) in TABLE_1.items():
        published = {"# iters": iterations, "# local min": minima, "% reached global min": reached}
        rows.append({"version": version, "table": "published", **published})
    page.table(
        pd.DataFrame(rows),
        name="table-1",
        caption="Local search from all 15,625 cells on CIFAR-10. Where values are random: mean and standard deviation "
        "over draws of the whole table.",
    )
    page.text(
        "The published 'denoised' row matches the validation accuracy after **12** epochs, for which one value per "
        "cell is recorded; after 200 epochs, averaged over seeds, the landscape has even fewer local minima."
    )
    _claims_of_table_1(page, short, mean.local_search, drawn, random)
    return random


def _claims_of_table_1(
    page: Page,
    short: LocalSearch | None,
    full: LocalSearch,
    drawn: Sequence[LocalSearch],
    random: Sequence[LocalSearch],
) -> None:
    names = "iterations, local minima, % that reach the global one"
    rule = f"all three within {NEAR:.0%} of the published numbers"
    if short is None:
        page.claim(
            Claim(
                f"Denoised: {names}",
                _listed(TABLE_1["denoised"]),
                "",
                "cannot be tested here",
                "the values after 12 epochs are not available",
                rule,
            )
        )
    else:
        ours = _numbers(short)
        page.claim(
            Claim(
                f"Denoised: {names}",
                _listed(TABLE_1["denoised"]),
                f"{_listed(ours)} (12 epochs)",
                "holds" if _apart(ours, TABLE_1["denoised"]) < NEAR else "does not hold",
                f"largest difference {_apart(ours, TABLE_1['denoised']):.1%}. After 200 epochs: "
                f"{_listed(_numbers(full))}",
                rule,
            )
        )
    means = tuple(float(x) for x in np.mean([_numbers(search) for search in drawn], axis=0))
    spread = np.std([_numbers(search) for search in drawn], axis=0)
    worse = means[1] > full.n_optima and means[2] < 100 * full.reaches_global.mean()
    page.claim(
        Claim(
            f"Standard (noise): {names}",
            _listed(TABLE_1["standard"]),
            f"{_listed(means)} (sd between draws {_listed(spread.tolist())})",
            graded(_apart(means, TABLE_1["standard"]) < NEAR, weaker=worse),
            f"direction: with noise there are more minima than the {full.n_optima} of the mean, and fewer than "
            f"{100 * full.reaches_global.mean():.1f} % of the starts reach the best. After 200 epochs; after 12, only "
            "one value per cell is recorded, so there is no noise to draw",
            f"{rule}; weaker: more local minima than without noise, and a smaller share that reaches the global one",
        )
    )
    counts = np.array([search.n_optima for search in random])
    page.claim(
        Claim(
            "Random labels: local minima",
            "616",
            f"{counts.mean():.1f} (sd {counts.std():.1f} between draws)",
            "holds" if abs(counts.mean() - 616) < 2 * counts.std() else "does not hold",
            f"n / (s + 1) = {theory.N_NODES / (theory.N_NEIGHBOURS + 1):.0f}",
            "the published number, from one draw, is within two standard deviations of our draws",
        )
    )


def _numbers(search: LocalSearch) -> tuple[float, float, float]:
    """The numbers of a row of table 1."""
    return float(search.n_iterations.mean()), float(search.n_optima), 100 * float(search.reaches_global.mean())


def _apart(found: Sequence[float], published: Sequence[float]) -> float:
    """Largest relative difference."""
    return max(abs(a / b - 1) for a, b in zip(found, published, strict=True))


def _listed(numbers: Sequence[float]) -> str:
    return ", ".join(f"{value:.3g}" for value in numbers)


# ---- noise


def _noise_sweep(page: Page, sizes: _Sizes, rng: np.random.Generator) -> None:
    page.heading("More noise, more minima")
    scale = np.linspace(0, 2, 9)
    problem = nas_problems.make("nb201-cifar10")
    landscape = Landscape.enumerate(problem)
    assert isinstance(problem.evaluator, TableEvaluator)
    recorded = problem.evaluator.values["validation_accuracy"][-1]
    sd = np.nan_to_num(np.nanstd(recorded, axis=1, ddof=1))
    rows = []
    values: dict[str, list[list[float]]] = {"iterations": [], "local minima": [], "% reach the global minimum": []}
    for x in scale:
        searches = _searches(problem.variant(noise=f"scaled:{x:g}"), 1 if x == 0 else sizes.sweep_draws, rng)
        by_name = {
            "iterations": [float(search.n_iterations.mean()) for search in searches],
            "local minima": [float(search.n_optima) for search in searches],
            "% reach the global minimum": [100 * float(search.reaches_global.mean()) for search in searches],
        }
        means = {name: float(np.mean(numbers)) for name, numbers in by_name.items()}
        rows.append(
            {"x": x, "draws": len(searches)} | means | {"upper bound on minima (Chebyshev)": bound(landscape, x * sd)}
        )
        for name, numbers in by_name.items():
            values[name].append(numbers if x else numbers * sizes.sweep_draws)
    table = pd.DataFrame(rows)
    tables = {name: np.array(numbers) for name, numbers in values.items()}
    published = dict(zip(tables, TABLE_1["standard"], strict=True))
    caption = (
        "Value of a cell: mean + x sd N(0, 1), with the cell's own sd over 2 or 3 seeds, drawn once per landscape; 200 "
        "epochs"
    )
    page.figure(
        figures.noise_sweep(scale, tables, markers=published),
        name="noise-sweep",
        caption=f"{caption}. Bands: one standard deviation over {sizes.sweep_draws} draws.",
    )
    page.table(
        table,
        name="noise-sweep-means",
        caption=f"{caption}; means over draws. Upper bound: the probability that a cell becomes a minimum is at most "
        "that of noise exceeding the gap to its best neighbour, by Chebyshev's inequality (sum of both variances) / "
        "gap².",
    )
    minima, steps = table["local minima"].to_numpy(), table["iterations"].to_numpy()
    page.claim(
        Claim(
            "The more noise, the more local minima and the fewer iterations",
            "trend of figure 4.3",
            f"minima {minima[0]:.0f} -> {minima[4]:.0f} -> {minima[-1]:.0f}, iterations {steps[0]:.2f} -> "
            f"{steps[4]:.2f} -> {steps[-1]:.2f} at x = 0, 1, 2",
            "holds" if (np.diff(minima[::4]) > 0).all() and (np.diff(steps[::4]) < 0).all() else "does not hold",
            "here on NAS-Bench-201, in the paper on NAS-Bench-301. The published 55 minima of the standard space are "
            f"reached at x = {np.interp(TABLE_1['standard'][1], minima, scale):.2f}",
            "from x = 0 to 1 and from 1 to 2, the mean number of minima rises and that of iterations falls",
        )
    )


def bound(landscape: Landscape, sd: FloatArray) -> float:
    """Upper bound on the expected local minima under noise, by Chebyshev's inequality, from the gaps without noise.

    Args:
        landscape: Values without noise.
        sd: Standard deviation of the noise of each value, (n,).
    """
    search, y = landscape.local_search, landscape.y
    best = search.successor  # itself at a minimum
    gap = y - y[best]
    variance = sd**2 + sd[best] ** 2
    chance = np.minimum(1.0, np.divide(variance, gap**2, out=np.ones_like(gap), where=gap > 0))
    return float(search.n_optima + chance[gap > 0].sum())


# ---- figure 4.1


def _pictures(page: Page, rng: np.random.Generator) -> None:
    page.heading("Trees and networks")
    fidelity = 12 if has_12_epochs() else 200
    landscape = Landscape.enumerate(nas_problems.make("nb201-cifar10", fidelity=fidelity))
    problem = nas_problems.make("nb201-cifar10", fidelity=fidelity)
    judged = "test" if problem.test_metric else "validation"
    tested = problem.variant(objective=problem.test_metric).tabulate() if problem.test_metric else landscape.y
    shown = {
        f"denoised ({fidelity} epochs)": landscape,
        "random labels": landscape.with_values(rng.random(len(landscape))),
    }
    page.figure(
        figures.search_trees(shown, judged_by=(tested, None)),
        name="figure-4-1",
        caption=f"Local search trees that contain the six cells with the lowest {judged} error (or label; red) on "
        "CIFAR-10. Every edge is one iteration; the colour shows the rank of the validation error (or label).",
    )
    networks = {
        title: (local_optima_network(landscape.graph, landscape.local_search), landscape)
        for title, landscape in shown.items()
    }
    labels = ("validation error (%)", "random label")
    page.figure(
        figures.optima_networks(networks, value_labels=labels),
        name="local-optima-network",
        caption="Local optima networks of the same landscapes. Each disc is an optimum, its area shows the size of its "
        "basin, and a red rim marks the best of all; the width of a line is the probability that a step leads from one "
        "basin to the other; positions are Hamming distances scaled to the plane. At most the 60 largest basins are "
        "drawn.",
    )
