"""Traore, Camero, Zhu 2021: fitness landscape footprints of NAS and HPO problems, side by side.

Source: traore2021.
"""

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import nas_problems
from ela.footprint import Footprint, footprint, footprint_radar, footprint_table, persistence_levels
from ela.landscape.density import FAMILIES, DensityFit, fit_density
from ela.landscape.draw import draw_fdc
from ela.landscape.landscape import Landscape
from ela.landscape.persistence import PersistenceCurve, persistence
from ela.landscape.walks import compare_routes, random_walks
from experiments.page import Claim, Page
from experiments.papers import new_page, reproductions
from nas_problems.array import FloatArray
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.problem import Problem

PUBLISHED = {
    "nb101-cifar10": {
        "fitness_mean": 16.4,
        "fitness_sd": 9.0,
        "ruggedness": 1.93,
        "n_optima_birthday": 6373,
        "persistence_positive": 0.32,
        "persistence_positive_area": 0.1,
        "persistence_negative": 0.064,
        "persistence_negative_area": 0.043,
    },
    "nb101-so2sat-lcz42": {
        "fitness_mean": 18.0,
        "fitness_sd": 10.0,
        "ruggedness": 1.75,
        "n_optima_birthday": 11_153,
        "persistence_positive": 0.32,
        "persistence_positive_area": 0.48,
        "persistence_negative": 0.28,
        "persistence_negative_area": 0.26,
    },
}
"""Footprints printed in the authors' notebooks, accuracies turned into errors; 36 epochs. Their table of
LCZ42 has .875 for the optima, a share of a sample; the number here is the paper's."""

TABLES_1_2 = pd.DataFrame(
    {
        "data": ["CIFAR-10 (published, NB101)"] * 3 + ["So2Sat LCZ42 (published, NB101)"] * 3,
        "family": [*FAMILIES] * 2,
        "log likelihood": [500_729.3, 534_817, 250_868, 84.47, 83.32, 92.24],
        "AIC": [-1_001_455, -1_069_630, -501_732, -164.91, -162.64, -180.48],
        "BIC": [-1_001_433, -1_069_608, -501_710, -159.73, -157.43, -175.27],
    }
)
"""Tables 1 and 2. The likelihood of beta on CIFAR-10 is printed as 5007293; its AIC says 500729.3."""

_NB201 = ("cifar10", "cifar100", "imagenet16-120")
_OTHERS = ("spikenas-cifar10", "macro-cifar10", "fcnet-slice", "fcnet-protein")


@reproductions.register("footprint", summary="Traore et al. 2021: fitness landscape footprints", family="traore2021")
def reproduce_footprint(out: Path, *, quick: bool = False, seed: int = 1) -> Page:
    """Footprints, persistence curves, density fits, walks and FDC of recorded tables.

    Args:
        out: Folder of the page.
        quick: Two problems only.
        seed: Seed of everything that is drawn.
    """
    page = new_page(out, "Fitness landscape footprints", "footprint", quick=quick, seed=seed)
    page.text(
        "Everything is exact, by looking at all candidates: encoding as recorded, neighbours differ in one variable "
        "(an "
        "ordered one by one step), values are means over the recorded seeds, fitness is what is minimised. The "
        "published "
        "footprints are those of NAS-Bench-101 cells in a binary code of 289 digits, sampled: they differ in space, "
        "code "
        "and estimator, and only their order of magnitude compares."
    )
    problems, missing = _problems(quick=quick)
    if missing:
        page.text("Left out, because their files are not at hand: " + ", ".join(missing) + ".")
    footprints = {problem.label: footprint(problem, seed=seed) for problem in problems}
    _footprints(page, footprints, seed)
    curves = _persistence_curves(page, problems)
    _densities(page, problems)
    _landscapes(page, problems, np.random.default_rng(seed))
    _claims(page, footprints, curves)
    page.write()
    return page


def _problems(*, quick: bool) -> tuple[list[Problem], list[str]]:
    found, missing = [], []
    for dataset in _NB201[: 1 if quick else 3]:
        full = nas_problems.make(f"nb201-{dataset}")
        found.append(full)
        if 12 in full.fidelities.values:
            found.append(full.variant(fidelity=12))
        else:
            missing.append(f"nb201-{dataset} after 12 epochs")
    for name in _OTHERS[: 1 if quick else None]:
        try:
            found.append(nas_problems.make(name))
        except DataUnavailableError:
            missing.append(name)
    return found, missing


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
        caption="Footprints of NAS problems and the two published ones (as far as they go); each axis ends at the "
        "largest "
        "value. Exact tables, mean of seeds, own fidelity in the label",
    )
    if len(nas) < len(footprints):
        page.figure(
            footprint_radar(
                list(footprints.values()), measures=("ruggedness", "optima_share", "fdc", "neutrality", "locality")
            ),
            name="radar-all",
            caption="NAS and HPO problems on the measures that have no unit",
        )
    rows = [
        {"problem": label, "measure": name, "low": low, "value": found.value(name), "high": high}
        for label, found in footprints.items()
        for name, (low, high) in found.intervals.items()
    ]
    page.table(
        pd.DataFrame(rows),
        name="intervals",
        caption="95 % bootstrap intervals of what is estimated (9 trials of up to 200 local searches); the rest is "
        "exact.",
    )
    reasons = [
        {"problem": label, "measure": name, "reason": why}
        for label, found in footprints.items()
        for name, why in found.reasons.items()
    ]
    if reasons:
        page.table(pd.DataFrame(reasons), name="reasons", caption="Why a value is missing.")


