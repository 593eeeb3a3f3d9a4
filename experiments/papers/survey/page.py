"""The page: what the survey lists, which of it iohnas has, and what that finds.

Source: elsken2019.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import nas_problems
import optimizers
from experiments.page import Claim, Page, graded
from experiments.papers import new_page, reproductions
from experiments.papers.stored import stored
from experiments.papers.survey.taxonomy import ESTIMATION, SPACES, STRATEGIES, Named
from experiments.statistics.comparison import rank_sum
from experiments.steps import step
from experiments.text.number import count, number
from nas_problems.array import FloatArray
from optimizers import one_shot

_LEFT_OUT = {"smac", "nasbot", "mo-aging-evolution", "pymoo-nsga2", "darts", "snas", "gdas"}
"""Strategies that have their own page, or take too long for this one."""

_RL, _EVOLUTION = ("reinforce", "ppo", "q-learning"), ("aging-evolution", "deap-mu-plus-lambda")


@dataclass(frozen=True, slots=True)
class _Sizes:
    problems: tuple[str, ...]
    budget: int
    runs: int
    candidates: int
    trains_fully: bool


_FULL = _Sizes(("nb201-cifar10", "nb201-imagenet16-120", "fcnet-protein"), 200, 20, 20, trains_fully=True)
_QUICK = _Sizes(("nb201-cifar10",), 30, 3, 1, trains_fully=False)


@reproductions.register("survey", summary="Elsken et al. 2019: its taxonomy as a map of iohnas", family="elsken2019")
def reproduce_survey(out: Path, *, quick: bool = False, seed: int = 1) -> Page:
    """List spaces, strategies and estimation methods: what iohnas has, and what it finds.

    Args:
        out: Folder of the page; finished runs are kept in it.
        quick: A few short runs, one candidate from each space.
        seed: Of the first run and of all candidates.
    """
    sizes = _QUICK if quick else _FULL
    page = new_page(out, "A survey as a map", "survey", quick=quick, seed=seed)
    page.text(
        "The survey classifies neural architecture search by search space, search strategy and performance estimation. "
        "The tables list everything it discusses, in its order, and the name under which iohnas has it. Numbers are "
        "measured here; published ones are those that the survey quotes."
    )
    runs = {name: _searched(page.folder / "runs", name, sizes, seed) for name in sizes.problems}
    _spaces(page, sizes, seed)
    _strategies(page, runs, sizes)
    _estimation(page)
    _claims(page, runs)
    page.write()
    return page


def known_names() -> dict[str, str]:
    """Every name that iohnas has -> what it is."""
    kinds = {
        "problem": nas_problems.names(),
        "page": reproductions.names(),
        "one-shot method": one_shot.names(),
        "solver": optimizers.names(collected=False),
    }
    return {name: kind for kind, names in kinds.items() for name in names}


def available_in_iohnas(named: Named, known: dict[str, str]) -> str:
    """What iohnas has of it, with its kind, or 'not in iohnas'."""
    available = [f"{known[name]} {name}" for name in named.ours if name in known]
    return ", ".join(available) or "not in iohnas"


def command_for(named: Named, known: dict[str, str]) -> str:
    """A command that runs the first of its names that iohnas has."""
    forms = {
        "problem": "iohnas run --problems {} --solvers aging-evolution --budget 20 --out results/{}",
        "solver": "iohnas run --problems nb201-cifar10 --solvers {} --budget 200 --out results/{}",
        "one-shot method": "iohnas reproduce one-shot",
        "page": "iohnas reproduce {}",
    }
    first = next((name for name in named.ours if name in known), None)
    return "none" if first is None else forms[known[first]].format(first, first)


def comparison_table(table: Sequence[Named], measured: dict[str, str]) -> pd.DataFrame:
    """What the survey discusses next to what iohnas has, and a command for each row.

    Args:
        table: A part of the taxonomy.
        measured: Row -> what was measured here.
    """
    known = known_names()
    return pd.DataFrame(
        {
            "named": [named.what for named in table],
            "cited": [named.who or "throughout" for named in table],
            "in iohnas": [available_in_iohnas(named, known) for named in table],
            "measured": [measured.get(named.what, "see the command") for named in table],
            "published": [named.published or "no number" for named in table],
            "how ours differs": [named.note or "as cited" for named in table],
            "command": [command_for(named, known) for named in table],
        }
    )


def _spaces(page: Page, sizes: _Sizes, seed: int) -> None:
    page.heading("Search spaces")
    measured = {
        named.what: "; ".join(_space_result(page.folder / "spaces", name, sizes, seed) for name in named.ours)
        for named in SPACES
    }
    page.table(
        comparison_table(SPACES, measured),
        name="spaces",
        caption=f"Measured: variables, size, and the validation error (%, or the problem's own metric) of "
        f"{count(sizes.candidates, 'candidate')} drawn uniformly, median and best, "
        + ("after a full training" if sizes.trains_fully else "at the lowest fidelity")
        + "; here, networks are trained on digits",
    )


def _space_result(folder: Path, name: str, sizes: _Sizes, seed: int) -> str:
    problem = nas_problems.make(name)
    if not sizes.trains_fully:
        problem = problem.variant(fidelity=problem.fidelities.values[0])
    step(f"{count(sizes.candidates, 'candidate')} of {name}")

    def compute() -> pd.DataFrame:
        log = optimizers.run("random-search", problem, budget=sizes.candidates, seed=seed)
        return pd.DataFrame({"y": log.y, "failed": log.failed})

    frame = stored(folder / f"{name}.csv", compute)
    y = frame["y"][~frame["failed"]]
    size = problem.space.size
    n = "infinite" if size is None else number(size)
    values = "all failed" if y.empty else f"{number(float(y.median()))}, best {number(float(y.min()))}"
    return f"{name}: {problem.space.n_parameters} variables, {n} codes, {values}"


def measured_solvers() -> list[str]:
    """The solvers of the taxonomy that this page runs."""
    known = known_names()
    names = [name for named in STRATEGIES for name in named.ours if known.get(name) == "solver"]
    return [name for name in dict.fromkeys(names) if name not in _LEFT_OUT]


def _searched(folder: Path, problem: str, sizes: _Sizes, seed: int) -> dict[str, FloatArray]:
    """Test error of the candidate that each strategy found on a problem, (runs,)."""

    def compute(solver: str) -> pd.DataFrame:
        target = nas_problems.make(problem, noise="sampled")
        reported = target.variant(noise="mean", objective=target.test_metric or target.objective_metrics[0])
        errors = []
        step(f"{problem}: {solver}")
        for run in range(sizes.runs):
            log = optimizers.run(solver, target, budget=sizes.budget, seed=seed + run)
            errors.append(float(reported(log.Z[[log.best]])[0]))
        return pd.DataFrame({"found": errors})

    return {
        solver: stored(folder / f"{problem}.{solver}.csv", lambda solver=solver: compute(solver))["found"].to_numpy()  # type: ignore[misc]
        for solver in measured_solvers()
    }


def _strategies(page: Page, runs: dict[str, dict[str, FloatArray]], sizes: _Sizes) -> None:
    page.heading("Search strategies")
    measured = {}
    for named in STRATEGIES:
        first = next((name for name in named.ours if name in runs[sizes.problems[0]]), None)
        if first is not None:
            parts = [f"{problem} {number(float(np.mean(errors[first])))}" for problem, errors in runs.items()]
            measured[named.what] = "; ".join(parts)
    page.table(
        comparison_table(STRATEGIES, measured),
        name="strategies",
        caption=f"Measured: mean test error (%; mean squared error for fcnet-protein) of the candidate with the best "
        f"noisy validation error, {sizes.runs} runs of {sizes.budget} evaluations. Published: test error on CIFAR-10 "
        "in other spaces, with data augmentation",
    )
    rows = [
        {
            "problem": problem,
            "solver": solver,
            "mean": errors.mean(),
            "median": np.median(errors),
            "sd": errors.std(ddof=1),
        }
        for problem, by_solver in runs.items()
        for solver, errors in by_solver.items()
    ]
    page.table(pd.DataFrame(rows), name="strategies-runs", caption="The same in numbers.", digits=4)


def _estimation(page: Page) -> None:
    page.heading("Performance estimation")
    page.table(
        comparison_table(ESTIMATION, {}),
        name="estimation",
        caption="`iohnas reproduce estimation` measures bias and ranking of lower fidelities and of partial learning "
        "curves, `iohnas reproduce one-shot` those of shared weights",
    )


def _claims(page: Page, runs: dict[str, dict[str, FloatArray]]) -> None:
    def pooled(names: Sequence[str], problem: str) -> FloatArray:
        return np.concatenate([runs[problem][name] for name in names if name in runs[problem]])

    better = [
        (problem, name)
        for problem, errors in runs.items()
        for name in (*_RL, *_EVOLUTION)
        if name in errors
        and errors[name].mean() < errors["random-search"].mean()
        and rank_sum(errors[name], errors["random-search"]) < 0.05
    ]
    n_compared = sum(name in errors for errors in runs.values() for name in (*_RL, *_EVOLUTION))
    gains = [pooled(("random-search",), p).mean() - pooled(_EVOLUTION, p).mean() for p in runs if p.startswith("nb201")]
    page.claim(
        Claim(
            "RL and evolution consistently perform better than random search",
            published="3.5 % against 4 % on CIFAR-10 (Real 2018), about 2 points without augmentation",
            ours=f"{len(better)} of {n_compared} pairs of solver and problem; evolution gains "
            + ", ".join(f"{gain:.2f}" for gain in gains)
            + " points on NAS-Bench-201",
            verdict=graded(len(better) == n_compared, weaker=2 * len(better) > n_compared),
            why="" if len(better) == n_compared else "in most pairs" if 2 * len(better) > n_compared else "",
            rule="every solver's runs end lower than those of random search, rank-sum p < .05, on every table; weaker: "
            "most do",
        )
    )
    equal = {problem: rank_sum(pooled(_RL, problem), pooled(_EVOLUTION, problem)) for problem in runs}
    ahead = [p for p in runs if equal[p] < 0.05 and pooled(_EVOLUTION, p).mean() < pooled(_RL, p).mean()]
    page.claim(
        Claim(
            "RL and evolution perform equally well in terms of final test accuracy",
            published="about 3.5 % both (Real 2018)",
            ours="; ".join(
                f"{p}: {pooled(_RL, p).mean():.3g} and {pooled(_EVOLUTION, p).mean():.3g}, p = {number(equal[p])}"
                for p in runs
            ),
            verdict="holds" if all(p >= 0.05 for p in equal.values()) else "does not hold",
            why=""
            if all(p >= 0.05 for p in equal.values())
            else f"evolution ends lower on {len(ahead)} of {len(runs)} after 200 evaluations; in that study, 20,000",
            rule="rank-sum p >= .05 between the runs of three RL solvers and of two evolutionary ones, on every table",
        )
    )
