"""Sections of the page: found cells in all tables, solvers at equal seconds, collapse, ranks by shared weights."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import kendalltau

import nas_problems
import optimizers
from experiments.figures import PALETTE
from experiments.page import Claim, Page
from experiments.papers.one_shot import published
from experiments.papers.one_shot.plan import MODES, Sizes
from experiments.papers.one_shot.work import ranked
from experiments.statistics.comparison import rank_sum
from nas_problems.array import FloatArray, IntArray
from nas_problems.catalog.nas_bench_201 import OPERATIONS, SPACE
from nas_problems.problem import Problem

SOLVERS = ("random-search", "aging-evolution[population_size=10,tournament_size=3]", "reinforce")
"""Black-box solvers at equal seconds."""

_ALPHA = 0.05


def accuracy(problem: Problem, cells: IntArray) -> FloatArray:
    """Validation accuracy in percent of cells given by their index, mean over recorded trainings."""
    return np.asarray(100.0 - problem.tabulate()[cells])


def final(searches: pd.DataFrame) -> pd.DataFrame:
    """The last row of every search."""
    return searches.sort_values("epoch", kind="stable").groupby(["method", "seed"], as_index=False, sort=False).last()


def write_found(page: Page, searches: pd.DataFrame) -> dict[str, FloatArray]:
    """Accuracies of the cells found, in all four tables; on CIFAR-10 by method."""
    page.heading("Cells found, in all four tables")
    found = final(searches)
    rows = []
    on_cifar10: dict[str, FloatArray] = {}
    for method, part in found.groupby("method", sort=False):
        row: dict[str, object] = {"method": method, "searches": len(part), "seconds": part["seconds"].mean()}
        for name, title in published.TABLES.items():
            values = accuracy(nas_problems.make(name), part["cell"].to_numpy())
            row[title] = values.mean()
            row[f"{title}: sd"] = values.std(ddof=1) if len(values) > 1 else np.nan
            if title == "CIFAR-10":
                on_cifar10[str(method)] = values
        rows.append(row)
    every: dict[str, object] = {"method": "average cell", "searches": 0, "seconds": np.nan}
    best: dict[str, object] = {"method": "optimum", "searches": 0, "seconds": np.nan}
    for name, title in published.TABLES.items():
        values = accuracy(nas_problems.make(name), np.arange(5**6))
        every |= {title: values.mean(), f"{title}: sd": values.std()}
        best |= {title: values.max(), f"{title}: sd": np.nan}
    page.table(
        pd.DataFrame([*rows, every, best]).set_index("method"),
        name="found",
        caption="Validation accuracy (%) of the cell that each method found on digits, mean and standard deviation "
        "over searches; processor seconds of a search.",
    )
    page.table(
        published.TABLE_5,
        name="found-published",
        caption="Published: accuracy (%) of cells found on CIFAR-10 (NAS-Bench-201, table 5).",
    )
    return on_cifar10


def claim_order(page: Page, on_cifar10: dict[str, FloatArray]) -> None:
    """GDAS above RSPS above DARTS and ENAS."""
    order = [("GDAS", "RSPS"), ("RSPS", "DARTS, first order"), ("RSPS", "ENAS")]
    means = {method: float(values.mean()) for method, values in on_cifar10.items()}
    if not all({a, b} <= set(means) for a, b in order):
        return
    ordered = [means[a] > means[b] for a, b in order]
    clear = [rank_sum(on_cifar10[a], on_cifar10[b]) < _ALPHA for a, b in order]
    held = [is_above and is_clear for is_above, is_clear in zip(ordered, clear, strict=True)]
    page.claim(
        Claim(
            "GDAS finds better cells than RSPS, and RSPS than DARTS and ENAS",
            "89.89 > 80.42 > 39.77, 37.51 % on CIFAR-10",
            ", ".join(f"{method} {means[method]:.2f}" for method in ("GDAS", "RSPS", "DARTS, first order", "ENAS")),
            "holds" if all(held) else "does not hold",
            f"{sum(held)} of 3 comparisons hold, each if the mean in the CIFAR-10 table is higher and Wilcoxon's "
            f"rank-sum test rejects at {_ALPHA}; {sum(ordered)} of 3 by the mean alone. Found on digits, not CIFAR-10",
            f"each of the three has the higher mean in the CIFAR-10 table, and a rank-sum test rejects at {_ALPHA}",
        )
    )


def write_equal_seconds(page: Page, searches: pd.DataFrame, *, seed: int) -> None:
    """Solvers that train one cell after the other, with the seconds of one-shot searches."""
    page.heading("Solvers at equal seconds")
    problem = nas_problems.make("nb201-digits", noise="sampled")
    judge = nas_problems.make("nb201-digits")
    searches = searches.assign(trainings=searches["seconds"] / searches["training"])
    found = final(searches)
    n_seeds = int(found["seed"].nunique())
    longest = max(int(found["trainings"].max()), 2)
    runs = {
        solver: [optimizers.run(parse(solver), problem, budget=longest, seed=seed + k) for k in range(n_seeds)]
        for solver in SOLVERS
    }
    rows = []
    for method, part in found.groupby("method", sort=False):
        trainings = float(part["trainings"].iloc[0])
        n = max(int(trainings), 1)
        row: dict[str, object] = {
            "method": method,
            "full trainings": trainings,
            "its error": 100.0 - accuracy(judge, part["cell"].to_numpy()).mean(),
        }
        for solver, logs in runs.items():
            row[solver.split("[")[0]] = np.mean([judge(log.Z[[int(np.argmin(log.y[:n]))]])[0] for log in logs])
        rows.append(row)
    frame = pd.DataFrame(rows).set_index("method")
    page.text(
        "A search that takes as long as n full trainings of a cell, by the same clock at the same time, is compared "
        "with solvers that train n cells, each once (noise mode `sampled`), and take the best they saw."
    )
    page.table(
        frame,
        name="equal-seconds",
        caption="Validation error on digits (%) of the cell found, without noise: of the one-shot search, and of "
        f"solvers with as many full trainings as its seconds allow; mean over {n_seeds} seeds.",
    )
    page.figure(
        _against_trainings(searches, runs, judge),
        name="trajectory",
        caption="Validation error on digits (%) of the cell that would be given after as many seconds as so many full "
        "trainings take, without noise; median over seeds. One-shot methods as lines with points, solvers dashed.",
    )
    better = [m for m in frame.index if frame.loc[m, "its error"] < frame.loc[m, "random-search"]]
    page.claim(
        Claim(
            "Random search at equal cost is a strong baseline",
            "few methods beat it clearly",
            f"{len(better)} of {len(frame)} one-shot searches have the smaller mean error"
            + (f": {', '.join(better)}" if better else ""),
            "holds" if 2 * len(better) <= len(frame) else "does not hold",
            "on digits, at equal seconds (li2020)",
            "at most half of the methods have a smaller mean error",
        )
    )


def parse(solver: str) -> optimizers.ConfiguredSolver:
    """A solver from its text."""
    from optimizers.solver_text import parse_solver

    return parse_solver(solver)


def _against_trainings(searches: pd.DataFrame, runs: dict[str, list[optimizers.RunLog]], judge: Problem) -> Figure:
    figure = Figure(figsize=(8, 4.2), layout="constrained")
    axes = figure.subplots()
    for place, (method, part) in enumerate(searches.groupby("method", sort=False)):
        error = part.assign(error=100.0 - accuracy(judge, part["cell"].to_numpy()))
        middle = error.groupby("epoch")[["trainings", "error"]].median()
        color = PALETTE[place % len(PALETTE)]
        marker = "os^Dv"[place // len(PALETTE)]
        axes.plot(
            middle["trainings"], middle["error"], marker=marker, markersize=3, label=method, color=color, linewidth=1
        )
    for place, (solver, logs) in enumerate(runs.items()):
        curves = []
        for log in logs:
            best = np.maximum.accumulate(np.where(log.y <= np.minimum.accumulate(log.y), np.arange(len(log.y)), 0))
            curves.append(judge(log.Z)[best])
        trainings = np.arange(1, len(curves[0]) + 1)
        style = ("--", "-.", ":")[place]
        axes.plot(trainings, np.median(curves, axis=0), style, color="0.3", label=solver.split("[")[0])
    axes.set(xlabel="full trainings in the same time", ylabel="validation error on digits (%)")
    axes.set(xscale="log", yscale="log")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize=7, ncol=2, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def write_collapse(page: Page, searches: pd.DataFrame) -> None:
    """Skip connections of derived cells over the search."""
    page.heading("Collapse to skip connections")
    skip = OPERATIONS.index("skip_connect")
    n_skips = (SPACE.from_index(searches["cell"].to_numpy()) == skip).sum(axis=1)
    frame = searches.assign(skips=n_skips).pivot_table(index="method", columns="epoch", values="skips", sort=False)
    page.table(
        frame,
        name="skips",
        caption="Skip connections among the six edges of the derived cell, mean over searches, by epochs done; uniform "
        "random cells have 1.2.",
    )
    figure = Figure(figsize=(6.4, 3.4), layout="constrained")
    axes = figure.subplots()
    for place, (method, row) in enumerate(frame.iterrows()):
        axes.plot(
            row.index,
            row,
            marker="os^Dv"[place // len(PALETTE)],
            markersize=3,
            label=str(method),
            color=PALETTE[place % len(PALETTE)],
        )
    axes.axhline(1.2, color="0.5", linewidth=1, linestyle="--")
    axes.set(xlabel="epochs", ylabel="skip connections of six")
    axes.legend(frameon=False, fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
    page.figure(figure, name="collapse", caption="The same as a figure; dashed: uniform random cells.")
    darts = frame.loc["DARTS, first order"]
    first, last = float(darts.iloc[0]), float(darts.iloc[-1])
    page.claim(
        Claim(
            "DARTS collapses to skip connections",
            "6 of 6 in NAS-Bench-201",
            f"{first:.2f} at first, {last:.2f} in the end",
            "holds" if last >= 4 else "does not hold",
            ("they become more" if last > first else "they do not become more")
            + f" over the search; the cell of six skip connections has {_skip_accuracy():.2f} % on CIFAR-10",
            "at least 4 of 6 edges are skip connections on average in the end",
        )
    )


def _skip_accuracy() -> float:
    return float(accuracy(nas_problems.make("nb201-cifar10"), SPACE.index_of(published.SKIP_CELL))[0])


def write_ranks(page: Page, folder: Path, sizes: Sizes, *, seed: int) -> None:
    """Kendall between accuracy by inherited weights and of stand-alone trainings."""
    page.heading("Ranks by shared weights")
    frames = [ranked(folder, mode, seed + k, sizes) for mode in MODES for k in range(sizes.n_rank_seeds)]
    everything = pd.concat(frames, ignore_index=True)
    rows = []
    for (mode, epoch), part in everything.groupby(["mode", "epoch"], sort=False):
        row: dict[str, object] = {"mode": mode, "epochs": epoch}
        for name, title in published.TABLES.items():
            problem = nas_problems.make(name)
            taus = [_tau(one, problem) for _, one in part.groupby("seed")]
            row[title] = float(np.mean(taus))
        rows.append(row)
    frame = pd.DataFrame(rows)
    page.table(
        frame,
        name="ranks",
        digits=3,
        caption=f"Kendall's tau between validation accuracy on digits with inherited weights and the tables' after "
        f"full trainings; {sizes.n_ranked} random cells with an operation on their last edge, mean over "
        f"{sizes.n_rank_seeds} supernets.",
    )
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for axes, title in zip(panels, ("digits", "CIFAR-10"), strict=True):
        for place, (mode, part) in enumerate(frame.groupby("mode", sort=False)):
            axes.plot(part["epochs"], part[title], marker="o", markersize=3, label=mode, color=PALETTE[place])
        axes.axhline(0.0, color="0.6", linewidth=1)
        axes.set(title=f"table of {title}", xlabel="epochs of the supernet")
        axes.grid(alpha=0.3)
    panels[0].set_ylabel("Kendall's tau")
    figure.legend(
        *panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=4, frameon=False, fontsize=8
    )
    page.figure(figure, name="ranks-figure", caption="The same for two tables, over the training of the supernet.")
    last = frame[frame["epochs"] == frame["epochs"].max()].set_index("mode")["digits"]
    page.claim(
        Claim(
            "Shared weights rank architectures as full trainings do",
            "assumed by one-shot methods (elsken2019, section 4)",
            ", ".join(f"{mode} {tau:.2f}" for mode, tau in last.items()),
            "holds" if last.min() > 0.5 else "does not hold",
            f"{int((last > 0.5).sum())} of {len(last)} modes are above 0.5",
            "Kendall's tau with the digits table is above 0.5 in the end for every mode",
        )
    )


def _tau(part: pd.DataFrame, problem: Problem) -> float:
    return float(kendalltau(part["accuracy"], accuracy(problem, part["cell"].to_numpy()))[0])
