"""Does the landscape choose the solver? Recommended, single best and virtual best solver on every problem.

Source: kerschke2019 (the comparison of a selector with the single best and the virtual best solver).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, ScalarFormatter

import nas_problems
import optimizers
from ela.portfolio import own_performance, recommend
from experiments.figures import PALETTE
from experiments.page import Claim, Page
from experiments.papers import new_page, reproductions
from experiments.papers.held_out import write_held_out
from experiments.papers.other_landscapes import analysis, problem_names
from nas_problems.array import FloatArray
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.evaluators.estimators import EstimatorEvaluator
from nas_problems.problem import Problem


@dataclass(frozen=True)
class _Outcome:
    """What happened on one problem.

    Args:
        name: The problem.
        loss: Mean loss of each solver over its runs, shape (solvers,).
        chosen: The solver that the landscape recommends.
        margin: By how much its expected loss on the nearest functions is smaller than that of the next.
        setting: Budget, runs and noise mode.
    """

    name: str
    loss: FloatArray
    chosen: str
    margin: float
    setting: str


@reproductions.register(
    "selection",
    summary="solver recommended from the landscape against the single best and the virtual best, on every problem",
    family="kerschke2019",
)
def reproduce_selection(out: Path, *, quick: bool = False, seed: int = 1) -> Page:
    """Run all solvers of the portfolio on every table and live problem, and score the recommendations.

    Args:
        out: The page's folder.
        quick: Two problems, few runs.
        seed: Seed of designs and runs.
    """
    page = new_page(out, "Solver selection from landscape features", "selection", quick=quick, seed=seed)
    solvers = own_performance(dimension=5).solvers
    outcomes, absent = [], []
    for name in problem_names(quick=quick):
        try:
            outcomes.append(_outcome(name, solvers, quick=quick, seed=seed))
        except DataUnavailableError:
            absent.append(name)
    loss = np.array([outcome.loss for outcome in outcomes])
    single_best = int(loss.mean(axis=0).argmin())
    on_bbob = solvers.index(own_performance(dimension=5, budget=50).single_best)
    selected = np.array([outcome.loss[solvers.index(outcome.chosen)] for outcome in outcomes])
    page.text(
        "For each problem a design is evaluated, its features are placed among the BBOB functions on the same "
        "points, and our own runs on these functions rank our own solvers. Then all solvers run on the problem. "
        "The loss of a run is the mean over its evaluations of the regret of the best value so far, divided by that of "
        "random search on the same problem (1: no better than random search). The cost of the design is not counted, "
        "which favours the recommendation. Single best (SBS): the solver with the smallest mean loss over these very "
        "problems; virtual best (VBS): the best solver of each problem. Most of these problems lie far outside "
        "BBOB (see the page learning-from-nas), so that their nearest functions are not near."
    )
    _tables(page, outcomes, solvers, single_best, selected)
    _claims(page, loss, solvers, single_best=single_best, on_bbob=on_bbob, selected=selected)
    page.figure(
        _figure(outcomes, solvers, single_best),
        name="loss",
        caption="Mean loss of every solver on every problem (1: random search), with the recommended solver and the "
        "single best marked. Designs: encoding target, noise mean; runs: see the table.",
    )
    write_held_out(page, quick=quick, seed=seed)
    if absent:
        page.text(f"Left out, because their files are not at hand: {', '.join(absent)}.")
    page.write()
    return page


def _outcome(name: str, solvers: tuple[str, ...], *, quick: bool, seed: int) -> _Outcome:
    problem = nas_problems.make(name)
    live = isinstance(problem.evaluator, EstimatorEvaluator)
    budget, runs = (30, 3) if live else (300, 15)
    if quick:
        budget, runs = 60, 2
    found = analysis(name, quick=quick, seed=seed)
    performance = own_performance(dimension=found.sample.X.shape[1], budget=budget / problem.space.n_parameters).only(
        solvers
    )
    ranked = recommend(found.placement, performance)
    measured = problem.variant(noise="seed-0") if live else problem
    curves = {
        solver: np.array([_incumbent(solver, measured, budget, 1000 * seed + run) for run in range(runs)])
        for solver in solvers
    }
    known = measured.optimum
    zero = min(float(values.min()) for values in curves.values()) if known is None else known.y
    areas = np.array([values.mean() - zero for values in curves.values()])
    return _Outcome(
        name,
        areas / areas[solvers.index("random-search")],
        ranked[0].solver,
        ranked[1].loss - ranked[0].loss,
        f"{budget} evaluations, {runs} runs, noise {measured.noise}, regret from the "
        + ("best value seen" if known is None else "optimum"),
    )


def _incumbent(solver: str, problem: Problem, budget: int, seed: int) -> FloatArray:
    """Best value so far after each evaluation, shape (budget,); a run that ends early keeps its last."""
    y = optimizers.run(solver, problem, budget=budget, seed=seed).y
    best = np.minimum.accumulate(y)
    return np.concatenate([best, np.full(budget - len(best), best[-1])])


def _tables(
    page: Page, outcomes: list[_Outcome], solvers: tuple[str, ...], single_best: int, selected: FloatArray
) -> None:
    page.heading("Problem by problem")
    rows = []
    for outcome, loss in zip(outcomes, selected, strict=True):
        virtual = int(outcome.loss.argmin())
        gap = outcome.loss[single_best] - outcome.loss[virtual]
        rows.append(
            {
                "problem": outcome.name,
                "recommended": outcome.chosen,
                "its loss": loss,
                "margin on BBOB": outcome.margin,
                "single best": solvers[single_best],
                "its loss ": outcome.loss[single_best],
                "virtual best": solvers[virtual],
                "its loss  ": outcome.loss[virtual],
                "gap closed": (outcome.loss[single_best] - loss) / gap if gap > 0 else np.nan,
                "runs": outcome.setting,
            }
        )
    page.table(
        pd.DataFrame(rows),
        name="problems",
        caption="Loss: mean regret of the best value so far over the run, 1 is random search. Margin: orders "
        "of magnitude by which the recommended solver is expected to be more precise than the next one. Gap closed: "
        "(SBS - recommended) / (SBS - VBS), "
        "empty where the single best is the virtual best.",
        digits=3,
    )
    losses = pd.DataFrame([outcome.loss for outcome in outcomes], columns=list(solvers))
    losses.insert(0, "problem", [outcome.name for outcome in outcomes])
    page.table(
        losses, name="losses", caption="Mean loss of every solver on every problem; 1 is random search.", digits=3
    )


def _claims(
    page: Page, loss: FloatArray, solvers: tuple[str, ...], *, single_best: int, on_bbob: int, selected: FloatArray
) -> None:
    virtual = loss.min(axis=1).mean()
    draws = np.random.default_rng(0).integers(0, len(loss), size=(10_000, len(loss)))
    for text, index in (
        (f"The landscape's choice beats the single best of these problems ({solvers[single_best]})", single_best),
        (f"The landscape's choice beats the single best of BBOB ({solvers[on_bbob]})", on_bbob),
    ):
        single = loss[:, index].mean()
        closed = (single - selected.mean()) / (single - virtual) if single > virtual else np.nan
        low, high = np.quantile((selected - loss[:, index])[draws].mean(axis=1), [0.025, 0.975])
        page.claim(
            Claim(
                text=text,
                published="gap closed > 0",
                ours=f"mean loss {selected.mean():.3f} against {single:.3f}, virtual best {virtual:.3f}: "
                f"gap closed {closed:.0%}; difference {low:+.3f} to {high:+.3f} (95 %, bootstrap over problems)",
                verdict="holds" if high < 0 else "does not hold",
                why=f"{len(loss)} problems. What is best on them is chosen from the same runs, which favours it; "
                "recommendations come from solvers in continuous space, problems are mostly discrete",
                rule="the 95 % interval of the difference of mean losses lies below zero",
            )
        )


def _figure(outcomes: list[_Outcome], solvers: tuple[str, ...], single_best: int) -> Figure:
    figure = Figure(figsize=(8, 0.34 * len(outcomes) + 1.6), layout="constrained")
    FigureCanvasAgg(figure)
    axis = figure.subplots()
    rows = np.arange(len(outcomes))[::-1]
    for i, solver in enumerate(solvers):
        color, marker = PALETTE[i % len(PALETTE)], "o^Dv"[i // len(PALETTE) % 4]
        axis.plot([o.loss[i] for o in outcomes], rows, marker, color=color, label=solver, markersize=6)
    for row, outcome in zip(rows, outcomes, strict=True):
        x = outcome.loss[solvers.index(outcome.chosen)]
        axis.plot(x, row, "s", markersize=12, markerfacecolor="none", color="black")
        axis.plot(outcome.loss[single_best], row, "|", markersize=16, color="#777777")
    axis.plot([], [], "s", markersize=10, markerfacecolor="none", color="black", label="recommended")
    axis.plot([], [], "|", markersize=12, color="#777777", label="single best")
    axis.set_yticks(rows, [outcome.name for outcome in outcomes], fontsize=8)
    axis.set_xscale("log")
    axis.xaxis.set_major_formatter(ScalarFormatter())
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.set_xticks([0.25, 0.5, 1, 2, 4])
    axis.set_xlabel("mean loss (1: random search)")
    axis.grid(axis="x", linewidth=0.4)
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, fontsize=8)
    return figure
