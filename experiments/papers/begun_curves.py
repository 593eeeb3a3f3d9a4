"""Partial learning curves: how well their end is predicted, on all available curves.

Source: elsken2019, section 4; domhan2015; baker2018; klein2017.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

import nas_problems
from ela.curve import HeldOut, held_out
from experiments.page import Page
from experiments.page.missing import left_out
from experiments.papers.frustratingly_hard import published
from nas_problems import curve
from nas_problems.array import FloatArray
from nas_problems.datasets.learning_curves import CURVES
from nas_problems.datasets.upstream import DataUnavailableError

N_LEARNED, N_DRAWS = 100, 3
SHARES = (0.1, 0.2, 0.4)
"""Shares of the epochs that a predictor sees."""

_MOST_CURVES, _MOST_STEPS = 300, 100
PROBLEMS = ("spikenas-cifar10", "yahpo-lcbench-189906")


def _of_problem(name: str) -> FloatArray:
    problem = nas_problems.make(name)
    Z = problem.space.sample(_MOST_CURVES, np.random.default_rng(0))
    return np.asarray(problem.objectives[0].minimised(problem.learning_curve(Z)))


def _darts() -> FloatArray:
    return np.asarray(100 - published.curves()["n_214_random_architectures"])


SETS: dict[str, Callable[[], FloatArray]] = {
    **{name: lambda name=name: _of_problem(name) for name in PROBLEMS},  # type: ignore[misc]  # a default argument
    "darts_214": _darts,
    **CURVES,
}
"""Loaders of minimised curves, by name."""


def thinned(curves: FloatArray, seed: int) -> FloatArray:
    """Up to 300 curves without gaps, at up to 100 epochs, always including the last one."""
    whole = curves[np.isfinite(curves).all(axis=1)]
    rows = np.random.default_rng(seed).permutation(len(whole))[:_MOST_CURVES]
    n = curves.shape[1]
    steps = np.unique(np.linspace(0, n, min(n, _MOST_STEPS) + 1)[1:].astype(int) - 1)
    return whole[np.sort(rows)][:, steps]


def write_begun_curves(page: Page, *, n_draws: int, seed: int, shares: Sequence[float] = SHARES) -> None:
    """Write rank correlations, errors and the effect of a stopping rule, for every predictor on every set of curves.

    Args:
        page: Written to.
        n_draws: Draws of the curves that are learned from.
        seed: Of these draws.
        shares: Of the epochs that are seen.
    """
    page.heading("Partial learning curves")
    rows: list[dict[str, object]] = []
    for name, load in SETS.items():
        try:
            rows.extend(_rows(name, thinned(load(), seed), n_draws, seed, shares))
        except DataUnavailableError as error:
            page.text(f"- {name}: {left_out(error)}")
    if not rows:
        return
    frame = pd.DataFrame(rows)
    for column, caption, digits in (
        ("Spearman", "rank correlation of predicted and actual end", 2),
        ("error", "mean absolute error, in percentage points (lstm_ptb: perplexity)", 2),
        (
            "stopped",
            f"share of curves whose probability of ending in the best tenth is below {0.05:g}, and that would be "
            "stopped",
            2,
        ),
        ("wrongly", "share of the best tenth that would be stopped by mistake", 2),
    ):
        table = frame.pivot_table(index=["curves", "epochs", "seen"], columns="predictor", values=column, sort=False)
        page.table(
            table.reset_index(),
            name=f"curves-{column.lower()}",
            caption=f"{caption[0].upper()}{caption[1:]}; on held-out curves, mean over {n_draws} draws of {N_LEARNED} "
            "training curves",
            digits=digits,
        )


def _rows(
    name: str, curves: FloatArray, n_draws: int, seed: int, shares: Sequence[float]
) -> Iterator[dict[str, object]]:
    n_steps = curves.shape[1]
    for n_seen in dict.fromkeys(max(3, round(share * n_steps)) for share in shares):
        for predictor in curve.curve_predictors.names():
            draws = [
                held_out(
                    curve.make(predictor),
                    curves,
                    n_seen,
                    n_train=min(N_LEARNED, len(curves) // 2),
                    rng=np.random.default_rng([seed, draw]),
                )
                for draw in range(n_draws)
            ]
            mean = HeldOut(*np.mean(draws, axis=0))
            yield {
                "curves": name,
                "epochs": n_steps,
                "seen": n_seen,
                "predictor": predictor,
                "Spearman": mean.spearman,
                "error": mean.error,
                "stopped": mean.stopped,
                "wrongly": mean.wrongly,
            }
