"""Range reduction: what the best candidates of a design have in common, and a smaller space from it.

Source: vanstein2020, section 4 (the best 5 % of 1000 networks; the paper drew its ranges by eye).
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ela.holm import holm
from nas_problems.array import FloatArray
from nas_problems.checked import checked
from nas_problems.condition import Condition, active_parameters
from nas_problems.parameter import Parameter, Value
from nas_problems.space import Categorical, Codes, Integer, Ordinal, Real, SearchSpace, conditional_space, conditions_in


@dataclass(frozen=True)
class Range:
    """One parameter among the best candidates.

    Args:
        name: Its name.
        quantiles: 5, 25, 50, 75 and 95 % quantile of its value among the best; of its position where values
            are not numbers. Shape (5,).
        shift: Median position of the best on the unit scale minus that of all, in [-1, 1]; NaN without an order.
        p_value: Probability of a difference as large between the best and the others if there were none:
            Kolmogorov-Smirnov, or chi-squared for a categorical parameter.
        proposed: The parameter with its smaller range; the same where the best do not differ.
        reduced: Whether it is smaller.
        differs: Whether the best differ from the others by Holm's correction; a parameter that is not reduced then
            keeps its range because the best are spread over nearly all of it.
    """

    name: str
    quantiles: FloatArray
    shift: float
    p_value: float
    proposed: Parameter
    reduced: bool
    differs: bool = False


@dataclass(frozen=True)
class Reduction:
    """A proposal for a smaller space.

    Args:
        ranges: One per parameter.
        space: The proposed space, with the original's conditions. It keeps a validity test, a canonical form of another
            kind and a list of candidates only where no code has moved.
        rows: Rows of the best candidates, best first.
        volume: Volume of the proposed space on the unit scale, in (0, 1].

    >>> import nas_problems
    >>> problem = nas_problems.make("mlp-car")
    >>> Z = problem.space.sample(500, np.random.default_rng(1))
    >>> reduction = reduce_space(problem.space, Z, problem(Z))
    >>> reduction.space.n_parameters, 0 < reduction.volume <= 1
    (5, True)
    """

    ranges: tuple[Range, ...]
    space: SearchSpace
    rows: Codes
    volume: float


@checked
def reduce_space(
    space: SearchSpace,
    Z: Codes,
    y: FloatArray,
    *,
    top: float = 0.05,
    coverage: float = 0.9,
    level: float | None = 0.05,
) -> Reduction:
    """Propose the ranges in which the best candidates of a design lie.

    A parameter is reduced where the best candidates differ from the others (Holm's correction over the
    parameters): an ordered one to the middle ``coverage`` of its values among the best, a categorical one
    to the most frequent choices that make up ``coverage``. Candidates as good as the last of the best are best, too.
    Only candidates in which a parameter is active say something of it.

    Args:
        space: The space.
        Z: Codes of a design, shape (n, d).
        y: Minimised values, shape (n,).
        top: Share of the design that counts as best, in (0, 1).
        coverage: Share of the best that a reduced range keeps, in (0, 1].
        level: Significance level; None reduces every parameter, as the paper does.

    Raises:
        ValueError: Shapes that do not agree, values that are NaN, shares outside their range, or fewer than two best or
            other rows.

    Source: holm1979 (the correction).
    """
    codes, values = space.check(Z), np.asarray(y, dtype=np.float64)
    if values.shape != (len(codes),):
        raise ValueError(f"y: wanted shape ({len(codes)},), found {values.shape}")
    if np.isnan(values).any():
        raise ValueError(f"y: wanted numbers, found NaN in row {int(np.argmax(np.isnan(values)))}")
    if not 0 < top < 1 or not 0 < coverage <= 1:
        raise ValueError(f"top, coverage: wanted 0 < top < 1 and 0 < coverage <= 1, found {top}, {coverage}")
    n_best = round(top * len(codes))
    order = np.argsort(values, kind="stable")
    if n_best >= 1:
        n_best = int(np.searchsorted(values[order], values[order[n_best - 1]], side="right"))
    if n_best < 2 or len(codes) - n_best < 2:
        raise ValueError(f"top: wanted at least 2 best and 2 other rows, found {n_best} of {len(codes)}, ties included")
    conditions = conditions_in(space)
    active = active_parameters(space.parameters, conditions)(codes)
    is_best = np.zeros(len(codes), dtype=np.bool_)
    is_best[order[:n_best]] = True
    columns = [_Column(codes[a & is_best, j], codes[a & ~is_best, j]) for j, a in enumerate(active.T)]
    p_values = np.array([_p_value(p, column) for p, column in zip(space.parameters, columns, strict=True)])
    chosen = np.ones(len(p_values), dtype=np.bool_) if level is None else holm(p_values) <= level
    ranges = []
    for j, (parameter, column) in enumerate(zip(space.parameters, columns, strict=True)):
        proposed = _narrowed(parameter, column.best, coverage) if chosen[j] and len(column.best) > 1 else parameter
        ranges.append(
            Range(
                parameter.name,
                _quantiles(parameter, column.best),
                _shift(parameter, column),
                float(p_values[j]),
                proposed,
                proposed != parameter,
                bool(chosen[j]),
            )
        )
    parameters = tuple(entry.proposed for entry in ranges)
    same = parameters == space.parameters
    smaller = space if same else conditional_space(parameters, _kept(conditions, parameters))
    shares = [_share(new, old) for new, old in zip(parameters, space.parameters, strict=True)]
    return Reduction(tuple(ranges), smaller, order[:n_best], float(np.prod(shares)))


def _kept(conditions: Sequence[Condition], parameters: Sequence[Parameter]) -> list[Condition]:
    """Conditions on the values that are left of their parents; those that hold for all of these are left out."""
    kept = []
    for condition in conditions:
        (parent,) = [parameter for parameter in parameters if parameter.name == condition.parent]
        left = parent.decode(np.arange(parent.n_choices or 0))
        values = tuple(value for value in left if value in condition.values)
        if len(values) < len(left):
            kept.append(dataclasses.replace(condition, values=values))
    return kept


@dataclass(frozen=True, eq=False)
class _Column:
    """Codes of a parameter among the best (k,) and the other candidates (m,) in which it is active."""

    best: Codes
    others: Codes


def _shift(parameter: Parameter, column: _Column) -> float:
    if not parameter.ordered or not len(column.best):
        return float("nan")
    every = np.concatenate([column.best, column.others])
    return float(np.median(parameter.to_unit(column.best)) - np.median(parameter.to_unit(every)))


def _p_value(parameter: Parameter, column: _Column) -> float:
    from scipy import stats

    best, others = column.best, column.others
    if len(best) < 2 or len(others) < 2:
        return 1.0
    if not isinstance(parameter, Categorical):
        return float(stats.ks_2samp(best, others).pvalue)
    counts = np.array([np.bincount(part.astype(np.int64), minlength=parameter.n_choices) for part in (best, others)])
    counts = counts[:, counts.sum(axis=0) > 0]
    return float(stats.chi2_contingency(counts)[1]) if counts.shape[1] > 1 else 1.0


def _narrowed(parameter: Parameter, best: Codes, coverage: float) -> Parameter:
    if isinstance(parameter, Categorical):
        counts = np.bincount(best.astype(np.int64), minlength=parameter.n_choices)
        frequent = np.argsort(-counts, kind="stable")
        needed = int(np.searchsorted(np.cumsum(counts[frequent]), coverage * counts.sum() - 1e-9)) + 1
        return Categorical(parameter.name, tuple(parameter.choices[i] for i in sorted(frequent[:needed].tolist())))
    tail = (1 - coverage) / 2
    if isinstance(parameter, Real):
        low, high = np.quantile(best, [tail, 1 - tail])
        return dataclasses.replace(parameter, low=float(low), high=float(high)) if low < high else parameter
    low, high = (int(code) for code in np.quantile(best, [tail, 1 - tail], method="nearest"))
    if isinstance(parameter, Ordinal):
        return Ordinal(parameter.name, parameter.values[low : high + 1])
    return dataclasses.replace(parameter, low=parameter.low + low, high=parameter.low + high)


def _quantiles(parameter: Parameter, best: Codes) -> FloatArray:
    at = [0.05, 0.25, 0.5, 0.75, 0.95]
    if not len(best):
        return np.full(len(at), np.nan)
    quantiles = np.quantile(best, at)
    return quantiles + parameter.low if isinstance(parameter, Integer) else np.asarray(quantiles, dtype=np.float64)


def _share(new: Parameter, old: Parameter) -> float:
    if isinstance(new, Real) and isinstance(old, Real):
        low, high = old.to_unit(np.array([new.low, new.high]))
        return float(high - low)
    if isinstance(new, Real) or isinstance(old, Real):
        raise AssertionError("a proposal keeps the kind of a parameter")
    if isinstance(new, Integer) and isinstance(old, Integer) and old.log:
        widths = [
            np.log((p.high + 0.5) / (p.low - 0.5)) for p in (new, old)
        ]  # each value from half below to half above
        return float(widths[0] / widths[1])
    return new.n_choices / old.n_choices


@checked
def describe_range(parameter: Parameter) -> str:
    """A parameter's range as text: ``[3, 7]`` or ``{a, b}``.

    >>> describe_range(Integer("k", 1, 7))
    '[1, 7]'
    """
    if isinstance(parameter, (Integer, Real)):
        return f"[{parameter.low:.3g}, {parameter.high:.3g}]"
    values: tuple[Value, ...] = parameter.choices if isinstance(parameter, Categorical) else parameter.values
    return "{" + ", ".join(f"{value:.3g}" if isinstance(value, float) else str(value) for value in values) + "}"