def _published(name: str) -> Footprint:
    values = {key: float(value) for key, value in PUBLISHED[name].items()}
    return Footprint(f"{name} (published)", False, 0, 0, **values)  # type: ignore[arg-type]  # names are the record's


def _persistence_curves(page: Page, problems: list[Problem]) -> dict[str, dict[str, PersistenceCurve]]:
    page.heading("Persistence (figures 15 and 16)")
    found: dict[str, dict[str, PersistenceCurve]] = {}
    levels_of = {}
    for problem in problems:
        levels = persistence_levels(problem)
        if len(levels) > 1:
            Z = np.concatenate(list(problem.space.enumerate()))
            Y = np.stack([problem.variant(fidelity=level)(Z) for level in levels])
            found[problem.label] = {"positive": persistence(Y, "best"), "negative": persistence(Y, "worst")}
            levels_of[problem.label] = [f"{problem.fidelities.name} {level:g}" for level in levels]
    if not found:
        page.text("No table at hand has several fidelities.")
        return found
    figure = Figure(figsize=(4.2 * len(found), 6.4), layout="constrained")
    panels = np.asarray(figure.subplots(2, len(found), squeeze=False, sharey=True))
    for column, (label, curves) in enumerate(found.items()):
        for row, (side, curve) in enumerate(curves.items()):
            axes = panels[row, column]
            for level, survival in zip(levels_of[label], curve.survival, strict=True):
                axes.plot(curve.percentiles, survival, label=level)
            axes.plot(curve.percentiles, curve.percentiles / 100, "k:", lw=1, label="chance (one step)")
            axes.axvline(25, color="0.8", lw=1, zorder=0)
            axes.set(title=f"{label}, {side}", xlabel="N (percent)", ylim=(0, 1.02))
            axes.legend(frameon=False, fontsize=7)
        panels[0, column].set_ylabel("share of the first Top-N")
    page.figure(
        figure,
        name="persistence",
        caption="Share of the Top-N (Bottom-N) at the lowest fidelity that is in it at every fidelity up to the "
        "named one; "
        "all candidates, mean of seeds",
    )
    return found


def _densities(page: Page, problems: list[Problem]) -> None:
    page.heading("Density of fitness (tables 1 and 2)")
    rows, drawn = [], {}
    for problem in problems:
        if problem.objectives[0].unit != "%":
            continue
        accuracy = 1 - problem.tabulate() / 100
        fits = [fit_density(accuracy, family) for family in FAMILIES]
        drawn[problem.label] = (accuracy, fits)
        rows += [
            {"data": problem.label, "family": f.family, "log likelihood": f.log_likelihood, "AIC": f.aic, "BIC": f.bic}
            for f in fits
        ]
    page.table(
        pd.concat([pd.DataFrame(rows), TABLES_1_2], ignore_index=True),
        name="density-fits",
        caption="Fits to accuracy in (0, 1), two parameters each (location 0); higher likelihood and lower criteria "
        "are better.",
        digits=7,
    )
    label, (accuracy, fits) = next(iter(drawn.items()))
    page.figure(
        _density_figure(accuracy, fits),
        name="density",
        caption=f"{label}: accuracy of all candidates and fitted distributions: density, distribution function, Q-Q, "
        f"P-P",
    )


def _density_figure(values: FloatArray, fits: list[DensityFit]) -> Figure:
    """Source: traore2021, figure 8."""
    figure = Figure(figsize=(10, 7), layout="constrained")
    density, qq, cdf, pp = figure.subplots(2, 2).ravel()
    x = np.linspace(max(values.min() - 0.02, 1e-3), min(values.max() + 0.02, 1 - 1e-3), 400)
    ordered = np.sort(values)
    p = (np.arange(len(values)) + 0.5) / len(values)
    some = np.linspace(0, len(values) - 1, min(500, len(values))).astype(int)
    density.hist(values, bins=100, density=True, color="0.8")
    cdf.plot(ordered, p, "k", lw=2, label="empirical")
    for fit, color in zip(fits, ("C3", "C2", "C0"), strict=True):
        density.plot(x, fit.pdf(x), color=color, label=fit.family)
        cdf.plot(x, fit.cdf(x), color=color, label=fit.family)
        qq.plot(fit.quantile(p[some]), ordered[some], ".", color=color, ms=3, label=fit.family)
        pp.plot(fit.cdf(ordered[some]), p[some], ".", color=color, ms=3, label=fit.family)
    low, high = float(values.min()), float(values.max())
    qq.plot([low, high], [low, high], "k:", lw=1)
    pp.plot([0, 1], [0, 1], "k:", lw=1)
    density.set(xlabel="accuracy", ylabel="density")
    cdf.set(xlabel="accuracy", ylabel="distribution function")
    qq.set(xlabel="theoretical quantile", ylabel="empirical quantile")
    pp.set(xlabel="theoretical probability", ylabel="empirical probability")
    for axes in (density, qq, cdf, pp):
        axes.legend(frameon=False, fontsize=8)
    return figure


