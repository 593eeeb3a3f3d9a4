"""Which solver for a problem: what the selector would do, and the evidence behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ela.performance import Recommendation, shares_of_best
from experiments.text.problem import parse_problem
from nas_problems.array import FloatArray
from nas_problems.problem import Problem
from optimizers.handover import members, read_plan
from optimizers.selector import FREE, NAMES, Choice, Model, describe, shipped_model
from optimizers.selector.fit import LARGEST, fit, refit
from optimizers.selector.portfolio import Portfolio, shipped_portfolio, source_of

FEWEST_POINTS = 10
"""With fewer, features of a design say nothing."""

_DRAWS = 1000


@dataclass(frozen=True, eq=False)
class Advice:
    """What to take for a problem, and why.

    Args:
        problem: The problem.
        n_points: Evaluations that were made to look at it; 0: only its space was looked at.
        budget: The recorded budget that the losses are of.
        portfolio: How solvers did on all recorded NAS and HPO problems but this one, at this budget.
        model: What chose.
        choice: What it chose, as ``landscape-selector`` would.
        ranking: Plans by expected loss, best first; intervals are over the problems.
        nearest: Recorded problems, the most similar first, with what was best there.
        known: Solvers by their loss on this very problem, if its searches are recorded.
    """

    problem: Problem
    n_points: int
    budget: int
    portfolio: Portfolio
    model: Model
    choice: Choice
    ranking: tuple[Recommendation, ...]
    nearest: pd.DataFrame
    known: dict[str, float]

    @property
    def looks(self) -> bool:
        """Whether the selector looks at the landscape at this budget."""
        return self.model.looks(self.budget)


def advise(
    problem: Problem,
    *,
    budget: int,
    points: int | None = None,
    seed: int = 1,
    portfolio: Portfolio | None = None,
) -> Advice:
    """Say what the selector would do on a problem.

    Args:
        problem: A problem with one objective. Where its own searches are recorded they are left out, those of its
            variants (another objective, fidelity or noise mode) among them.
        budget: Evaluations that the run will have, those of a design among them.
        points: Candidates to evaluate now, for the features; None: as many as the selector would; 0: none.
        seed: Of these candidates and their noise.
        portfolio: How solvers did on recorded problems; None: the package's.

    Raises:
        ValueError: Several objectives, a budget below 1, or too few points.
    """
    problem.check_one_objective()
    if budget < 1:
        raise ValueError(f"budget: wanted at least 1, found {budget}")
    if points is not None and not (points == 0 or points >= FEWEST_POINTS):
        raise ValueError(f"points: wanted 0 or at least {FEWEST_POINTS}, found {points}")
    whole = recorded_alone(shipped_portfolio()) if portfolio is None else portfolio
    others = whole.only(lambda name: not _is_variant(name, problem))
    model = _model(others, is_own=portfolio is not None, is_whole=others.problems == whole.problems)
    n = points if points is not None else model.n_design if model.looks(budget) else 0
    rng = np.random.default_rng(seed)
    Z = problem.space.sample(n, rng) if n else None
    seen = describe(problem.space, Z, None if Z is None else problem(Z, rng=rng))
    wanted = seen[[NAMES.index(name) for name in model.features]]
    looks = model.looks(budget) and not np.isnan(wanted).any()
    choice = model.choose(wanted, budget) if looks else model.without_look(budget)
    here = others.at(budget)
    shift = np.zeros(len(here.solvers))
    if looks:
        predicted = model.predict(wanted[None, :], budget)[0][0] - model.mean[model.nearest_budget(budget)]
        for plan, change in zip(model.plans, predicted.tolist(), strict=True):
            if plan in here.solvers:
                shift[here.solvers.index(plan)] = change
    own = whole.only(lambda name: _is_variant(name, problem) and _is_same(name, problem))
    known = (
        dict(zip(own.at(budget).solvers, own.at(budget).loss[0, :, 0].tolist(), strict=True)) if own.problems else {}
    )
    return Advice(
        problem,
        n,
        int(here.budgets[0]),
        here,
        model,
        choice,
        _ranking(here, shift, _listed(here, model.plans if looks else here.solvers, choice.plan), choice.plan),
        _nearest(here, seen, choice.plan),
        {solver: 2**loss for solver, loss in sorted(known.items(), key=lambda item: item[1])},
    )


def _is_variant(name: str, problem: Problem) -> bool:
    """Whether a recorded problem has the candidates and trainings of a problem, whatever is minimised of them."""
    return (name if "[" not in name else parse_problem(name).name) == problem.name


def _is_same(name: str, problem: Problem) -> bool:
    """Whether a recorded variant minimises the same at the same fidelity; noise and instance may differ."""
    made = parse_problem(name)
    return made.objectives == problem.objectives and made.fidelity == problem.fidelity


def never_alone(plans: Sequence[str], solvers: Sequence[str]) -> tuple[str, ...]:
    """Solvers that plans are made of and that are not among those that were run, in alphabetical order."""
    return tuple(sorted({solver for plan in set(plans) - {""} for solver in members(plan)} - set(solvers)))


def recorded_alone(portfolio: Portfolio) -> Portfolio:
    """A portfolio without analytic problems."""
    return portfolio.only(lambda name: source_of(name) in ("NAS", "HPO"))


def _model(portfolio: Portfolio, *, is_own: bool, is_whole: bool) -> Model:
    if is_own:
        return fit(portfolio, features=FREE, look=False)
    return shipped_model() if is_whole else refit(shipped_model(), portfolio)


def _listed(here: Portfolio, plans: Sequence[str], chosen: str) -> list[str]:
    """Those of the plans that were run and differ within the budget from a solver that is listed by itself."""
    budget = int(here.budgets[0])
    listed = []
    for plan in here.solvers:
        first, *rest = read_plan(plan)
        is_same = rest and first.end(budget) >= budget and first.solver in here.solvers
        if plan == chosen or (plan in plans and not is_same):
            listed.append(plan)
    return listed


def _ranking(here: Portfolio, shift: FloatArray, plans: Sequence[str], chosen: str) -> tuple[Recommendation, ...]:
    """Plans by expected loss, the chosen one first; intervals and shares are over draws of the problems."""
    rows = [here.solvers.index(plan) for plan in plans]
    loss = np.clip(here.loss[0, rows], -LARGEST, LARGEST)
    n = len(here.problems)
    draws = np.random.default_rng(0).integers(0, n, size=(_DRAWS, n))
    means = loss[:, draws].mean(axis=2) + shift[rows][:, None]  # (plans, draws)
    low, high = np.quantile(means, [0.025, 0.975], axis=1)
    expected = loss.mean(axis=1) + shift[rows]
    best = shares_of_best(means.T)
    order = sorted(range(len(rows)), key=lambda i: (plans[i] != chosen, expected[i]))
    return tuple(
        Recommendation(plans[i], 2 ** float(expected[i]), 2 ** float(low[i]), 2 ** float(high[i]), float(best[i]))
        for i in order
    )


def _nearest(here: Portfolio, seen: FloatArray, chosen: str) -> pd.DataFrame:
    """Recorded problems by the distance of their features, or of those of their spaces where no point was seen."""
    usable = np.isfinite(seen)
    # A portfolio's file has single precision: without rounding, equal spaces would be a little apart.
    features = here.features.mean(axis=1)[:, usable].astype(np.float32).astype(np.float64)
    seen = seen.astype(np.float32).astype(np.float64)
    scale = features.std(axis=0)
    scale = np.where(scale > 1e-6 * np.abs(features).max(axis=0), scale, 1.0)
    distance = np.sqrt((((features - seen[usable]) / scale) ** 2).mean(axis=1))
    loss = here.loss[0]
    best = loss.argmin(axis=0)
    s = here.solvers.index(chosen)
    frame = pd.DataFrame(
        {
            "recorded problem": here.problems,
            "distance": distance,
            "best there": [here.solvers[i] for i in best],
            "its loss": 2 ** loss.min(axis=0),
            f"loss of {chosen}": 2 ** loss[s],
        }
    )
    return frame.sort_values("distance", kind="stable", ignore_index=True)
