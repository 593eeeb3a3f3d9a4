"""Cheaper estimates of live trainings on digits: kinds of fidelities, zero-cost proxies, inherited weights.

Source: elsken2019.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import nas_problems
import optimizers
from experiments.page import Claim, Page, graded
from experiments.papers import new_page, reproductions
from experiments.papers.estimation import compare
from experiments.papers.stored import stored
from experiments.statistics.comparison import rank_sum
from experiments.steps import step
from nas_problems.array import FloatArray
from nas_problems.network.grade import AXES
from nas_problems.problem import Problem
from nas_problems.space import Codes
from optimizers.runlog import RunLog
from optimizers.solver import ConfiguredSolver

CELLS = "train-nb201-digits"
N_CELLS, N_QUICK = 24, 5
SECONDS, QUICK_SECONDS = 6.0, 0.5
N_RUNS = 10
_MARKS = (0.25, 0.5, 1.0)  # of the seconds of a search


@dataclass(frozen=True, slots=True)
class Contender:
    """A search for networks that grow.

    Args:
        name: In tables.
        solver: How it searches.
        problem: Where.
    """

    name: str
    solver: ConfiguredSolver
    problem: str


def contenders() -> list[Contender]:
    """Two searches that inherit weights, and two that train from scratch; a generation has the same epochs in all."""
    climb = optimizers.make("morphism-hill-climbing")
    both = "[objective=validation_accuracy+n_parameters]"
    return [
        Contender("hill climbing, inherited", climb, "morphism-digits"),
        Contender("hill climbing, from scratch", climb, "morphism-scratch-digits"),
        Contender("LEMONADE, inherited", optimizers.make("lemonade"), f"morphism-digits{both}"),
        Contender("random search, from scratch", optimizers.make("random-search"), "morphism-scratch-digits"),
    ]


@reproductions.register(
    "live-estimation",
    summary="live trainings on digits: kinds of fidelities, zero-cost proxies, inherited weights",
    family="elsken2019",
)
def reproduce_live_estimation(out: Path, *, quick: bool = False, seed: int = 1) -> Page:
    """Train cells more cheaply in every way there is, and search with inherited weights.

    Args:
        out: Folder of the page.
        quick: A few cells, and a second per search.
        seed: Of the cells and the searches.
    """
    page = new_page(out, "Cheaper estimates of live trainings", "live-estimation", quick=quick, seed=seed)
    n = N_QUICK if quick else N_CELLS
    page.text(
        f"{n} random NAS-Bench-201 cells trained on digits, one seed each, next to their full training of 8 epochs. "
        "Costs are processor seconds; numbers of a few dozen cells have wide margins (Kendall's tau about 0.15)."
    )
    problem = nas_problems.make(CELLS, noise="seed-0")
    Z = _cells(problem, n, seed)
    runs = page.folder / "runs"
    full = stored(runs / f"full.{n}.csv", lambda: _trained(problem, Z))
    y, seconds = full["y"].to_numpy(), full["seconds"].to_numpy()
    fidelities = stored(runs / f"fidelities.{n}.csv", lambda: pd.DataFrame(_fidelities(Z, y, seconds)))
    page.heading("Kinds of fidelities")
    page.table(
        fidelities,
        name="fidelities",
        caption="Cost: median share of the seconds of the full training; underestimated by: mean error minus that of "
        "the full training, in points; tenth: share of the best tenth that the estimate has in its best tenth",
        digits=3,
    )
    _claim_bias(page, fidelities)
    page.heading("Zero-cost proxies")
    page.table(
        stored(runs / f"proxies.{n}.csv", lambda: pd.DataFrame(_proxies(problem, Z, y, seconds))),
        name="proxies",
        caption="The larger, the better, also for parameters and FLOPs; no claim of bias, as they are not accuracies",
        digits=3,
    )
    page.heading("Inherited weights at equal seconds")
    _inheritance(page, seconds=QUICK_SECONDS if quick else SECONDS, n_runs=1 if quick else N_RUNS, seed=seed)
    page.write()
    return page


def _cells(problem: Problem, n: int, seed: int) -> Codes:
    """Distinct cells."""
    Z = problem.space.canonical(problem.space.sample(4 * n, np.random.default_rng(seed)))
    first = np.unique(Z, axis=0, return_index=True)[1]
    return Z[np.sort(first)[:n]]


def _trained(problem: Problem, Z: Codes) -> pd.DataFrame:
    """Value and seconds of each cell's full training."""
    step(f"full trainings of {len(Z)} cells")
    evaluations = problem.evaluate(Z, metrics=["validation_accuracy"])
    return pd.DataFrame({"y": problem.minimised(evaluations), "seconds": evaluations.cost_seconds})


def _fidelities(Z: Codes, full: FloatArray, full_seconds: FloatArray) -> Iterator[dict[str, object]]:
    for axis in AXES:
        step(f"fidelities: {axis}")
        problem = nas_problems.make(CELLS, axis=axis, noise="seed-0")
        for fidelity in problem.fidelities.values[:-1]:
            evaluations = problem.evaluate(Z, fidelity=fidelity, metrics=["validation_accuracy"])
            found = compare(problem.minimised(evaluations), full)
            yield {
                "fidelity": axis,
                "value": fidelity,
                "of": problem.fidelities.full,
                "cost": float(np.median(evaluations.cost_seconds / full_seconds)),
                "Kendall": found.kendall,
                "underestimated by": found.bias,
                "tenth": found.recall,
            }


