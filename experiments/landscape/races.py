"""How schedules that react to the run itself did, next to the single best solver on the same problems."""

import numpy as np
import pandas as pd

from experiments.landscape.judgement import mean_interval
from nas_problems.array import FloatArray
from optimizers.handover import read_plan
from optimizers.selector.fit import LARGEST, best_unseen, bounded, single_best
from optimizers.selector.portfolio import Portfolio


def races(portfolio: Portfolio) -> list[str]:
    """Schedules in which solvers race."""
    return [plan for plan in portfolio.solvers if any(len(part.entrants) > 1 for part in read_plan(plan))]


def races_frame(portfolio: Portfolio, budget: int, *, seed: int = 0) -> pd.DataFrame:
    """Log2 losses of races and of their entrants, next to the single best solver on the problems that a race ran on.

    Args:
        portfolio: Losses.
        budget: Total evaluations, one of the portfolio's.
        seed: Of the draws of problems.

    Returns:
        A row per race and per solver in it: number of problems and of runs, mean log2 loss, mean difference with its
        95 % interval by a bootstrap over problems, and the number of problems with a smaller loss.
    """
    b = portfolio.nearest_budget(budget)
    whole = portfolio.at(budget)
    best = portfolio.solvers.index(whole.solvers[single_best(whole)])
    loss = np.clip(portfolio.loss[b], -LARGEST, LARGEST)
    rows = []
    for plan in races(portfolio):
        here = np.flatnonzero(~np.isnan(loss[portfolio.solvers.index(plan)] + loss[best]))
        if not len(here):
            continue
        entrants = [solver for part in read_plan(plan) for solver in part.entrants if solver in portfolio.solvers]
        for solver in dict.fromkeys([plan, *entrants]):
            s = portfolio.solvers.index(solver)
            kept = here[~np.isnan(loss[s, here])]
            difference = loss[s, kept] - loss[best, kept]
            mean, low, high = mean_interval(difference, seed=seed)
            rows.append(
                {
                    "budget": int(portfolio.budgets[b]),
                    "race": plan,
                    "solver": "the race" if solver == plan else solver,
                    "problems": len(kept),
                    "runs": int(portfolio.runs[b, s, kept].sum()),
                    "log2 loss": float(loss[s, kept].mean()),
                    f"less {portfolio.solvers[best]}": mean,
                    "2.5 %": low,
                    "97.5 %": high,
                    "better on": int((difference < 0).sum()),
                }
            )
    return pd.DataFrame(rows)


def chosen_unseen(part: Portfolio) -> tuple[FloatArray, int]:
    """What the best schedule of the other families loses on each problem, less what their single best solver does.

    Args:
        part: Losses at one budget.

    Returns:
        Differences of log2 losses, (P,), and the number of problems for which a race was chosen.
    """
    loss, families = bounded(part), np.array(part.families)
    difference, n_races = np.zeros(len(families)), 0
    for family in dict.fromkeys(part.families):
        held = families == family
        training = part.rows(np.flatnonzero(~held).tolist())
        chosen = best_unseen(training)
        difference[held] = loss[chosen, held] - loss[single_best(training), held]
        n_races += int(held.sum()) if part.solvers[chosen] in races(part) else 0
    return difference, n_races
