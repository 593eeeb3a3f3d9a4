"""Fits the selector's model on recorded losses of schedules."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nas_problems.array import BoolArray, FloatArray
from optimizers.selector.features import NAMES
from optimizers.selector.model import Model
from optimizers.selector.portfolio import REFERENCE, Portfolio

LARGEST = 2.0
"""A log2 loss counts as at most so much, either way, so that no problem decides alone."""

RIDGES = (3.0, 10.0, 30.0, 100.0)
CAUTIONS = (0.0, 1.0, np.inf)
"""Penalties (in problems) and leads (in standard errors) among which the fit chooses; inf: features never decide."""


def fit(portfolio: Portfolio, *, features: Sequence[str] = NAMES, look: bool = True, search: bool = True) -> Model:
    """Fit a model, with penalty and caution chosen by leaving out family after family.

    Args:
        portfolio: Losses and features; what lacks a problem at a budget cannot be chosen there.
        features: Those that it may use.
        look: Whether a run begins with a design, which is needed for features that are not ``FREE``; only plans that
            begin with the same design can be chosen then.
        search: Whether penalty and caution are chosen; else 30 and 1.

    Raises:
        ValueError: Fewer than three problems, or nothing to choose that all problems have.
    """
    if len(portfolio.problems) < 3:
        raise ValueError(f"portfolio: wanted at least three problems, found {portfolio.problems}")
    portfolio = _with_choice(portfolio, look)
    settings = [(30.0, 1.0)] * len(portfolio.budgets)
    if search and len(set(portfolio.families)) > 1:
        settings = [_best_setting(portfolio, features, look, b) for b in range(len(portfolio.budgets))]
    return _fit(portfolio, features, look, settings)


def _able(portfolio: Portfolio, look: bool) -> BoolArray:
    """What all problems have of what can be chosen, (B, S)."""
    start = f"{REFERENCE}:{portfolio.n_design}:" if look else ""
    begun = np.array([solver.startswith(start) for solver in portfolio.solvers])
    return np.asarray(begun & ~np.isnan(portfolio.loss).any(axis=2))


def _with_choice(portfolio: Portfolio, look: bool) -> Portfolio:
    """The budgets alone at which there is something to choose.

    Raises:
        ValueError: None.
    """
    kept = _able(portfolio, look).any(axis=1)
    if not kept.any():
        kind = f"a plan after {portfolio.n_design} evaluations" if look else "a solver"
        raise ValueError(f"portfolio: wanted {kind} that all problems have, found none")
    return replace(
        portfolio,
        budgets=portfolio.budgets[kept],
        loss=portfolio.loss[kept],
        error=portfolio.error[kept],
        runs=portfolio.runs[kept],
    )


def refit(model: Model, portfolio: Portfolio) -> Model:
    """The same model fitted on other problems, with its penalties and cautions and what is known of its choices."""
    settings = list(zip(model.ridge.tolist(), model.caution.tolist(), strict=True))
    chosen = _with_choice(portfolio, bool(model.n_design))
    return replace(_fit(chosen, model.features, bool(model.n_design), settings), validation=model.validation)


def _best_setting(portfolio: Portfolio, features: Sequence[str], look: bool, b: int) -> tuple[float, float]:
    """Penalty and caution with the smallest mean loss on families left out; none unless it is clearly smaller."""
    families = np.array(portfolio.families)
    scores: dict[tuple[float, float], list[FloatArray]] = {(r, c): [] for r in RIDGES for c in CAUTIONS}
    for family in sorted(set(portfolio.families)):
        held, rest = np.flatnonzero(families == family), np.flatnonzero(families != family)
        if len(rest) < 3:
            continue
        part = portfolio.rows(rest.tolist())
        for ridge in RIDGES:
            model = _fit(part, features, look, [(ridge, 1.0)] * len(portfolio.budgets))
            for caution in CAUTIONS:
                cautious = replace(model, caution=np.full(len(model.budgets), caution))
                scores[ridge, caution].append(losses_of(cautious, portfolio.rows(held.tolist()), b))
    means = {key: np.concatenate(values) for key, values in scores.items() if values}
    base = means[RIDGES[-1], np.inf]
    best = min(means, key=lambda key: float(means[key].mean()))
    gain = base - means[best]
    surely = gain.mean() > gain.std(ddof=1) / np.sqrt(len(gain)) if len(gain) > 1 else False
    return best if surely else (RIDGES[-1], float(np.inf))


def losses_of(model: Model, portfolio: Portfolio, b: int) -> FloatArray:
    """Mean log2 loss over the designs of each problem, (P,), of what a selector with a model does at a budget.

    Args:
        model: The model.
        portfolio: Losses of what it can choose, and features.
        b: Row of the budget.
    """
    budget = int(portfolio.budgets[b])
    loss = np.clip(portfolio.loss[b], -LARGEST, LARGEST)
    if not model.looks(budget):
        return np.asarray(loss[portfolio.solvers.index(model.without_look(budget).plan)])
    X = portfolio.features[:, :, [NAMES.index(name) for name in model.features]]
    rows = np.array([portfolio.solvers.index(plan) for plan in model.plans])
    chosen = rows[model.rows(X.reshape(-1, X.shape[2]), budget)].reshape(X.shape[:2])
    return np.asarray(np.take_along_axis(loss.T, chosen, axis=1).mean(axis=1))


def _fit(portfolio: Portfolio, features: Sequence[str], look: bool, settings: Sequence[tuple[float, float]]) -> Model:
    column = [NAMES.index(name) for name in features]
    loss = np.clip(portfolio.loss, -LARGEST, LARGEST)
    n_design = portfolio.n_design if look else 0
    able_at = _able(portfolio, look)
    able = np.flatnonzero(able_at.any(axis=0))
    X = portfolio.features[:, :, column]
    n_problems, n_designs, n_features = X.shape
    flat = X.reshape(-1, n_features)
    centre, scale = flat.mean(axis=0), flat.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    scaled = np.clip((flat - centre) / scale, -3, 3)
    gram = scaled.T @ scaled / n_designs
    n_budgets = len(portfolio.budgets)
    mean = np.full((n_budgets, len(able)), np.inf)
    slopes, residual = np.zeros((n_budgets, len(able), n_features)), np.zeros((n_budgets, len(able)))
    spread = np.empty((n_budgets, n_features, n_features))
    default, blind, blind_loss = np.empty(n_budgets, dtype=np.int64), [], np.empty(n_budgets)
    for b, (ridge, _) in enumerate(settings):
        here = np.flatnonzero(able_at[b, able])
        y = loss[b, able[here]]  # (S, P)
        means = y.mean(axis=1)
        best = int(means.argmin())
        inverse = np.linalg.inv(gram + ridge * np.eye(n_features))
        centred = np.repeat(y - means[:, None], n_designs, axis=1)  # (S, P R)
        fitted_slopes = centred @ scaled @ inverse / n_designs
        fitted = (means[:, None] + fitted_slopes @ scaled.T).reshape(len(here), n_problems, n_designs).mean(axis=2)
        residual[b, here] = (y - y[best] - (fitted - fitted[best])).std(axis=1)
        mean[b, here], slopes[b, here], default[b] = means, fitted_slopes, here[best]
        spread[b] = inverse @ gram @ inverse
        everyone = np.where(np.isnan(loss[b]).any(axis=1), np.inf, loss[b].mean(axis=1))
        blind.append(portfolio.solvers[int(everyone.argmin())])
        blind_loss[b] = everyone.min()
    return Model(
        tuple(portfolio.solvers[s] for s in able),
        tuple(blind),
        n_design,
        portfolio.budgets,
        tuple(features),
        centre,
        scale,
        mean,
        slopes,
        spread,
        residual,
        default,
        np.array([caution for _, caution in settings]),
        blind_loss,
        np.array([ridge for ridge, _ in settings]),
        np.full((n_budgets, 5), np.nan),
        n_problems,
    )
