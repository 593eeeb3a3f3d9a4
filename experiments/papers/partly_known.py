"""What a benchmark of some trained cells and a surrogate is worth, judged by NAS-Bench-101, which has all cells.

Source: ying2019; traore2023 (chapter 6, a benchmark of this kind); zela2022 (surrogates compared).
"""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import nas_problems
import optimizers
from ela.correlation import spearman
from experiments.figures import PALETTE
from experiments.page import Claim, Page, graded
from experiments.page.missing import left_out
from experiments.papers.stored import stored
from experiments.statistics.comparison import rank_sum
from experiments.steps import step
from nas_problems.array import FloatArray, IntArray
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.evaluation import Fidelities
from nas_problems.evaluators.records import exact_mean
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.problem import Problem
from nas_problems.surrogate import agreement, available_kinds, better_of, held_out, kinds
from optimizers.solver_text import parse_solver

SOLVERS = (
    "local-search",
    "aging-evolution[population_size=50,tournament_size=10]",
    "one-plus-one-ea",
    "simulated-annealing",
    "umda",
    "random-search",
)

_N_JUDGED = 20_000
_N_PARTS = 5
_BEST = 0.01  # of all cells
_SIGNIFICANT = 0.05
_WEAKER = 0.8  # of the pairs


def partly_known_section(page: Page, problem: Problem, folder: Path, *, quick: bool, seed: int) -> None:
    """Judge surrogates on cells that they have not seen, and rank solvers on the benchmarks they make.

    Args:
        page: Written to.
        problem: NAS-Bench-101 as it is.
        folder: Where finished parts are kept, so that an interrupted page can continue.
        quick: Few trees, cells and runs.
        seed: Of everything that is drawn.
    """
    page.heading("Do some cells and a surrogate make a benchmark?")
    truth = 100.0 - problem.tabulate()
    rng = np.random.default_rng(seed)
    known = {"1,000 drawn cells": _drawn(truth, 1_000, rng)}
    try:
        known["cells of searches"] = _recorded()
    except DataUnavailableError as error:
        page.text(f"Cells that searches recorded are left out: {left_out(error)}")
    page.text(
        "The test accuracy after 108 epochs is known for some cells, and a model predicts the others. The known cells "
        "are 1,000 drawn at random, as in a benchmark for Earth observation (here means of three trainings), or those "
        "that published searches have left in their logs (means of one to three). Each model is chosen by what its "
        f"makers can see, Kendall's rank correlation over {_N_PARTS} random folds of the known cells, and judged by "
        "what only this table knows: all other cells, and the best of them."
    )
    n_trees = 10 if quick else 100
    names = ("ensemble", "linear") if quick else available_kinds(problem.space)
    frames, chosen = [], {}
    for label, (rows, values) in known.items():
        frame = pd.concat(
            [
                stored(
                    folder / f"{label.replace(' ', '_').replace(',', '')}-{kind}-{n_trees}-{seed}.csv",
                    lambda kind=kind, rows=rows, values=values: _judged(  # type: ignore[misc]  # default arguments
                        problem, truth, kind, rows, values, n_trees, seed
                    ),
                )
                for kind in names
            ],
            ignore_index=True,
        )
        chosen[label] = better_of(
            {str(row["model"]): {"kendall": row["known: Kendall"]} for _, row in frame.iterrows()}
        )
        frames.append(frame.assign(**{"known cells": f"{label}, {len(rows):,}"}))
    table = pd.concat(frames, ignore_index=True)
    page.table(
        table[["known cells", *(name for name in table.columns if name != "known cells")]],
        name="surrogates",
        digits=3,
        caption=f"Predictions on held-out known cells, on {_N_JUDGED:,} cells drawn from all others, and on all other "
        f"cells among the best {_BEST:.0%} of the space",
    )
    page.text("Chosen: " + ", ".join(f"`{kind}` for {label}" for label, kind in chosen.items()) + ".")
    benchmarks = {"all cells": problem}
    for label, (rows, values) in known.items():
        step(f"all cells predicted from {label}")
        benchmarks[label] = _filled(problem, chosen[label], rows, values, n_trees)
    _best_cells(page, benchmarks, truth)
    _rankings(page, benchmarks, truth, folder, quick=quick, seed=seed)


def _drawn(truth: FloatArray, n: int, rng: np.random.Generator) -> tuple[IntArray, FloatArray]:
    rows = np.sort(rng.choice(len(truth), n, replace=False))
    return rows, truth[rows]


