"""What the gap between the single best solver and the virtual best consists of: what could be learned, and what not.

Choices in hindsight that know more and more: one plan for all problems, one per family, one per problem. Each would
know the true mean losses, of which few noisy runs say what they may be; what the gap between the means of these runs
has beyond that is luck.

Source: kerschke2019 (single best and virtual best solver); efron2011 (selection bias).
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.figures import PALETTE, tidy
from experiments.landscape.oracle import plausible
from nas_problems.array import FloatArray, IntArray
from optimizers.selector.fit import bounded, single_best, single_solvers
from optimizers.selector.portfolio import Portfolio

PARTS = (
    "a schedule for all, in place of a solver",
    "another plan per family",
    "another plan per problem of a family",
    "luck of the seeds",
)
"""Parts of the gap, which they add up to."""

_DRAWS = 10_000


def gap_frame(part: Portfolio, *, seed: int = 0) -> pd.DataFrame:
    """The parts of the gap at one budget, in log2 loss, with 95 % intervals over families.

    Args:
        part: Losses at one budget, see ``Portfolio.at``.
        seed: Of the draws of true means and of families.

    Returns:
        A row per entry of ``PARTS``: its mean over the problems, interval, and share of the gap.
    """
    families, of_problem = np.unique(np.array(part.families), return_inverse=True)
    contributions = _contributions(part, of_problem, seed)  # (parts, families), sums over their problems
    n_problems = np.bincount(of_problem)
    drawn = np.random.default_rng(seed).integers(0, len(families), size=(_DRAWS, len(families)))
    means = contributions[:, drawn].sum(axis=2) / n_problems[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975], axis=1)
    mean = contributions.sum(axis=1) / len(part.problems)
    return pd.DataFrame(
        {
            "budget": int(part.budgets[0]),
            "part of the gap": PARTS,
            "log2 loss": mean,
            "2.5 %": low,
            "97.5 %": high,
            "share": mean / mean.sum() if mean.sum() > 1e-9 else np.nan,
        }
    )


def _contributions(part: Portfolio, of_problem: IntArray, seed: int) -> FloatArray:
    """What each family contributes to each part: sums over its problems, (parts, families)."""
    true = plausible(part, seed=seed)
    together, alone = np.zeros(len(of_problem), dtype=np.int64), single_solvers(part)
    steps = [
        _of_best(true[:, alone], together),
        _of_best(true, together),
        _of_best(true, of_problem),
        true.min(axis=1).mean(axis=0),
    ]
    loss = bounded(part)
    gap = loss[single_best(part)] - loss.min(axis=0)
    gains = [before - after for before, after in pairwise(steps)]
    return np.array([np.bincount(of_problem, weights=each) for each in (*gains, gap - sum(gains))])


def _of_best(loss: FloatArray, groups: IntArray) -> FloatArray:
    """Losses on each problem of the solver that is best on its group, mean over draws, (P,), from (draws, S, P)."""
    n_groups = int(groups.max()) + 1
    sums = loss @ (groups[:, None] == np.arange(n_groups)).astype(np.float64)  # (draws, S, groups)
    best = sums.argmin(axis=1)[:, groups]  # (draws, P)
    return np.asarray(np.take_along_axis(loss, best[:, None, :], axis=1)[:, 0].mean(axis=0))


def draw_gap(frames: Sequence[pd.DataFrame]) -> Figure:
    """A bar per budget, from the single best solver's loss to the virtual best's, in the parts of ``gap_frame``."""
    figure = Figure(figsize=(8.4, 1.5 + 0.62 * len(frames)), layout="constrained")
    axes = figure.subplots()
    for row, frame in enumerate(frames):
        left = 0.0
        for part, color in zip(PARTS, PALETTE, strict=False):
            width = float(frame.set_index("part of the gap").loc[part, "log2 loss"])
            label = part if row == 0 else None
            axes.barh(row, width, left=left, height=0.6, color=color, label=label)
            if width > 0.03:
                axes.text(left + width / 2, row, f"{width:.2f}", ha="center", va="center", color="white", fontsize=9)
            left += width
    axes.axvline(0, color="#777777", linewidth=0.8)
    axes.set_yticks(range(len(frames)), [f"{int(frame['budget'].iloc[0])} evaluations" for frame in frames])
    axes.invert_yaxis()
    axes.set_xlabel("log2 loss gained on the single best solver")
    tidy(axes)
    figure.legend(loc="outside lower center", ncols=2, fontsize=8, frameon=False)
    return figure
