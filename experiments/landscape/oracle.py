"""What a choice of solver could gain at most: choices made in hindsight, from the very losses that judge them."""

from itertools import combinations

import numpy as np
import pandas as pd

from nas_problems.array import FloatArray
from optimizers.selector.fit import LARGEST, bounded, single_best
from optimizers.selector.portfolio import REFERENCE, Portfolio

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
    """How much smaller the smallest of mean losses is than the smallest true mean, as noise spreads them: <= 0, (P,).

    Args:
        part: Losses at one budget.

    Source: efron2011 (selection bias and empirical Bayes estimates).
    """
    return np.asarray(np.minimum(bounded(part).min(axis=0) - plausible(part).min(axis=1).mean(axis=0), 0.0))


def plausible(part: Portfolio, *, seed: int = 0) -> FloatArray:
    """Draws of what the true mean losses may be, (draws, S, P), which are spread less than means of few runs.

    What a sum of effects of solver and problem leaves is taken to be normal, with the variance that noise does not
    explain, the same for all problems; draws are from its posterior.

    Args:
        part: Losses at one budget.
        seed: Of the draws.

    Source: efron2011, section 2 (James and Stein's estimate).
    """
    loss, variance = bounded(part), deviation(part) ** 2
    additive = loss.mean(axis=1, keepdims=True) + loss.mean(axis=0) - loss.mean()
    rest = loss - additive
    degrees = max((loss.shape[0] - 1) * (loss.shape[1] - 1), 1)
    signal = max(float((rest**2).sum()) / degrees - float(variance.mean()), 0.0)
    kept = np.divide(signal, signal + variance, out=np.ones_like(variance), where=variance > 0)
    means = additive + kept * rest
    noise = np.random.default_rng(seed).normal(size=(_DRAWS, *loss.shape))
    return np.asarray(np.clip(means + np.sqrt(kept * variance) * noise, -LARGEST, LARGEST))


def deviation(part: Portfolio) -> FloatArray:
    """Standard deviations of the mean losses, (S, P): of a run on the problem, over the root of the number of runs.

    That of a run is the median over the solvers, as few runs say little about one solver's, without the share that all
    solvers with its seed have in common, the mean over the problems, which makes no difference between them. Random
    search has 0, as losses are relative to it.
    """
    runs = np.maximum(part.runs[0], 1)
    variance = np.where(part.error[0] > 0, part.error[0] ** 2 * runs, np.nan)
    known = ~np.isnan(variance).all(axis=0)
    of_run = np.zeros(runs.shape[1])
    of_run[known] = np.nanmedian(variance[:, known], axis=0)
    common = part.shared[0][~np.isnan(part.shared[0])]
    own = 1 - float(common.mean()) if len(common) else 1.0
    deviation = np.sqrt(own * of_run / runs)
    deviation[part.solvers.index(REFERENCE)] = 0.0
    return np.asarray(deviation)
