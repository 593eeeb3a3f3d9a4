"""A section on solvers chosen from recorded problems: each problem, or its whole family, held out in turn."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

import nas_problems
from ela.feature import FeatureTable
from ela.recorded import RecordedPerformance, liken, recommend_recorded, shipped_performance
from experiments.landscape.recommend import landscape_features
from experiments.page import Claim, Page
from nas_problems.datasets.upstream import DataUnavailableError

HELD_OUT = {"problem": "the problem itself", "family": "its whole family"}


def write_held_out(page: Page, *, quick: bool, seed: int) -> None:
    """Choose a solver for every recorded problem from the others, and compare with their average.

    Args:
        page: Written to.
        quick: Small designs.
        seed: Of the designs.
    """
    page.heading("From recorded problems instead of BBOB")
    page.text(
        "`iohnas recommend` ranks solvers by how they did on recorded NAS and HPO problems, those with a like "
        "landscape first. Here every one of them is held out in turn, alone or with its family (which is what a "
        "problem of a new kind gets), and a solver is chosen for it from the others: by likeness, or the one that is "
        "best on average."
    )
    performance = shipped_performance()
    features, absent = {}, []
    for name in performance.problems:
        try:
            problem = nas_problems.make(name, noise="sampled")
            features[name] = landscape_features(problem, 100 if quick else 500, seed, parts=5 if quick else 10)
        except DataUnavailableError:
            absent.append(name)
    performance = performance.without(*absent)
    rows = [
        row
        for budget in performance.budgets.tolist()
        for kind in HELD_OUT
        for row in held_out(performance, features, budget=budget, kind=kind)
    ]
    frame = pd.DataFrame(rows)
    page.table(
        frame,
        name="held-out",
        digits=3,
        caption="Loss of the solver chosen by likeness, of the one that is best on average over the problems that were "
        "left (single best), and of the best one (virtual best): mean regret over the run, 1 is random search. The "
        "virtual best is chosen after the fact from the same runs, and so is too good.",
    )
    columns = ["chosen: loss", "single best: loss", "virtual best: loss"]
    logs = frame.assign(**{name: np.log(frame[name].to_numpy()) for name in columns})
    means = logs.groupby(["budget", "held out"], sort=False)[columns].mean().apply(np.exp)
    page.table(
        means.reset_index(),
        name="held-out-mean",
        digits=3,
        caption="Geometric means of these losses over the problems.",
    )
    for kind, words in HELD_OUT.items():
        page.claim(_claim(frame[frame["held out"] == kind], words))


def _claim(frame: pd.DataFrame, words: str) -> Claim:
    """Whether likeness chose better than the average, by the ratio of losses and a bootstrap over problems."""
    ratios = (np.log(frame["chosen: loss"]) - np.log(frame["single best: loss"])).to_numpy()
    budgets = frame["budget"].to_numpy()
    n = frame["problem"].nunique()
    draws = np.random.default_rng(0).integers(0, n, size=(10_000, n))
    found, highest = [], []
    for budget in np.unique(budgets).tolist():
        differences = ratios[budgets == budget]
        low, high = np.exp(np.quantile(differences[draws].mean(axis=1), [0.025, 0.975]))
        found.append(f"{budget} evaluations: {np.exp(differences.mean()):.3f} ({low:.3f} to {high:.3f})")
        highest.append(high)
    return Claim(
        f"Likeness chooses better than the average of recorded problems, {words} held out",
        "ratio of losses < 1",
        "; ".join(found),
        "holds" if max(highest) < 1 else "does not hold",
        f"geometric mean over {n} problems of the loss of what likeness chose, divided by that of the solver that is "
        "best on average over the problems left; 95 % intervals by a bootstrap over problems",
        "all intervals lie below 1",
    )


def held_out(
    performance: RecordedPerformance, features: Mapping[str, FeatureTable], *, budget: int, kind: str
) -> Sequence[Mapping[str, str | float]]:
    """A row per problem: what is chosen for it when it, or its family, is held out, and what that loses.

    Args:
        performance: How searches went.
        features: Of every problem.
        budget: One of the recorded budgets.
        kind: ``problem`` or ``family``.
    """
    losses = performance.at(budget)
    rows: list[Mapping[str, str | float]] = []
    for p, name in enumerate(performance.problems):
        hidden = (
            [name]
            if kind == "problem"
            else [other for other in performance.problems if _family(other) == _family(name)]
        )
        left = performance.without(*hidden)
        likeness = liken(features[name], {other: features[other] for other in left.problems})
        chosen = recommend_recorded(left, budget=budget, likeness=likeness)[0].solver
        single = recommend_recorded(left, budget=budget)[0].solver
        best = int(losses[:, p].argmin())
        rows.append(
            {
                "problem": name,
                "budget": budget,
                "held out": kind,
                "chosen": chosen,
                "chosen: loss": float(losses[performance.solvers.index(chosen), p]),
                "single best": single,
                "single best: loss": float(losses[performance.solvers.index(single), p]),
                "virtual best": performance.solvers[best],
                "virtual best: loss": float(losses[best, p]),
            }
        )
    return rows


def _family(name: str) -> str:
    return nas_problems.problems[name].family
