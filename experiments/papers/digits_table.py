"""Our own table ``nb201-digits`` compared with the published NAS-Bench-201 and with real training.

Source: dong2020.
"""

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import kendalltau, sem, spearmanr

import nas_problems
import optimizers
from experiments.page import Claim, Page, graded
from experiments.papers import new_page, reproductions
from experiments.papers.stored import stored
from experiments.steps import step
from nas_problems.array import FloatArray, IntArray
from nas_problems.catalog.nas_bench_201 import SPACE
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.problem import Problem
from optimizers.solver_text import parse_solver

REAL = ("cifar10", "cifar100", "imagenet16-120")
SOLVERS = ("local-search", "aging-evolution[population_size=10,tournament_size=5]", "random-search")
"""With a population for a budget of twenty evaluations."""


@reproductions.register(
    "digits-table",
    summary="our table of cells trained on digits, compared with NAS-Bench-201 and real training",
    family="dong2020",
)
def reproduce_digits_table(out: Path, *, quick: bool = False, seed: int = 1) -> Page:
    """Rank correlations with the published tables, between fidelities and seeds; and searches on both.

    Searches that train take a minute or two on one core; each is a file in ``<out>/work`` once it is done,
    and a page that was stopped goes on.

    Args:
        out: Folder of the page.
        quick: Few and short searches.
        seed: Seed of the first run.

    Raises:
        ImportError: torch is not installed.
    """
    page = new_page(out, "A table of our own: NAS-Bench-201 cells on digits", "digits-table", quick=quick, seed=seed)
    table = nas_problems.make("nb201-digits")
    rows = np.unique(SPACE.index_of(SPACE.canonical(SPACE.from_index(np.arange(5**6)))))
    page.text(
        f"{len(rows):,} distinct cells, trained on 500 images of 8 x 8 pixels; how, says the table's card. "
        "All correlations are over distinct cells, and of accuracy, noise mode mean."
    )
    _with_real_tables(page, table, rows)
    _between_fidelities_and_seeds(page, table, rows)
    _figure(page, table, rows)
    _searches(page, out / ("work-quick" if quick else "work"), table, quick=quick, seed=seed)
    page.write()
    return page


def _column(problem: Problem, rows: IntArray, metric: str = "validation_accuracy") -> FloatArray:
    found = problem.evaluate(SPACE.from_index(rows), metrics=[metric])
    return np.where(found.failed, 0.0, found.metrics[metric])


def _rank(a: FloatArray, b: FloatArray) -> tuple[float, float]:
    return float(spearmanr(a, b)[0]), float(kendalltau(a, b)[0])


