"""The paper's own space: starts and searches on NAS-Bench-101, where a random start need not be a cell.

Source: traore2023.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import levene

import nas_problems
from experiments.page import Claim, Page, graded
from experiments.page.missing import left_out
from experiments.papers.centroid_init import figures101, searches101
from experiments.papers.centroid_init.figures101 import Key
from experiments.papers.centroid_init.searches101 import LONG, SHORT, Runs, Setting, Start
from experiments.statistics import holm, rank_sum
from nas_problems.array import FloatArray
from nas_problems.cell.graph101 import EDGES, MAX_EDGES, OPERATIONS
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace
from optimizers.initializers.centroid import Centroids, Recipe, draw_sample
from optimizers.initializers.centroid.fit import best_round, decode_centroids
from optimizers.solver import uniform

NB101 = "nb101-cifar10"
"""The problem, whose cells are all known."""

PUBLISHED = pd.DataFrame(
    [
        {"start": "random, invalid = 0 (published logs)", "mean accuracy (%)": 71.52, "invalid (%)": 16.4},
        {"start": "random, valid ones (published logs)", "mean accuracy (%)": 85.57, "invalid (%)": 0.0},
        {"start": "centroids (published logs)", "mean accuracy (%)": 85.60, "invalid (%)": 0.0},
    ]
)
"""Generation 0 in the logs of the authors' 800 runs, 36 and 108 epochs."""


