"""Fits the selector's model on recorded losses of solvers and schedules, budget by budget."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nas_problems.array import BoolArray, FloatArray, IntArray
from optimizers.handover import members
from optimizers.selector.features import NAMES
from optimizers.selector.model import Model
from optimizers.selector.portfolio import REFERENCE, Portfolio

LARGEST = 2.0
"""A log2 loss counts as at most so much, either way, so that no problem decides alone."""

RIDGES = (3.0, 10.0, 30.0, 100.0)
CAUTIONS = (0.0, 1.0, np.inf)
"""Penalties (in problems) and leads (in standard errors) among which the fit chooses; inf: features never decide."""

LEAD = 2.0
"""Standard errors by which a schedule must be ahead of the best single solver to be taken without a look."""

_FEWEST = 3  # problems to learn from


def fit(portfolio: Portfolio, *, features: Sequence[str] = NAMES, look: bool = True) -> Model:
    """Fit a model, with penalty and caution chosen by leaving out family after family.

    Args:
        portfolio: Losses and features; what a problem lacks at a budget cannot be chosen there.
        features: Those that it may use.
        look: Whether a run begins with a design, which is needed for features that are not ``FREE``; only plans that
            begin with the same design can be chosen then.

    Raises:
        ValueError: At every budget fewer than three problems, or nothing to choose that all of them have.
    """
    parts = _parts(portfolio, look)
    settings = [_best_setting(part, features, look) for part in parts]
    return _assemble(parts, features, look, settings)


def refit(model: Model, portfolio: Portfolio) -> Model:
    """The same model fitted on other problems, with its penalties and cautions and what is known of its choices."""
    look = bool(model.n_design)
    parts = [part for part in _parts(portfolio, look) if int(part.budgets[0]) in model.budgets]
    rows = [int(np.flatnonzero(model.budgets == part.budgets[0])[0]) for part in parts]
    settings = [(float(model.ridge[b]), float(model.caution[b])) for b in rows]
    return replace(_assemble(parts, model.features, look, settings), validation=model.validation[rows])


def losses_of(model: Model, part: Portfolio) -> FloatArray:
    """Mean log2 loss over the designs of each problem, (P,), of what a selector with a model does.

    Args:
        model: The model.
        part: Losses of what it can choose at one budget, and features.
    """
    budget = int(part.budgets[0])
    loss = bounded(part)
    if not model.looks(budget):
        return np.asarray(loss[part.solvers.index(model.without_look(budget).plan)])
    X = part.features[:, :, [NAMES.index(name) for name in model.features]]
    rows = np.array([part.solvers.index(plan) if plan in part.solvers else -1 for plan in model.plans])
    chosen = rows[model.rows(X.reshape(-1, X.shape[2]), budget)].reshape(X.shape[:2])
    return np.asarray(np.take_along_axis(loss.T, chosen, axis=1).mean(axis=1))


def single_best(part: Portfolio) -> int:
    """Row of the solver with the smallest mean loss; schedules are not solvers here."""
    alone = single_solvers(part)
    return int(np.where(alone, bounded(part).mean(axis=1), np.inf).argmin())


def single_solvers(part: Portfolio) -> BoolArray:
    """Which rows are solvers that are not made of others, (S,)."""
    return np.array([len(members(solver)) == 1 for solver in part.solvers], dtype=np.bool_)


def best_unseen(part: Portfolio) -> int:
    """Row of what is taken without a look: the schedule with the smallest mean loss where it is surely ahead.

    Surely: by ``LEAD`` standard errors of the difference, with families as clusters, as their problems are alike;
    elsewhere the single best solver.

    Source: liang1986 (standard errors with clusters).
    """
    loss = bounded(part)
    single, best = single_best(part), int(loss.mean(axis=1).argmin())
    lead = loss[single] - loss[best]
    families, cluster = np.unique(part.families, return_inverse=True)
    sums = np.bincount(cluster, weights=lead - lead.mean())
    if len(families) < 2:
        return single
    error = np.sqrt(float(sums @ sums) * len(families) / (len(families) - 1)) / len(lead)
    return best if lead.mean() > LEAD * error else single


def bounded(part: Portfolio) -> FloatArray:
    """Losses at one budget, (S, P), none of which counts for more than ``LARGEST``."""
    return np.asarray(np.clip(part.loss[0], -LARGEST, LARGEST))


def _parts(portfolio: Portfolio, look: bool) -> list[Portfolio]:
    """The portfolio budget by budget, where there is something to choose.

    Raises:
        ValueError: Nowhere.
    """
    parts = [portfolio.at(budget) for budget in portfolio.budgets.tolist()]
    able = [part for part in parts if len(part.problems) >= _FEWEST and len(_able(part, look))]
    if not able:
        kind = f"a plan after {portfolio.n_design} evaluations" if look else "a solver"
        raise ValueError(f"portfolio: wanted {kind} that at least {_FEWEST} problems have, found none")
    return able


def _able(part: Portfolio, look: bool) -> IntArray:
    """Rows of what can be chosen."""
    start = f"{REFERENCE}:{part.n_design}:" if look else ""
    return np.array([s for s, solver in enumerate(part.solvers) if solver.startswith(start)], dtype=np.int64)


def _best_setting(part: Portfolio, features: Sequence[str], look: bool) -> tuple[float, float]:
    """Penalty and caution with the smallest mean loss on families left out; no features unless it is clearly smaller.

    Clearly: by more than two standard errors over the problems, as the best of several settings is looked at.
    """
    none = (RIDGES[-1], float(np.inf))
    families = np.array(part.families)
    scores: dict[tuple[float, float], list[FloatArray]] = {(r, c): [] for r in RIDGES for c in CAUTIONS}
    for family in sorted(set(part.families)):
        held, rest = np.flatnonzero(families == family).tolist(), np.flatnonzero(families != family).tolist()
        if len(rest) < _FEWEST:
            continue
        training, test = part.rows(rest), part.rows(held)
        for ridge in RIDGES:
            model = _assemble([training], features, look, [(ridge, 1.0)])
            for caution in CAUTIONS:
                scores[ridge, caution].append(losses_of(replace(model, caution=np.array([caution])), test))
    if not scores[none]:
        return none
    means = {key: np.concatenate(values) for key, values in scores.items()}
    best = min(means, key=lambda key: float(means[key].mean()))
    gain = means[none] - means[best]
    surely = len(gain) > 1 and gain.mean() > 2 * gain.std(ddof=1) / np.sqrt(len(gain))
    return best if surely else none


@dataclass(frozen=True, eq=False)
class _Regression:
    """Of one budget; fields as in ``Model``, for the plans that can be chosen there."""

    plans: tuple[str, ...]
    mean: FloatArray
    slopes: FloatArray
    spread: FloatArray
    residual: FloatArray


def _regression(part: Portfolio, X: FloatArray, look: bool, ridge: float) -> _Regression:
    """Of losses on scaled features of several designs per problem, (P, R, F); each problem counts as one row."""
    n_problems, n_designs, n_features = X.shape
    able = _able(part, look)
    y = bounded(part)[able]  # (S, P)
    mean = y.mean(axis=1)
    scaled = X.reshape(-1, n_features)
    gram = scaled.T @ scaled / n_designs
    inverse = np.linalg.inv(gram + ridge * np.eye(n_features))
    centred = np.repeat(y - mean[:, None], n_designs, axis=1)  # (S, P R)
    slopes = centred @ scaled @ inverse / n_designs
    fitted = (mean[:, None] + slopes @ scaled.T).reshape(len(able), n_problems, n_designs).mean(axis=2)
    best = int(mean.argmin())
    residual = (y - y[best] - (fitted - fitted[best])).std(axis=1)
    return _Regression(tuple(part.solvers[s] for s in able), mean, slopes, inverse @ gram @ inverse, residual)


def _assemble(
    parts: Sequence[Portfolio], features: Sequence[str], look: bool, settings: Sequence[tuple[float, float]]
) -> Model:
    """A model from the portfolios of its budgets, and their penalties and cautions."""
    column = [NAMES.index(name) for name in features]
    flat = np.concatenate([part.features[:, :, column].reshape(-1, len(column)) for part in parts])
    centre, scale = flat.mean(axis=0), flat.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    fits = [
        _regression(part, np.clip((part.features[:, :, column] - centre) / scale, -3, 3), look, ridge)
        for part, (ridge, _) in zip(parts, settings, strict=True)
    ]
    plans = tuple(dict.fromkeys(plan for each in fits for plan in each.plans))
    shape = (len(parts), len(plans))
    mean, residual, slopes = np.full(shape, np.inf), np.zeros(shape), np.zeros((*shape, len(column)))
    for b, each in enumerate(fits):
        rows = [plans.index(plan) for plan in each.plans]
        mean[b, rows], residual[b, rows], slopes[b, rows] = each.mean, each.residual, each.slopes
    unseen = [best_unseen(part) for part in parts]
    return Model(
        plans=plans,
        blind=tuple(part.solvers[s] for part, s in zip(parts, unseen, strict=True)),
        n_design=parts[0].n_design if look else 0,
        budgets=np.array([int(part.budgets[0]) for part in parts], dtype=np.int64),
        features=tuple(features),
        centre=centre,
        scale=scale,
        mean=mean,
        slopes=slopes,
        spread=np.stack([each.spread for each in fits]),
        residual=residual,
        default=mean.argmin(axis=1),
        caution=np.array([caution for _, caution in settings]),
        blind_loss=np.array([bounded(part)[s].mean() for part, s in zip(parts, unseen, strict=True)]),
        ridge=np.array([ridge for ridge, _ in settings]),
        validation=np.full((len(parts), 5), np.nan),
        n_problems=np.array([len(part.problems) for part in parts], dtype=np.int64),
    )