def _claim_bias(page: Page, frame: pd.DataFrame) -> None:
    n_under = int((frame["underestimated by"] > 0).sum())
    is_all = n_under == len(frame)
    page.claim(
        Claim(
            "lower fidelities underestimate performance",
            published="typically",
            ours=f"{n_under} of {len(frame)} mean errors are larger than after the full training",
            verdict=graded(is_all, weaker=n_under > len(frame) / 2),
            why="" if is_all else "not of every fidelity",
            rule="Every fidelity has a larger mean error than the full training; weaker: more than half of them.",
        )
    )


def _proxies(problem: Problem, Z: Codes, full: FloatArray, full_seconds: FloatArray) -> Iterator[dict[str, object]]:
    for name in problem.zero_cost:
        evaluations = problem.evaluate(Z, metrics=[name])
        found = compare(-evaluations.metrics[name], full)
        yield {
            "proxy": name,
            "cost": float(np.median(evaluations.cost_seconds / full_seconds)),
            "Kendall": found.kendall,
            "Spearman": found.spearman,
            "tenth": found.recall,
        }


def _inheritance(page: Page, *, seconds: float, n_runs: int, seed: int) -> None:
    rows = [
        _search(page.folder / "runs", contender, seed=seed + run, seconds=seconds)
        for run in range(n_runs)  # one of each in turn, so that a load of the machine is on all of them
        for contender in contenders()
    ]
    every = pd.concat(rows, ignore_index=True)
    frame = every.groupby("search", sort=False).mean().reset_index()
    errors = {name: found.to_numpy() for name, found in every.groupby("search")["test error"]}
    frame["sd"] = [errors[name].std(ddof=1) if n_runs > 1 else float("nan") for name in frame["search"]]
    page.text(
        f"Networks of blocks that become deeper, wider, or read one more block, {seconds:g} s of training per search, "
        f"mean of {n_runs} seeds; every generation is four epochs of warm-restarted SGD. From scratch, a child is "
        "trained for one generation alone, as its parent was."
    )
    page.table(
        frame,
        name="inheritance",
        caption="Validation error in percent of the best network after a share of the seconds, test error of the last "
        "and its standard deviation over seeds, and how many networks were trained",
        digits=3,
    )
    inherited, scratch = (errors[f"hill climbing, {how}"] for how in ("inherited", "from scratch"))
    p = rank_sum(inherited, scratch) if n_runs > 1 else 1.0
    is_lower = inherited.mean() < scratch.mean()
    page.claim(
        Claim(
            "at equal seconds, inherited weights find better networks than training from scratch",
            published="Elsken et al. 2017: hours instead of days",
            ours=f"mean test error {inherited.mean():.2f} % inherited, {scratch.mean():.2f} % from scratch, "
            f"p = {p:.2g}",
            verdict="does not hold" if not is_lower else "holds" if p < 0.05 else "a weaker form holds",
            why="" if not is_lower or p < 0.05 else "lower on average, but the test does not tell them apart",
            rule="Hill climbing has a lower mean test error with inherited weights, rank-sum p < .05; weaker: lower.",
        )
    )


def _search(folder: Path, contender: Contender, *, seed: int, seconds: float) -> pd.DataFrame:
    """One search, as a row."""

    def compute() -> pd.DataFrame:
        step(f"{contender.name}, seed {seed}")
        problem = nas_problems.make(contender.problem, noise="seed-0")
        log = optimizers.run(contender.solver, problem, budget=10_000, seed=seed, budget_seconds=seconds)
        return pd.DataFrame([{"search": contender.name} | outcome_of(log, problem, seconds)])

    name = contender.name.replace(", ", "-").replace(" ", "-")
    return stored(folder / f"{name}.{seed}.{seconds:g}s.csv", compute)


def outcome_of(
    log: RunLog, problem: Problem, seconds: float, *, test_metric: str = "test_accuracy"
) -> dict[str, float]:
    """What a search found with its seconds; an evaluation that ended after them does not count.

    Args:
        log: One or several objectives, of which the first is an error in percent.
        problem: What was searched.
        seconds: Of the search.
        test_metric: An accuracy in percent.

    Returns:
        Best error ``after`` some shares of the seconds, ``test error`` of the last best, and number of ``networks``.
    """
    errors = log.y if log.y.ndim == 1 else log.y[:, 0]
    spent = np.cumsum(log.cost_seconds)
    n_done = {share: max(1, int(np.searchsorted(spent, share * seconds, side="right"))) for share in _MARKS}
    found = {f"after {share:.0%}": float(errors[:n].min()) for share, n in n_done.items()}
    n = n_done[_MARKS[-1]]
    best = log.Z[int(np.argmin(errors[:n]))][None]
    test = problem.evaluate(best, metrics=[test_metric]).metrics[test_metric][0]
    return found | {"test error": 100.0 - float(test), "networks": float(n)}
