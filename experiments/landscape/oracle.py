"""What a choice of solver could gain at most: choices made in hindsight, from the very losses that judge them."""

from itertools import combinations

import numpy as np
import pandas as pd

from nas_problems.array import FloatArray
from optimizers.selector.fit import LARGEST, bounded, single_best
from optimizers.selector.portfolio import Portfolio

_DRAWS = 500


def hindsight_frame(part: Portfolio) -> pd.DataFrame:
    """Mean log2 losses of choices in hindsight, and how much of the gap between the first and the last they close.

    Args:
        part: Losses at one budget, see ``Portfolio.at``.
    """
    loss = bounded(part)
    means = loss.mean(axis=1)
    single, schedule = single_best(part), int(means.argmin())
    pair = min(
        combinations(range(len(loss)), 2), key=lambda pair: float(np.minimum(loss[pair[0]], loss[pair[1]]).mean())
    )
    families = np.array(part.families)
    by_family, chosen = np.zeros(len(families)), []
    for family in dict.fromkeys(part.families):
        here = families == family
        s = int(loss[:, here].mean(axis=1).argmin())
        by_family[here] = loss[s, here]
        chosen.append(f"{family}: {part.solvers[s]}")
    best = loss.min(axis=0)
    rows = [
        ("best single solver", part.solvers[single], means[single]),
        ("best schedule", part.solvers[schedule], means[schedule]),
        ("better of the best two", " or ".join(part.solvers[s] for s in pair), np.minimum(*loss[list(pair)]).mean()),
        ("best of each family", "; ".join(chosen), by_family.mean()),
        ("virtual best, less its luck", "", (best - luck(part)).mean()),
        ("virtual best", "", best.mean()),
    ]
    gap = float(rows[0][2] - rows[-1][2])
    return pd.DataFrame(
        {
            "budget": int(part.budgets[0]),
            "in hindsight": [name for name, _, _ in rows],
            "solvers": [solvers for _, solvers, _ in rows],
            "log2 loss": [float(value) for _, _, value in rows],
            "gap closed": [float(rows[0][2] - value) / gap if gap > 1e-9 else float("nan") for _, _, value in rows],
        }
    )


def luck(part: Portfolio) -> FloatArray:
    """By how much the smallest of mean losses is too small, because it is chosen for its noise, too: <= 0, (P,).

    A parametric bootstrap: means as they are get normal errors with the variance of a run on the problem, divided by
    their runs; how much that lowers the minimum is the estimate. It is too small where noise has spread the means.

    Args:
        part: Losses at one budget.

    Source: efron1993, chapter 10.
    """
    loss = bounded(part)
    runs = np.maximum(part.runs[0], 1)
    variance = np.where(part.error[0] > 0, part.error[0] ** 2 * runs, np.nan)
    known = ~np.isnan(variance).all(axis=0)
    of_run = np.zeros(loss.shape[1])
    of_run[known] = np.nanmedian(variance[:, known], axis=0)
    deviation = np.sqrt(of_run / runs)
    deviation[part.solvers.index("random-search")] = 0.0
    noise = np.random.default_rng(0).normal(size=(_DRAWS, *loss.shape))
    drawn = np.clip(loss + deviation * noise, -LARGEST, LARGEST).min(axis=1).mean(axis=0)
    return np.asarray(np.minimum(drawn - loss.min(axis=0), 0.0))