def as_authors_draw(space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
    """Codes as the authors draw them: every edge with probability 9/21, at most nine edges, operations alike.

    A draw that has no path from input to output is not a cell, and is not drawn again.

    Args:
        space: That of NAS-Bench-101.
        n: Number of codes.
        rng: Source of randomness.
    """
    Z = np.empty((n, space.n_parameters), dtype=np.int64)
    Z[:, len(EDGES) :] = rng.integers(0, len(OPERATIONS), size=(n, space.n_parameters - len(EDGES)))
    for z in Z:
        while True:
            z[: len(EDGES)] = rng.random(len(EDGES)) < MAX_EDGES / len(EDGES)
            if z[: len(EDGES)].sum() <= MAX_EDGES:
                break
    return Z


PUBLISHED_P = {
    ("36 epochs", "GA"): (4.093e-7, 2.324e-7),
    ("36 epochs", "EA"): (5.611e-8, 3.767e-6),
    ("108 epochs", "GA"): (0.69, 0.039),
    ("108 epochs", "EA"): (0.006, 0.006),
}
"""Rank sums of the best found, centroids against random and against LHS starts; short code."""

RANDOM, UNIFORM, LHS, CENTROIDS = "invalid = 0", "uniform cells", "latin-hypercube", "centroids"


def nas_bench_101(page: Page, folder: Path, *, n_runs: int, seed: int, quick: bool = False) -> None:
    """The section; a sentence where the file is not there.

    Args:
        page: Written to.
        folder: Of the runs, which are kept.
        n_runs: Runs per solver and start; at most thirty fits of centroids.
        seed: Seed of everything that is drawn.
        quick: After 108 epochs only, with a tenth of the budget.
    """
    page.heading("NAS-Bench-101: is the head start anything but validity?")
    try:
        problem = nas_problems.make(NB101)
    except DataUnavailableError as error:
        page.text(f"Left out: {left_out(error)}")
        return
    page.text(
        "The paper's random start draws codes of which some are not cells; these have fitness 0. Its centroids are "
        "cells. Here: test accuracy after 108 epochs, all cells known. The start named *invalid = 0* is the authors' "
        "draw in the authors' setting, `nb101-cifar10[invalid=zero]`: a code that is not a cell is evaluated, with "
        "accuracy 0, whenever a solver makes one; from all other starts solvers make cells only. Aging evolution "
        "mutates an edge and then an operation. And validation accuracy after 36 epochs, recorded where the authors' "
        "runs went, **predicted by a surrogate elsewhere**. Centroids are those of samples of 1,000 cells (the paper: "
        "10,000), encoded as the short code of 26 variables and, further below, as the long one. Solvers search the "
        "short code in both cases, as in the paper, which gave up searches of the long code."
    )
    levels = {"108 epochs": problem}
    with_zeros = {"108 epochs": nas_problems.make(NB101, invalid="zero")}
    if not quick:
        try:
            levels["36 epochs"] = nas_problems.make("nb101-recorded", fidelity=36)
            with_zeros["36 epochs"] = nas_problems.make("nb101-recorded", fidelity=36, invalid="zero")
        except DataUnavailableError as error:
            page.text(f"Left out: {left_out(error)}")
    for setting in (SHORT, LONG):
        fits = {
            label: [centroids_of(one, setting, np.random.default_rng([seed, i])) for i in range(min(n_runs, 30))]
            for label, one in levels.items()
        }
        first = _first(problem, fits["108 epochs"], seed)
        _write_starts(page, first, setting, len(fits["108 epochs"]))
        tenth = SHORT.budget // 10 // setting.population * setting.population
        searched = replace(setting, budget=tenth) if quick else setting
        found: dict[Key, Runs] = {}
        for label, one in levels.items():
            starts: dict[str, tuple[Problem, Start]] = {
                RANDOM: (with_zeros[label], as_authors_draw),
                UNIFORM: (one, uniform),
                LHS: (one, LHS),
                CENTROIDS: (one, fits[label]),
            }
            runs = searches101.searches(folder, label, starts, setting=searched, n_runs=n_runs, seed=seed)
            found.update({(label, *key): part for key, part in runs.items()})
        _write_searches(page, found, tuple(levels), n_runs, searched)


def _named(setting: Setting, name: str) -> str:
    """A table's or figure's name, which says where the long code is clustered."""
    return f"nb101-{name}" if setting.encoding == "short" else f"nb101-{setting.encoding}-{name}"


def _write_starts(page: Page, first: pd.DataFrame, setting: Setting, n_fits: int) -> None:
    """First populations, and whether centroids are better."""
    is_short = setting.encoding == "short"
    page.table(
        pd.concat([first, PUBLISHED], ignore_index=True) if is_short else first,
        name=_named(setting, "starts"),
        caption=f"Mean accuracy of first populations: 20,000 draws; centroids of {n_fits} fits, {setting.encoding} "
        f"code, {setting.population} clusters wanted.",
    )
    by_start = first.set_index("start")["mean accuracy (%)"]
    invalid, valid, centroids = (float(by_start[name]) for name in ("invalid = 0", "valid ones", "centroids"))
    page.claim(
        Claim(
            "Centroids start NAS-Bench-101 searches better than random ones"
            + ("" if is_short else ", clustered by the long code"),
            "85.6 % against 71.5 % in generation 0 (their logs)"
            if is_short
            else "an improved initial mean (figure 10)",
            f"{centroids:.1f} % against {invalid:.1f} %; {valid:.1f} % without random draws that are not cells",
            graded(centroids > valid + 0.5, weaker=centroids > invalid + 0.5),
            "weaker: better than draws of which some are not cells. The head start is what not being a cell costs, "
            "unless centroids are also better than random cells",
            "half a point better than random draws that are cells; weaker: than random draws that count 0 where they "
            "are not cells",
        )
    )


def _write_searches(
    page: Page, found: Mapping[Key, Runs], levels: tuple[str, ...], n_runs: int, setting: Setting
) -> None:
    """Figures and table of the searches, and the paper's claims on how they end."""
    is_short = setting.encoding == "short"
    here = (
        f"centroids of the {setting.encoding} code, {n_runs} runs of {setting.budget} evaluations, population "
        f"{setting.population}"
    )
    numbers = ("8", "9", "13") if is_short else ("10", "11", "14")
    page.figure(
        figures101.population_curves(found, levels, setting.population),
        name=_named(setting, "populations"),
        caption=f"Figure {numbers[0]}: mean accuracy of the population, means over runs; {here}; from the start "
        "*invalid = 0*, codes that are not cells count 0.",
    )
    page.figure(
        figures101.best_boxes(found, levels),
        name=_named(setting, "best"),
        caption=f"Figure {numbers[1]}: accuracy of the best cell; {here}; RS: random search; whiskers: 5 and 95 %.",
    )
    for level in levels:
        suffix = "" if level == levels[0] else f"-{level.partition(' ')[0]}"
        page.figure(
            figures101.mean_matrices({key: runs for key, runs in found.items() if key[0] == level}),
            name=_named(setting, f"matrices{suffix}"),
            caption=f"Figure {numbers[2]}: mean of the 17 x 17 matrices of the best cells, {level}; {here}: input, "
            "five convolutions of 1 x 1, five of 3 x 3, five poolings, output; darker: in more of them.",
        )
    frame = _table(found, setting)
    page.table(
        frame,
        name=_named(setting, "searches"),
        digits=4,
        caption=f"Accuracy of the first population and of the best cell; {here}; p: rank sum against centroid starts.",
    )
    if is_short:
        page.claim(_short_claim(found))
    else:
        page.claim(_long_claim(found))
        page.claim(_spread_claim(found, levels))


def _table(found: Mapping[Key, Runs], setting: Setting) -> pd.DataFrame:
    rows = []
    for (label, solver, start), runs in found.items():
        row: dict[str, object] = {
            "epochs": label,
            "solver": solver,
            "start": start,
            "first population (%)": runs.initial.mean(),
            "best (%)": runs.best.mean(),
            "sd": runs.best.std(),
        }
        if start in (RANDOM, LHS) and solver != "RS":
            row["p"] = rank_sum(runs.best, found[label, solver, CENTROIDS].best)
            published = PUBLISHED_P.get((label, solver))
            if setting.encoding == "short":
                row["published p"] = float("nan") if published is None else published[start == LHS]
        rows.append(row)
    return pd.DataFrame(rows)


def _comparisons(found: Mapping[Key, Runs], solvers: tuple[str, ...]) -> list[tuple[float, bool]]:
    """Of every level, solver and rival start the p-value, and whether the mean from centroids is higher."""
    outcomes = []
    for (label, solver, start), runs in found.items():
        if start in (RANDOM, LHS) and solver in solvers:
            centroids = found[label, solver, CENTROIDS].best
            outcomes.append((rank_sum(runs.best, centroids), bool(centroids.mean() > runs.best.mean())))
    return outcomes


def _short_claim(found: Mapping[Key, Runs]) -> Claim:
    wins = [p < 0.05 and is_higher for p, is_higher in _comparisons(found, ("GA", "EA"))]
    return Claim(
        "On NAS-Bench-101 EA and GA find better cells in the end from centroids",
        "p from 6e-8 to .006 against random and LHS starts; GA after 108 epochs .69 and .039",
        f"better at p < 0.05 in {sum(wins)} of {len(wins)} comparisons",
        graded(all(wins), weaker=sum(wins) > len(wins) / 2),
        "the authors' later logs have p = .106, .235, .563 and .023, the last one in favour of random starts",
        "better by a rank sum at 5 % in every comparison with random and LHS starts, EA and GA; weaker: in more than "
        "half",
    )


def _long_claim(found: Mapping[Key, Runs]) -> Claim:
    outcomes = _comparisons(found, ("GA", "EA", "AE"))
    corrected = holm(np.array([p for p, _ in outcomes]))
    better = [p < 0.05 and is_higher for p, (_, is_higher) in zip(corrected, outcomes, strict=True)]
    worse = [p < 0.05 and not is_higher for p, (_, is_higher) in zip(corrected, outcomes, strict=True)]
    return Claim(
        "Centroids of the long code do not improve what is found in the end",
        "read off figure 11; no test",
        f"better in {sum(better)}, worse in {sum(worse)} of {len(outcomes)} comparisons; smallest p "
        f"{min(p for p, _ in outcomes):.2g}, corrected {corrected.min():.2g}",
        "does not hold" if any(better) else "holds",
        "the paper blames that solvers search the short code",
        "better by a rank sum at 5 %, corrected by Holm's method, in no comparison with random and LHS starts, GA, EA "
        "and AE",
    )


def _spread_claim(found: Mapping[Key, Runs], levels: tuple[str, ...]) -> Claim:
    parts, is_wider = [], []
    for level in levels:
        own = found[level, "AE", CENTROIDS].best
        rivals = [found[level, "AE", start].best for start in (RANDOM, LHS)]
        wider = [own.std() > rival.std() and float(levene(own, rival).pvalue) < 0.05 for rival in rivals]
        is_wider.append(all(wider))
        parts.append(f"{level}: {own.std():.3f} against {rivals[0].std():.3f} (random), {rivals[1].std():.3f} (LHS)")
    return Claim(
        "Centroids of the long code widen the spread of what aging evolution finds",
        "a larger variance (figure 11)",
        "standard deviations after " + "; ".join(parts),
        graded(all(is_wider), weaker=any(is_wider)),
        "",
        "a larger standard deviation than from random and from LHS starts, each by Levene's test around the median at "
        "5 %, at every level; weaker: at one of them",
    )


def centroids_of(problem: Problem, setting: Setting, rng: np.random.Generator) -> Centroids:
    """Centroids of a sample of 1,000 cells.

    Args:
        problem: That is sampled.
        setting: How cells are encoded, and how many clusters are wanted.
        rng: Source of randomness.
    """
    recipe = Recipe(sizes="1000 500 250 100", encoding=setting.encoding, rest="uniform")
    sample = draw_sample(problem, 1000, rng)
    best, rounds = best_round(problem.space, sample, setting.population, recipe, rng)
    return decode_centroids(problem, sample, best, rounds, setting.population, recipe)


def _first(problem: Problem, fits: list[Centroids], seed: int) -> pd.DataFrame:
    Z = as_authors_draw(problem.space, 20_000, np.random.default_rng(seed))
    valid = problem.space.is_valid(Z)
    accuracy = 100 - problem(Z)
    of_centroids = np.concatenate([100 - problem(fit.codes(problem.space)) for fit in fits])
    uniform_codes = 100 - problem(problem.space.sample(20_000, np.random.default_rng(seed)))
    rows: list[tuple[str, FloatArray, float]] = [
        ("invalid = 0", accuracy, 100 * float((~valid).mean())),
        ("valid ones", accuracy[valid], 0.0),
        ("uniform valid codes", uniform_codes, 0.0),
        ("centroids", of_centroids, 0.0),
    ]
    return pd.DataFrame(
        [{"start": name, "mean accuracy (%)": float(part.mean()), "invalid (%)": share} for name, part, share in rows]
    )