def _recorded() -> tuple[IntArray, FloatArray]:
    """Rows of the cells for which searches recorded a test accuracy after 108 epochs, and its mean in percent."""
    evaluator = nas_problems.make("nb101-recorded").evaluator
    assert isinstance(evaluator, TableEvaluator)
    level = evaluator.fidelities.values.index(108)
    rows = np.flatnonzero(evaluator.values["is_predicted"][level, :, 0] == 0)
    return rows, exact_mean(evaluator.values["test_accuracy"][level, rows])


def _judged(
    problem: Problem, truth: FloatArray, kind: str, rows: IntArray, values: FloatArray, n_trees: int, seed: int
) -> pd.DataFrame:
    """One row: how well a kind of model predicts held-out known cells, others, and the best of the others."""
    step(f"{kind} from {len(rows):,} cells")
    space, rng = problem.space, np.random.default_rng(seed)
    X, part = space.one_hot(space.from_rows(rows)), rng.permutation(len(rows)) % _N_PARTS
    known = agreement(values, held_out(kind, X, values, part, n_trees=n_trees, space=space))
    model = kinds[kind].factory.fit(X, values, n_trees=n_trees, space=space)
    others = np.setdiff1d(np.arange(len(truth)), rows)
    drawn = rng.choice(others, _N_JUDGED, replace=False)
    best = np.setdiff1d(np.argsort(-truth)[: round(_BEST * len(truth))], rows)
    found: dict[str, object] = {"model": kind}
    for name, numbers in (
        ("known", known),
        ("others", agreement(truth[drawn], _predicted(problem, model, drawn))),
        ("best", agreement(truth[best], _predicted(problem, model, best))),
    ):
        shown = ("r2", "kendall") if name != "best" else ("kendall",)
        found |= {f"{name}: {'R2' if key == 'r2' else 'Kendall'}": numbers[key] for key in shown}
    return pd.DataFrame([found])


def _predicted(problem: Problem, model: object, rows: IntArray) -> FloatArray:
    space = problem.space
    parts = [rows[start : start + 20_000] for start in range(0, len(rows), 20_000)]
    predict = model.predict  # type: ignore[attr-defined]  # a Model
    return np.concatenate([predict(space.one_hot(space.from_rows(part))) for part in parts])


def _filled(problem: Problem, kind: str, rows: IntArray, values: FloatArray, n_trees: int) -> Problem:
    """The benchmark made of the known cells and predictions for the others."""
    space = problem.space
    model = kinds[kind].factory.fit(space.one_hot(space.from_rows(rows)), values, n_trees=n_trees, space=space)
    others = np.setdiff1d(np.arange(space.n_rows or 0), rows)
    accuracy = np.empty(space.n_rows or 0)
    accuracy[rows] = values
    accuracy[others] = np.clip(_predicted(problem, model, others), values.min(), values.max())
    metric = problem.objectives[0]
    evaluator = TableEvaluator(
        space, {metric.name: accuracy[None, :, None]}, {metric.name: metric}, Fidelities("epochs", (108,))
    )
    return Problem(
        name="nb101-partly-known",
        function_id=problem.function_id,
        base_space=space,
        evaluator=evaluator,
        objectives=(metric,),
        source=problem.source,
    )


def _best_cells(page: Page, benchmarks: dict[str, Problem], truth: FloatArray) -> None:
    rows = []
    for label, benchmark in benchmarks.items():
        error = benchmark.tabulate()
        first = np.argsort(error, kind="stable")[:100]
        ties = error == error.min()
        numbers = [100 - error.min(), int(ties.sum()), truth[ties].mean(), truth[first].mean()]
        rows.append([label, *numbers, spearman(100 - error, truth)])
    columns = [
        "best value (%)",
        "cells with it",
        "their true value (%)",
        "true value of its best 100 (%)",
        "Spearman, all cells",
    ]
    page.table(
        pd.DataFrame(rows, columns=["benchmark", *columns]),
        name="best-cells",
        digits=4,
        caption="The best value of each benchmark, how many cells share it, and their true accuracy. Predictions are "
        "clipped to the range of the known values, so many cells can share the best one",
    )


