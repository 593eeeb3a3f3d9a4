"""Performance estimation: what cheaper estimates cost, and how well they rank candidates.

The survey discusses lower fidelities and extrapolated learning curves; here both are measured on recorded trainings.

Source: elsken2019.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import nas_problems
from ela.correlation import spearman
from experiments.page import Claim, Page, graded
from experiments.page.missing import left_out
from experiments.papers import new_page, reproductions
from experiments.papers.begun_curves import N_DRAWS, SHARES, write_begun_curves
from experiments.papers.dehb_trajectories import write_trajectories
from experiments.papers.predicted_search import write_predicted_search
from nas_problems.array import FloatArray
from nas_problems.datasets.upstream import DataUnavailableError

PROBLEMS = (
    "nb201-digits",
    "spikenas-cifar10",
    "nb201-cifar10",
    "nb201-cifar100",
    "nb201-imagenet16-120",
)
SHOWN = {"spikenas-cifar10": (1, 3, 10, 20, 33, 50, 80)}
"""Fidelities to show for problems that have many."""

_LEAST_KENDALL = 0.5  # least tau of a stable ranking: three pairs in four agree
_CHEAP = 0.2  # a share of the cost

PUBLISHED = {"nb201-cifar10": (0.772, 0.592), "nb201-cifar100": (0.825, 0.465)}
"""Spearman correlation of validation accuracy after 12 epochs with test accuracy after 200: all cells, best 1,000."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """How an estimate compares with the full evaluation, over all candidates that have both.

    Args:
        kendall: Kendall's tau-b of the two rankings.
        spearman: Spearman's rank correlation.
        bias: Mean of estimate minus full value, both minimised; > 0: performance is underestimated.
        recall: Share of the best tenth that is also in the best tenth by the estimate.
    """

    kendall: float
    spearman: float
    bias: float
    recall: float


def compare(estimate: FloatArray, full: FloatArray) -> Estimate:
    """Compare estimates with full values, both minimised and of shape (n,).

    >>> compare(np.arange(20.0) + 3, np.arange(20.0)).recall
    1.0
    """
    from scipy.stats import kendalltau

    n_best = max(1, len(full) // 10)
    best, chosen = (np.argsort(values, kind="stable")[:n_best] for values in (full, estimate))
    recall = len(np.intersect1d(best, chosen)) / n_best
    tau = float(kendalltau(estimate, full).statistic)
    return Estimate(tau, spearman(estimate, full), float((estimate - full).mean()), recall)


@reproductions.register(
    "estimation", summary="Elsken et al. 2019: what lower fidelities and learning curves are worth", family="elsken2019"
)
def reproduce_estimation(out: Path, *, quick: bool = False, seed: int = 1) -> Page:
    """Compare lower fidelities and extrapolated learning curves with full trainings.

    Args:
        out: Folder of the page.
        quick: Fewer draws of training curves, and fewer runs.
        seed: Of these draws and of the first run.
    """
    page = new_page(out, "What cheaper estimates are worth", "estimation", quick=quick, seed=seed)
    page.text(
        "Every candidate of a table at a lower fidelity is compared with itself at the full one (noise mode mean, "
        f"validation error). A ranking counts as stable if Kendall's tau is at least {_LEAST_KENDALL:g}, that is, "
        "three pairs in four agree: our own rule, as the survey gives no number."
    )
    frame = _fidelities(page)
    _claims(page, frame)
    _short_against_test(page)
    shares = SHARES[1:2] if quick else SHARES
    write_begun_curves(page, n_draws=1 if quick else N_DRAWS, seed=seed, shares=shares)
    write_predicted_search(page, n_runs=1 if quick else 10, budget=30 if quick else 100, seed=seed)
    write_trajectories(page, n_runs=1 if quick else 5, seed=seed)
    page.write()
    return page


def _fidelities(page: Page) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for name in PROBLEMS:
        try:
            rows.extend(_rows(name))
        except DataUnavailableError as error:
            page.text(f"- {name}: {left_out(error)}")
    frame = pd.DataFrame(rows)
    page.heading("Lower fidelities")
    page.table(
        frame,
        name="fidelities",
        caption="Cost: share of the full training; underestimated by: mean error at the fidelity minus that at the "
        "full one, in percentage points; tenth: share of the best tenth that is also in the best tenth by the estimate",
        digits=3,
    )
    return frame


def _rows(name: str) -> Iterator[dict[str, object]]:
    problem = nas_problems.make(name)
    full = problem.tabulate()
    values = [v for v in SHOWN.get(name, problem.fidelities.values) if v < problem.fidelities.full]
    for fidelity in values:
        estimate = compare(problem.variant(fidelity=fidelity).tabulate(), full)
        yield {
            "problem": name,
            "fidelity": f"{problem.fidelities.name} {fidelity:g} of {problem.fidelities.full:g}",
            "cost": fidelity / problem.fidelities.full,
            "Kendall": estimate.kendall,
            "Spearman": estimate.spearman,
            "underestimated by": estimate.bias,
            "tenth": estimate.recall,
        }


def _claims(page: Page, frame: pd.DataFrame) -> None:
    under = int((frame["underestimated by"] > 0).sum())
    page.claim(
        Claim(
            "lower fidelities underestimate performance",
            published="typically",
            ours=f"{under} of {len(frame)} mean errors are higher than after the full training",
            verdict=graded(under == len(frame), weaker=under > len(frame) / 2),
            why="" if under == len(frame) else "in most cases",
            rule="every mean error is higher than after the full training; weaker: most are",
        )
    )
    near, far = frame[frame["cost"] >= _CHEAP], frame[frame["cost"] < _CHEAP]
    stable = (bool((near["Kendall"] >= _LEAST_KENDALL).all()), bool((far["Kendall"] < _LEAST_KENDALL).any()))
    page.claim(
        Claim(
            "the ranking is stable near the full fidelity, and changes dramatically far from it",
            published="Zela et al. 2018, cited there",
            ours=f"Kendall {near['Kendall'].min():.2f} to {near['Kendall'].max():.2f} from a fifth of the cost on, "
            f"{far['Kendall'].min():.2f} to {far['Kendall'].max():.2f} below",
            verdict=graded(all(stable), weaker=stable[1]),
            why=""
            if all(stable)
            else "it changes dramatically far away, but is not always stable near"
            if stable[1]
            else "",
            rule=f"Kendall's tau is at least {_LEAST_KENDALL} wherever a training costs {_CHEAP:.0%} or more, and "
            "below that somewhere else; weaker: only the latter",
        )
    )


def _short_against_test(page: Page) -> None:
    page.heading("Validation accuracy after 12 epochs and test accuracy after 200")
    rows = []
    for name, (published, published_best) in PUBLISHED.items():
        problem = nas_problems.make(name)
        if problem.test_metric is None or len(problem.fidelities.values) < 2:
            page.text(f"Left out until `iohnas data fetch nb201` has downloaded the test accuracies: {name}.")
            continue
        short = problem.variant(fidelity=problem.fidelities.values[0]).tabulate()
        test = problem.variant(objective=problem.test_metric).tabulate()
        best = np.argsort(test, kind="stable")[:1000]
        rows.append(
            {
                "problem": name,
                "Spearman": spearman(short, test),
                "published": published,
                "among the best 1,000": spearman(short[best], test[best]),
                "published, best 1,000": published_best,
            }
        )
    if rows:
        page.table(pd.DataFrame(rows), name="short", caption="Spearman correlation over all 15,625 cells", digits=3)
