"""Persistence, densities of fitness, fitness-distance correlation and walks: tables, figures and claims.

Source: traore2021.
"""

import math

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ela.footprint import persistence_levels
from ela.landscape.density import FAMILIES, DensityFit, fit_density
from ela.landscape.draw import draw_fdc
from ela.landscape.landscape import Landscape
from ela.landscape.persistence import PersistenceCurve, persistence
from ela.landscape.walks import compare_routes, random_walks
from experiments.figures import PALETTE
from experiments.page import Claim, Page
from experiments.papers.footprint.numbers import TABLES_1_2
from nas_problems.array import FloatArray
from nas_problems.problem import Problem


def persistence_curves(page: Page, problems: list[Problem]) -> dict[str, dict[str, PersistenceCurve]]:
    """Write the section on persistence; return label -> positive, negative -> curve."""
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
        page.text("No available table has several fidelities.")
        return found
    page.table(
        pd.DataFrame(
            [
                {
                    "problem": label,
                    "side": side,
                    "Pi(25)": curve.at(25),
                    "area, by trapezoids": curve.area(25),
                    "area, the authors' sum": curve.mean(25),
                }
                for label, curves in found.items()
                for side, curve in curves.items()
            ]
        ),
        name="persistence-areas",
        digits=3,
        caption="Persistence of the best (positive) and worst (negative) quarter, and the area under its curve up to "
        "N = 25: the mean of the curve from 1 to 25 by the trapezoidal rule, and (1/25) sum Pi(k), which the authors' "
        "code prints. Published, by that sum: .0986 and .0432 on CIFAR-10, .483 and .264 on LCZ42.",
    )
    figure = Figure(figsize=(4.2 * len(found), 6.4), layout="constrained")
    panels = np.asarray(figure.subplots(2, len(found), squeeze=False, sharey=True))
    for column, (label, curves) in enumerate(found.items()):
        for row, (side, curve) in enumerate(curves.items()):
            axes = panels[row, column]
            for i, (level, survival) in enumerate(zip(levels_of[label], curve.survival, strict=True)):
                axes.plot(curve.percentiles, survival, label=level, color=PALETTE[i % len(PALETTE)])
            chance = (curve.percentiles / 100) ** (len(curve.survival) - 1)
            axes.plot(curve.percentiles, chance, "k:", lw=1, label="chance, last fidelity")
            axes.axvline(25, color="0.8", lw=1, zorder=0)
            axes.set(title=f"{label}, {side}", xlabel="N (percent)", ylim=(0, 1.02))
        panels[-1, column].legend(
            frameon=False, fontsize=8, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.2), borderaxespad=0
        )
    for axes, side in zip(panels[:, 0], next(iter(found.values())), strict=True):
        axes.set_ylabel(f"share that stays in the {'top' if side == 'positive' else 'bottom'} N")
    page.figure(
        figure,
        name="persistence",
        caption="Share of the top N (bottom N) at the lowest fidelity that stays in it at every fidelity up to the "
        "named one; all candidates, mean of seeds. Dotted: independent rankings. Grey: N = 25.",
    )
    return found


def densities(page: Page, problems: list[Problem]) -> None:
    """Write the section on the distribution of fitness, with its claim."""
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
    fitted = pd.DataFrame(rows)
    best = fitted.loc[fitted.groupby("data", sort=False)["log likelihood"].idxmax()].set_index("data")["family"]
    page.claim(
        Claim(
            rule="it has the largest likelihood of the three on every table of CIFAR-10",
            text="Of three families, the Weibull distribution fits the accuracy on CIFAR-10 best",
            published="Weibull (table 1); lognormal on LCZ42 (table 2)",
            ours="; ".join(f"{label}: {family}" for label, family in best.items()),
            verdict="holds"
            if all(family == "weibull" for label, family in best.items() if "cifar10" in str(label))
            else "does not hold",
            why="largest likelihood, two parameters each; other spaces, so only the family can be compared. None fits "
            "well: each table has a mode at chance level, see the figure",
        )
    )
    page.table(
        pd.concat([fitted, TABLES_1_2], ignore_index=True),
        name="density-fits",
        caption="Fits to the accuracy in (0, 1), two parameters each (location 0); a higher likelihood and lower "
        "criteria are better.",
        digits=7,
    )
    label, (accuracy, fits) = next(iter(drawn.items()))
    page.figure(
        _density_figure(accuracy, fits),
        name="density",
        caption=f"{label}: accuracy of all candidates (grey, black) and fitted distributions: density, Q-Q plot, "
        "distribution function, P-P plot. Dotted: a perfect fit.",
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
    for fit, color in zip(fits, (PALETTE[1], PALETTE[2], PALETTE[0]), strict=True):
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
    handles, labels = cdf.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False, fontsize=9)
    return figure


def walks_and_distances(page: Page, problems: list[Problem], rng: np.random.Generator) -> dict[str, Landscape]:
    """Write the section on distances to the optimum and random walks; return the landscapes shown, by label."""
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
    page.figure(
        figure,
        name="fdc",
        caption="Fitness against the distance to the nearest global optimum, all candidates, noise mean, full fidelity "
        "unless the title names another; Hamming distances are jittered horizontally. Line: least squares.",
    )
    first = problems[0].label
    same = {label: landscape for label, landscape in landscapes.items() if label.startswith("nb201")}
    route = random_walks(landscapes[first].graph, 1, length=100, rng=rng)[0]
    rows: list[dict[str, object]] = []
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    axes = figure.subplots()
    smooth = np.full(5, 0.2)
    for label, landscape in same.items():
        axes.plot(
            np.convolve(landscape.y[route], smooth, mode="valid"), label=label, color=PALETTE[len(rows) % len(PALETTE)]
        )
        compared = compare_routes(landscape.y[route], landscapes[first].y[route], window=5)
        rows.append(
            {"data": label, "K": compared.offset, "correlation": compared.correlation, "sd": compared.residual_sd}
        )
    axes.set(xlabel="step", ylabel="validation error (%)")
    figure.legend(loc="outside lower center", ncols=min(3, len(same)), frameon=False, fontsize=8)
    page.figure(
        figure,
        name="route",
        caption="One random walk of 100 steps on several data sets, moving average over five steps; noise mean, full "
        "fidelity unless the label names another.",
    )
    page.table(
        pd.DataFrame(rows),
        name="routes",
        caption=f"The same walk compared with {first}: offset K (percentage points), correlation of the curves, "
        "standard deviation of the residuals.",
    )
    return landscapes