def _rankings(
    page: Page, benchmarks: dict[str, Problem], truth: FloatArray, folder: Path, *, quick: bool, seed: int
) -> None:
    n_runs, budget = (3, 60) if quick else (30, 300)
    regrets: dict[str, dict[str, FloatArray]] = {}
    rows: dict[str, dict[str, object]] = {solver: {"solver": solver} for solver in SOLVERS}
    for label, benchmark in benchmarks.items():
        step(f"{len(SOLVERS)} solvers on {label}")
        name = f"runs-{label.replace(' ', '_').replace(',', '')}-{budget}-{n_runs}-{seed}.csv"
        frame = stored(folder / name, lambda benchmark=benchmark: _searched(benchmark, truth, n_runs, budget, seed))  # type: ignore[misc]
        lowest = float(benchmark.tabulate().min())
        regrets[label] = {}
        for solver in SOLVERS:
            part = frame[frame["solver"] == solver]
            regrets[label][solver] = part["error"].to_numpy() - lowest
            rows[solver][f"{label}: regret"] = float(regrets[label][solver].mean())
            rows[solver][f"{label}: true value (%)"] = float(part["truth"].mean())
    page.table(
        pd.DataFrame(list(rows.values())),
        name="rankings",
        digits=3,
        caption=f"Mean regret after {budget} evaluations, {n_runs} runs, on each benchmark compared with its own best "
        "cell, and the true accuracy of the cells found",
    )
    page.figure(
        _figure(regrets),
        name="rankings-figure",
        caption="Mean regret of each solver on the whole table and on the benchmarks made from some of its cells; on "
        "the diagonal, both are equal",
    )
    whole = regrets["all cells"]
    for label in list(benchmarks)[1:]:
        told, agreed = _pairs(whole, regrets[label])
        share = agreed / told if told else float("nan")
        n_solved = sum(not regrets[label][solver].any() for solver in SOLVERS)
        page.claim(
            Claim(
                f"A benchmark of {label} and a surrogate ranks solvers as the whole table does",
                published="",
                ours=f"{agreed} of {told} pairs that differ on the whole table have the same order",
                verdict="cannot be tested here" if not told else graded(agreed == told, weaker=share >= _WEAKER),
                why=f"rank-sum tests over {n_runs} runs, {budget} evaluations; {n_solved} of {len(SOLVERS)} solvers "
                "find its best value in every run, so it cannot tell them apart",
                rule=f"all pairs of solvers that differ significantly ({_SIGNIFICANT:.0%}) on the whole table have the "
                f"same order of means; weaker: at least {_WEAKER:.0%} of them",
            )
        )


def _pairs(whole: dict[str, FloatArray], part: dict[str, FloatArray]) -> tuple[int, int]:
    """Number of pairs of solvers that differ on the whole table, and how many of them have the same order of means."""
    told = [pair for pair in combinations(whole, 2) if rank_sum(whole[pair[0]], whole[pair[1]]) < _SIGNIFICANT]
    agreed = [
        (a, b)
        for a, b in told
        if np.sign(whole[a].mean() - whole[b].mean()) == np.sign(part[a].mean() - part[b].mean())
    ]
    return len(told), len(agreed)


def _searched(problem: Problem, truth: FloatArray, n_runs: int, budget: int, seed: int) -> pd.DataFrame:
    rows = []
    for solver in SOLVERS:
        for k in range(n_runs):
            log = optimizers.run(parse_solver(solver), problem, budget=budget, seed=seed + k)
            row = int(problem.space.rows_of(log.Z[[log.best]])[0])
            rows.append({"solver": solver, "error": float(log.y.min()), "truth": float(truth[row])})
    return pd.DataFrame(rows)


def _figure(regrets: dict[str, dict[str, FloatArray]]) -> Figure:
    labels = list(regrets)[1:]
    figure = Figure(figsize=(4.2 * len(labels), 4.0), layout="constrained")
    for axes, label in zip(np.atleast_1d(figure.subplots(1, len(labels))), labels, strict=True):
        points = [(regrets["all cells"][solver].mean(), regrets[label][solver].mean()) for solver in SOLVERS]
        for i, (solver, (x, y)) in enumerate(zip(SOLVERS, points, strict=True)):
            axes.plot(x, y, "o", color=PALETTE[i], label=solver.partition("[")[0])
        ends = [0, 1.1 * max(max(point) for point in points)]
        axes.plot(ends, ends, color="0.8", zorder=0)
        axes.set(xlabel="mean regret on all cells (points)", ylabel="mean regret here (points)", title=label)
    figure.axes[0].legend(frameon=False, fontsize=7)
    return figure