def _landscapes(page: Page, problems: list[Problem], rng: np.random.Generator) -> None:
    page.heading("Fitness-distance correlation and walks (figures 10 to 14)")
    shown = problems[:6]
    figure = Figure(figsize=(4.0 * min(3, len(shown)), 3.4 * math.ceil(len(shown) / 3)), layout="constrained")
    grid = np.atleast_1d(figure.subplots(math.ceil(len(shown) / 3), min(3, len(shown)))).ravel()
    landscapes = {problem.label: Landscape.enumerate(problem) for problem in shown}
    for axes, problem in zip(grid, shown, strict=False):
        draw_fdc(axes, landscapes[problem.label], label=problem.objectives[0].label)
        axes.set_title(problem.label, fontsize=9)
    for axes in grid[len(shown) :]:
        axes.set_visible(False)
    page.figure(figure, name="fdc", caption="Fitness against the distance to the nearest optimum, all candidates")
    first = problems[0].label
    same = {label: one for label, one in landscapes.items() if label.startswith("nb201")}
    route = random_walks(landscapes[first].graph, 1, length=100, rng=rng)[0]
    rows = []
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    axes = figure.subplots()
    smooth = np.full(5, 0.2)
    for label, landscape in same.items():
        axes.plot(np.convolve(landscape.y[route], smooth, mode="valid"), label=label)
        compared = compare_routes(landscape.y[route], landscapes[first].y[route], window=5)
        rows.append(
            {"data": label, "K": compared.offset, "correlation": compared.correlation, "sd": compared.residual_sd}
        )
    axes.set(xlabel="step", ylabel="validation error (%)")
    axes.legend(frameon=False, fontsize=8)
    page.figure(
        figure, name="route", caption="One random walk of 100 steps on several data sets, moving average of five"
    )
    page.table(
        pd.DataFrame(rows),
        name="routes",
        caption=f"The same walk compared with {first}: offset K, correlation of the curves, sd of the rest.",
    )


def _claims(
    page: Page, footprints: Mapping[str, Footprint], curves: Mapping[str, Mapping[str, PersistenceCurve]]
) -> None:
    cifar = footprints["nb201-cifar10"]
    page.claim(
        Claim(
            "Ruggedness of a NAS landscape",
            "1.93 (CIFAR-10), 1.75 (LCZ42) on NAS-Bench-101",
            "; ".join(f"{label} {found.ruggedness:.2f}" for label, found in footprints.items() if found.ruggedness),
            "cannot be tested here",
            "another space and code; exact values instead of 30 walks",
        )
    )
    low, high = cifar.intervals.get("n_optima_birthday", (math.nan, math.nan))
    page.claim(
        Claim(
            "The birthday problem estimates the number of local optima",
            "6373 from 9 trials",
            f"nb201-cifar10: {cifar.n_optima_birthday:.1f} ({low:.1f} to {high:.1f}) where there are {cifar.n_optima}",
            "holds" if low <= (cifar.n_optima or 0) <= high else "does not hold",
            "the estimate assumes equal basins; here the largest holds 70 % of all starts, so that it is far too low",
        )
    )
    early, late = footprints.get("nb201-cifar10.epochs-12"), cifar
    if early is not None and early.fitness_mean is not None and late.fitness_mean is not None:
        better = late.fitness_mean < early.fitness_mean
        page.claim(
            Claim(
                "The longer the training, the better and flatter: fitness rises, the gain towards the optimum falls",
                "36 to 108 epochs",
                f"mean error {early.fitness_mean:.1f} to {late.fitness_mean:.1f} %, FDC {early.fdc:.3f} to "
                f"{late.fdc:.3f}",
                "holds" if better and (early.fdc or 0) > (late.fdc or 0) else "does not hold",
                "12 and 200 epochs of NAS-Bench-201 on CIFAR-10",
            )
        )
    if curves:
        text = "; ".join(
            f"{label}: {one['positive'].at(25):.2f} and {one['negative'].at(25):.2f}" for label, one in curves.items()
        )
        kept = all(one["positive"].at(25) > 0.25 for one in curves.values())
        page.claim(
            Claim(
                "Elite models persist: the best quarter after little training stays the best quarter",
                ".32 and .064 (CIFAR-10), .32 to .48 and .28 (LCZ42), positive and negative",
                text,
                "holds" if kept else "does not hold",
                "other spaces; over the fidelities in the figure",
            )
        )
