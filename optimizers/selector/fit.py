"""Fits the selector's model on recorded losses of schedules."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nas_problems.array import FloatArray
from optimizers.selector.features import NAMES
from optimizers.selector.model import Model
from optimizers.selector.portfolio import Portfolio

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
    settings = [(30.0, 1.0)] * len(portfolio.budgets)
    if search and len(set(portfolio.families)) > 1:
        settings = [_best_setting(portfolio, features, look, b) for b in range(len(portfolio.budgets))]
    return _fit(portfolio, features, look, settings)


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
    """Mean log2 loss over the designs of each problem, (P,), of what a model chooses at one of the budgets."""
    column = [NAMES.index(name) for name in model.features]
    rows = [portfolio.solvers.index(plan) for plan in model.plans]
    budget = int(portfolio.budgets[b])
    loss = np.clip(portfolio.loss[b], -LARGEST, LARGEST)
    found = np.empty(len(portfolio.problems))
    for p in range(len(portfolio.problems)):
        chosen = [model.plans.index(model.choose(x[column], budget).plan) for x in portfolio.features[p]]
        found[p] = np.mean([loss[rows[s], p] for s in chosen])
    return found


def _fit(portfolio: Portfolio, features: Sequence[str], look: bool, settings: Sequence[tuple[float, float]]) -> Model:
    column = [NAMES.index(name) for name in features]
    loss = np.clip(portfolio.loss, -LARGEST, LARGEST)
    n_design = portfolio.n_design if look else 0
    begun = np.array([not look or solver.startswith(f"random-search:{n_design}:") for solver in portfolio.solvers])
    able = np.flatnonzero(begun & ~np.isnan(loss).any(axis=2).any(axis=0))
    if not len(able):
        raise ValueError(f"portfolio: wanted a plan after {n_design} evaluations that all problems have, found none")
    X = portfolio.features[:, :, column]
    n_problems, n_designs, n_features = X.shape
    flat = X.reshape(-1, n_features)
    centre, scale = flat.mean(axis=0), flat.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    scaled = np.clip((flat - centre) / scale, -3, 3)
    gram = scaled.T @ scaled / n_designs
    n_budgets = len(portfolio.budgets)
    mean, error = np.empty((2, n_budgets, len(able)))
    slopes, residual = np.empty((n_budgets, len(able), n_features)), np.empty((n_budgets, len(able)))
    spread = np.empty((n_budgets, n_features, n_features))
    default, blind, blind_loss = np.empty(n_budgets, dtype=np.int64), [], np.empty((n_budgets, 2))
    for b, (ridge, _) in enumerate(settings):
        y = loss[b, able]  # (S, P)
        mean[b], error[b] = y.mean(axis=1), y.std(axis=1, ddof=1) / np.sqrt(n_problems)
        default[b] = int(mean[b].argmin())
        inverse = np.linalg.inv(gram + ridge * np.eye(n_features))
        centred = np.repeat(y - mean[b][:, None], n_designs, axis=1)  # (S, P R)
        slopes[b] = centred @ scaled @ inverse / n_designs
        ahead = y - y[default[b]]
        fitted = (mean[b][:, None] + slopes[b] @ scaled.T).reshape(len(able), n_problems, n_designs).mean(axis=2)
        residual[b] = (ahead - (fitted - fitted[default[b]])).std(axis=1)
        spread[b] = inverse @ gram @ inverse
        best = int(np.where(np.isnan(loss[b]).any(axis=1), np.inf, loss[b].mean(axis=1)).argmin())
        blind.append(portfolio.solvers[best])
        blind_loss[b] = loss[b, best].mean(), loss[b, best].std(ddof=1) / np.sqrt(n_problems)
    return Model(
        tuple(portfolio.solvers[s] for s in able),
        tuple(blind),
        n_design,
        portfolio.budgets,
        tuple(features),
        centre,
        scale,
        mean,
        error,
        slopes,
        spread,
        residual,
        default,
        np.array([caution for _, caution in settings]),
        blind_loss,
        n_problems,
    )