def _with_real_tables(page: Page, table: Problem, rows: IntArray) -> None:
    page.heading("Rank correlation with the published tables")
    real = {name: _column(nas_problems.make(f"nb201-{name}"), rows) for name in REAL}
    frames = []
    for epoch in table.fidelities.values:
        ours = _column(table.variant(fidelity=epoch), rows)
        for name, values in real.items():
            spearman, kendall = _rank(ours, values)
            top = np.argsort(-values)[: len(rows) // 10]
            frames.append([int(epoch), name, spearman, kendall, _rank(ours[top], values[top])[0]])
    for a, b in combinations(REAL, 2):
        spearman, kendall = _rank(real[a], real[b])
        frames.append(["200", f"{a} with {b}", spearman, kendall, np.nan])
    columns = ["epochs on digits", "published table", "Spearman", "Kendall", "Spearman in its best tenth"]
    page.table(
        pd.DataFrame(frames, columns=columns),
        name="correlation-published",
        caption="Validation accuracy on digits with that after 200 epochs in the published tables; and these with "
        "each other",
    )
    best = {}
    for name, values in real.items():
        top = np.argsort(-values)[: len(rows) // 10]
        best[name] = _rank(_column(table, rows)[top], values[top])[0]
    full = {name: _rank(_column(table, rows), values)[0] for name, values in real.items()}
    page.claim(
        Claim(
            "cells that are good on one image set are good on another",
            published="",
            ours=", ".join(f"{name} {value:.2f}" for name, value in full.items()),
            verdict=graded(min(*full.values(), *best.values()) > 0.5, weaker=min(full.values()) > 0.5),
            why="Spearman's correlation with our table at its full fidelity. Weaker: over all cells, but not among the "
            "published table's best tenth: " + ", ".join(f"{name} {value:.2f}" for name, value in best.items()),
            rule="Spearman above 0.5 with each published table, over all cells and among its best tenth; weaker: "
            "over all",
        )
    )


def _between_fidelities_and_seeds(page: Page, table: Problem, rows: IntArray) -> None:
    page.heading("Fidelities and seeds")
    full = _column(table, rows)
    frame = pd.DataFrame(
        [[int(epoch), *_rank(_column(table.variant(fidelity=epoch), rows), full)] for epoch in table.fidelities.values],
        columns=["epochs", "Spearman", "Kendall"],
    )
    page.table(frame, name="correlation-fidelity", caption="Validation accuracy with that at the full fidelity")
    spearman, kendall = _rank(full, _column(table, rows, "test_accuracy"))
    page.text(f"Validation with test accuracy: Spearman {spearman:.3f}, Kendall {kendall:.3f}.")
    assert isinstance(table.evaluator, TableEvaluator)
    n_seeds = table.evaluator.values["validation_accuracy"].shape[2]
    if n_seeds == 1:
        page.text("The table has one seed; correlations between seeds need a second.")
        return
    seeds = [_column(table.variant(noise=f"seed-{k}"), rows) for k in range(n_seeds)]
    pairs = pd.DataFrame(
        [[f"{a} with {b}", *_rank(seeds[a], seeds[b])] for a, b in combinations(range(n_seeds), 2)],
        columns=["seeds", "Spearman", "Kendall"],
    )
    page.table(pairs, name="correlation-seed", caption="Validation accuracy at the full fidelity, seed with seed")


def _figure(page: Page, table: Problem, rows: IntArray) -> None:
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for epoch in table.fidelities.values:
        values = np.sort(_column(table.variant(fidelity=epoch), rows))
        left.plot(values, np.linspace(0, 1, len(values)), label=f"{epoch:g}")
    left.set(xlabel="validation accuracy on digits (%)", ylabel="share of cells")
    left.legend(title="epochs", frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    right.scatter(_column(table, rows), _column(nas_problems.make("nb201-cifar10"), rows), s=1, alpha=0.3)
    right.set(xlabel="digits, full fidelity (%)", ylabel="CIFAR-10, 200 epochs (%)", ylim=(60, None))
    page.figure(figure, name="accuracy", caption="Distinct cells, validation accuracy, noise mode mean")


def _searched(folder: Path, solver: str, where: str, problem: Problem, budget: int, seed: int) -> pd.DataFrame:
    """Codes, as numbers of cells, and values of a search, computed or read."""
    name = solver.split("[")[0]

    def compute() -> pd.DataFrame:
        step(f"{name} by {where}, seed {seed}")
        log = optimizers.run(parse_solver(solver), problem, budget=budget, seed=seed)
        return pd.DataFrame({"cell": SPACE.index_of(log.Z), "y": log.y})

    return stored(folder / f"{where}-{name}-{budget}-{seed}.csv", compute)


def _searches(page: Page, folder: Path, table: Problem, *, quick: bool, seed: int) -> None:
    page.heading("Searching the table and searching for real")
    n_runs, budget = (2, 3) if quick else (6, 20)
    noise = "seed-0"
    problems = {"table": table.variant(noise=noise), "training": nas_problems.make("train-nb201-digits", noise=noise)}
    mean_best: dict[tuple[str, str], FloatArray] = {}  # over the evaluations, per run
    seen, observed, rows = [], [], []
    for solver in SOLVERS:
        row: list[str | float] = [solver]
        for where, problem in problems.items():
            runs = [_searched(folder, solver, where, problem, budget, seed + k) for k in range(n_runs)]
            best = np.array([np.minimum.accumulate(run["y"]) for run in runs])
            mean_best[where, solver] = best.mean(axis=1)
            row += [best[:, -1].mean(), best.mean(), sem(best.mean(axis=1))]
            if where == "training":
                seen += [SPACE.from_index(run["cell"].to_numpy()) for run in runs]
                observed += [run["y"].to_numpy() for run in runs]
        rows.append(row)
    columns = ["solver"] + [f"{where}: {what}" for where in problems for what in ("final", "on average", "its s.e.")]
    page.table(
        pd.DataFrame(rows, columns=columns),
        name="search",
        caption=f"Best validation error (%) after {budget} evaluations, and averaged over them, with its s.e.; "
        f"{n_runs} runs each, noise mode {noise}, full fidelity",
    )
    _trained_beside_recorded(page, problems["table"], np.concatenate(seen), np.concatenate(observed))
    _same_ranking(page, mean_best, n_runs, budget)


def _trained_beside_recorded(page: Page, table: Problem, Z: IntArray, y: FloatArray) -> None:
    indices, first = np.unique(SPACE.index_of(SPACE.canonical(Z)), return_index=True)
    live, recorded = y[first], table(SPACE.from_index(indices))
    rank = _rank(live, recorded)[0]
    page.text(
        f"{len(indices)} distinct cells were trained in these searches: their error differs from the table's by "
        f"{np.abs(live - recorded).mean():.2f} percentage points on average, rank correlation {rank:.3f}. A network "
        "trained alone and the same network in a stack round differently, and training enlarges that."
    )


def _same_ranking(page: Page, mean_best: Mapping[tuple[str, str], FloatArray], n_runs: int, budget: int) -> None:
    """A pair of solvers is told apart where the runs' mean difference exceeds two standard errors."""
    order = {
        where: sorted(SOLVERS, key=lambda solver: float(mean_best[where, solver].mean()))
        for where in ("table", "training")
    }
    differences, contradictions, undecided = [], [], []
    for a, b in combinations(SOLVERS, 2):
        gaps = [mean_best[where, b] - mean_best[where, a] for where in order]
        told = [abs(gap.mean()) > 2 * sem(gap) for gap in gaps]
        shown = " and ".join(f"{gap.mean():.2f} +- {sem(gap):.2f}" for gap in gaps)
        differences.append(f"{b} above {a} by {shown}")
        if not all(told):
            undecided.append((a, b))
        elif gaps[0].mean() * gaps[1].mean() < 0:
            contradictions.append((a, b))
    is_same = order["table"] == order["training"]
    page.claim(
        Claim(
            "the table ranks solvers as real training does",
            published="",
            ours=f"table: {' < '.join(order['table'])}; training: {' < '.join(order['training'])}",
            verdict="does not hold"
            if contradictions
            else "cannot be tested here"
            if undecided
            else "holds"
            if is_same
            else "does not hold",
            rule="all three pairs differ by two standard errors on both sides, in the same direction; cannot be tested "
            "while a pair is a tie",
            why=f"mean best error over {budget} evaluations and {n_runs} runs with the same seeds, smallest first; "
            f"percentage points on the table and in training: {'; '.join(differences)}; "
            f"{len(undecided)} of 3 pairs are within two standard errors in one of them",
        )
    )
