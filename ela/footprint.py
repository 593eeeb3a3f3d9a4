"""The fitness landscape footprint: a bag of features that makes problems comparable.

>>> import ela, nas_problems
>>> found = ela.footprint(nas_problems.make("nb201-cifar10"), seed=1)
>>> found.n_optima, round(found.ruggedness, 2), found.is_exact
(13, 1.78, True)
"""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ela.landscape.birthday import BirthdayEstimate, birthday_of, cardinality, nearest_neighbour_optima
from ela.landscape.correlation import correlation, fitness_distance_correlation
from ela.landscape.landscape import Landscape, can_be_enumerated, local_search_from
from ela.landscape.locality import locality
from ela.landscape.neutrality import neutrality
from ela.landscape.persistence import persistence
from ela.landscape.walks import autocorrelation, correlation_length, exact_autocorrelation, random_routes, ruggedness
from nas_problems.array import FloatArray
from nas_problems.problem import Problem

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

DEFAULT_BUDGET = 2000
"""Evaluations where a space cannot be enumerated and no budget is given."""

PERCENTILE = 25
"""Persistence is reported for the best and worst quarter, as in the paper."""

N_NEAREST = 10
"""A sampled candidate counts as a local optimum if it beats this many nearest ones (traore2021, section 5.4)."""

_N_BOOTSTRAP = 200
_N_TRIALS, _N_STARTS = 9, 200  # traore2021, table 3
_WALK_LENGTH = 100  # traore2021, section 5.3

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Footprint:
    """What is known of a landscape; ``None`` where the problem has no such value, with the reason.

    Fitness is what is minimised: a mean fitness of 16.4 where the paper has an accuracy of 83.6 %.

    Args:
        problem: Label of the problem and variant.
        is_exact: Whether every candidate was looked at.
        n_candidates: Number of candidates behind mean, deviation and correlation.
        n_evaluations: Number of evaluations, those at lower fidelities included.
        fitness_mean: Mean of fitness.
        fitness_sd: Its (population) standard deviation.
        autocorrelation: ``rho(1)`` of random walks.
        ruggedness: ``1 / rho(1)``.
        correlation_length: ``-1 / ln |rho(1)|``, in steps.
        n_optima: Exact number of local minima: nodes without a strictly better neighbour.
        n_optima_birthday: Its estimate by the birthday problem.
        optima_share: Share of candidates that are local minima; in a sample those that are better than
            their 10 nearest sampled neighbours.
        fdc: Fitness-distance correlation; positive: fitness improves towards the optimum.
        neutrality: Share of neighbour pairs that differ by less than ``max|fitness| / 40``.
        locality: Correlation of fitness with the mean fitness of neighbours.
        persistence_positive: Probability that the best quarter after the least training stays in it
            through all fidelities.
        persistence_positive_area: Mean of the same over N = 1 ... 25 %.
        persistence_negative: The same for the worst quarter.
        persistence_negative_area: The same for the worst.
        intervals: 95 % bootstrap interval of every value that was estimated; exact values have none.
        reasons: Why a value is None.

    Source: traore2021, section 3.6.
    """

    problem: str
    is_exact: bool
    n_candidates: int
    n_evaluations: int
    fitness_mean: float | None = None
    fitness_sd: float | None = None
    autocorrelation: float | None = None
    ruggedness: float | None = None
    correlation_length: float | None = None
    n_optima: int | None = None
    n_optima_birthday: float | None = None
    optima_share: float | None = None
    fdc: float | None = None
    neutrality: float | None = None
    locality: float | None = None
    persistence_positive: float | None = None
    persistence_positive_area: float | None = None
    persistence_negative: float | None = None
    persistence_negative_area: float | None = None
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> float | None:
        """One of the measures by name.

        Raises:
            KeyError: Unknown name.
        """
        if name not in MEASURES:
            raise KeyError(f"measure: wanted one of {MEASURES}, found {name!r}")
        found: float | None = getattr(self, name)
        return found


_DESCRIPTIONS = ("problem", "is_exact", "n_candidates", "n_evaluations", "intervals", "reasons")
MEASURES = tuple(entry.name for entry in dataclasses.fields(Footprint) if entry.name not in _DESCRIPTIONS)
"""Names of the measures, in the order of tables."""

RADAR_MEASURES = (
    "fitness_mean",
    "fitness_sd",
    "ruggedness",
    "optima_share",
    "fdc",
    "neutrality",
    "persistence_positive",
    "persistence_positive_area",
    "persistence_negative",
    "persistence_negative_area",
)
"""Axes of the radar plot."""


class _Notes:
    """Values under construction: what is not finite becomes a reason."""

    def __init__(self) -> None:
        self.values: dict[str, float] = {}
        self.intervals: dict[str, Interval] = {}
        self.reasons: dict[str, str] = {}

    def put(self, name: str, value: float, *, why: str, resampled: FloatArray | None = None) -> None:
        if not math.isfinite(value):
            self.reasons[name] = why
            return
        self.values[name] = value
        finite = np.empty(0) if resampled is None else resampled[np.isfinite(resampled)]
        if len(finite) >= 20:
            low, high = np.quantile(finite, [0.025, 0.975])
            self.intervals[name] = (float(low), float(high))

    def skip(self, names: Sequence[str], why: str) -> None:
        self.reasons.update(dict.fromkeys(names, why))

    def footprint(self, problem: Problem, *, is_exact: bool, n_candidates: int, n_evaluations: int) -> Footprint:
        values: dict[str, float] = dict(self.values)
        n_optima = values.pop("n_optima", None)
        base = Footprint(
            problem.label,
            is_exact,
            n_candidates,
            n_evaluations,
            n_optima=None if n_optima is None else int(n_optima),
            intervals=self.intervals,
            reasons=self.reasons,
        )
        return dataclasses.replace(base, **values)  # type: ignore[arg-type]  # names are checked by the class


def footprint(problem: Problem, *, budget: int | None = None, seed: int) -> Footprint:
    """The footprint of a problem, exact where that is cheap.

    Args:
        problem: One objective; any fidelity, noise mode, metric or instance of it. In a random noise mode
            every candidate is drawn once per landscape.
        budget: Number of evaluations to spend on a sample; None: all candidates of a recorded table of at
            most 300,000, else ``DEFAULT_BUDGET``. About 40 % go into a uniform sample (at all fidelities
            used), 20 % into random walks of 100 steps, the rest into local searches; with real
            parameters, where such searches never meet, the sample takes 80 %.
        seed: Seed of everything that is drawn.

    Returns:
        The record. Persistence is over up to four fidelities, those nearest to 1/27, 1/9 and 1/3 of the
        problem's own, and this.

    Raises:
        ValueError: ``budget < 50``, or several objectives.

    Source: traore2021, sections 3.6 and 5.
    """
    if budget is not None and budget < 50:
        raise ValueError(f"budget: wanted at least 50 evaluations, found {budget}")
    rng = np.random.default_rng(seed)
    if budget is None and can_be_enumerated(problem):
        return _exact(problem, rng)
    return _sampled(problem, budget or DEFAULT_BUDGET, rng)


def persistence_levels(problem: Problem) -> tuple[float, ...]:
    """Fidelities up to the problem's own over which persistence is measured, ascending."""
    assert problem.fidelity is not None
    known = [value for value in problem.fidelities.values if value <= problem.fidelity]
    if len(known) <= 4:
        return tuple(known)
    wanted = [problem.fidelity / 27, problem.fidelity / 9, problem.fidelity / 3, problem.fidelity]
    return tuple(sorted({min(known, key=lambda value: abs(math.log(value / aim))) for aim in wanted}))


def _exact(problem: Problem, rng: np.random.Generator) -> Footprint:
    landscape = Landscape.enumerate(problem, rng=rng)
    graph, y = landscape.graph, landscape.y
    notes = _Notes()
    constant = "fitness is constant"
    notes.put("fitness_mean", float(y.mean()), why="")
    notes.put("fitness_sd", float(y.std()), why="")
    _put_correlation(notes, exact_autocorrelation(graph, y))
    notes.put("n_optima", landscape.local_search.n_optima, why="")
    notes.put("optima_share", landscape.local_search.n_optima / len(y), why="")
    _put_birthday(notes, birthday_of(landscape, n_trials=_N_TRIALS, n_starts=_N_STARTS, rng=rng), rng)
    notes.put("fdc", fitness_distance_correlation(landscape), why=constant)
    notes.put("neutrality", neutrality(graph, y, tolerance=landscape.neutral_tolerance), why="nobody has neighbours")
    notes.put("locality", locality(graph, y).correlation, why=constant)
    levels = persistence_levels(problem)
    if len(levels) < 2:
        notes.skip(_PERSISTENCE, f"only one fidelity: {problem.fidelities.name} {problem.fidelity:g}")
    else:
        lower = [problem.variant(fidelity=level)(landscape.Z, rng=rng) for level in levels[:-1]]
        for name, value in _persistence_values(np.stack([*lower, y])).items():
            notes.put(name, value, why="")
    return notes.footprint(problem, is_exact=True, n_candidates=len(y), n_evaluations=len(y) * len(levels))


def _sampled(problem: Problem, budget: int, rng: np.random.Generator) -> Footprint:
    levels = persistence_levels(problem)
    share = 0.4 if problem.space.is_finite else 0.8  # without local searches the sample can be larger
    landscape = Landscape.sample(problem, max(20, int(share * budget) // len(levels)), rng=rng)
    y, n = landscape.y, len(landscape)
    spent = n * len(levels)
    notes = _Notes()
    constant = "fitness is constant in the sample"
    draws = rng.integers(0, n, size=(_N_BOOTSTRAP, n))
    notes.put("fitness_mean", float(y.mean()), why="", resampled=y[draws].mean(axis=1))
    notes.put("fitness_sd", float(y.std()), why="", resampled=y[draws].std(axis=1))
    away = landscape.distance_to_best
    notes.put(
        "fdc",
        fitness_distance_correlation(landscape),
        why=constant,
        resampled=np.array([correlation(y[rows], away[rows]) for rows in draws]),
    )
    spent += _walk(notes, problem, int(0.2 * budget), landscape.neutral_tolerance, rng)
    near = locality(landscape.graph, y)
    notes.put("locality", near.correlation, why="no two sampled candidates are near enough to be neighbours")
    if n > N_NEAREST:
        n_proxy = len(nearest_neighbour_optima(landscape.distances, y, n_neighbours=N_NEAREST))
        notes.put("optima_share", n_proxy / n, why="")
    else:
        notes.skip(["optima_share"], f"wanted more than {N_NEAREST} candidates, found {n}")
    notes.skip(["n_optima"], "the space was sampled, not enumerated")
    spent += _search(notes, problem, budget - spent, rng)
    if len(levels) < 2:
        notes.skip(_PERSISTENCE, f"only one fidelity: {problem.fidelities.name} {problem.fidelity:g}")
    else:
        Y = np.stack([*(problem.variant(fidelity=level)(landscape.Z, rng=rng) for level in levels[:-1]), y])
        resampled = [_persistence_values(Y[:, rows]) for rows in draws]
        for name, value in _persistence_values(Y).items():
            notes.put(name, value, why="", resampled=np.array([values[name] for values in resampled]))
    return notes.footprint(problem, is_exact=False, n_candidates=n, n_evaluations=spent)


_PERSISTENCE = (
    "persistence_positive",
    "persistence_positive_area",
    "persistence_negative",
    "persistence_negative_area",
)


def _persistence_values(Y: FloatArray) -> dict[str, float]:
    best, worst = persistence(Y, "best", n_max=PERCENTILE), persistence(Y, "worst", n_max=PERCENTILE)
    found = (best.at(PERCENTILE), best.area(PERCENTILE), worst.at(PERCENTILE), worst.area(PERCENTILE))
    return dict(zip(_PERSISTENCE, found, strict=True))


def _put_correlation(notes: _Notes, rho: float, resampled: FloatArray | None = None) -> None:
    derived: dict[str, Callable[[float], float]] = {
        "autocorrelation": lambda value: value,
        "ruggedness": ruggedness,
        "correlation_length": correlation_length,
    }
    for name, function in derived.items():
        again = None if resampled is None else np.array([function(float(value)) for value in resampled])
        notes.put(name, function(rho), why=f"rho(1) is {rho:.3g}", resampled=again)


def _put_birthday(notes: _Notes, estimate: BirthdayEstimate, rng: np.random.Generator) -> None:
    why = f"no local optimum was met twice in {estimate.n_failures} trials"
    k = estimate.first_repeats
    resampled = None
    if len(k) > 1:
        means = k[rng.integers(0, len(k), size=(_N_BOOTSTRAP, len(k)))].mean(axis=1)
        resampled = np.array([cardinality(float(mean)) for mean in means])
    notes.put("n_optima_birthday", estimate.n_optima, why=why, resampled=resampled)


def _walk(notes: _Notes, problem: Problem, budget: int, tolerance: float, rng: np.random.Generator) -> int:
    """Autocorrelation and neutrality from random walks; returns the evaluations spent."""
    length = min(_WALK_LENGTH, budget)
    n_walks = max(1, budget // length)
    routes = random_routes(problem.space, n_walks, length=length, rng=rng)
    values = problem(routes.reshape(-1, problem.space.n_parameters), rng=rng).reshape(n_walks, length)
    per_walk = autocorrelation(values)
    per_walk = per_walk[np.isfinite(per_walk)]
    drawn = rng.integers(0, max(len(per_walk), 1), size=(_N_BOOTSTRAP, len(per_walk)))
    resampled = per_walk[drawn].mean(axis=1) if len(per_walk) > 1 else None
    _put_correlation(notes, float(per_walk.mean()) if len(per_walk) else float("nan"), resampled)
    neutral = (np.abs(np.diff(values, axis=1)) < tolerance).mean(axis=1)
    again = neutral[rng.integers(0, n_walks, size=(_N_BOOTSTRAP, n_walks))].mean(axis=1) if n_walks > 1 else None
    notes.put("neutrality", float(neutral.mean()), why="", resampled=again)
    return values.size


def _search(notes: _Notes, problem: Problem, budget: int, rng: np.random.Generator) -> int:
    """The birthday estimate from local searches as long as the budget lasts; returns what was spent.

    A trial ends with its first repeat, and the next search begins a new one.
    """
    if not problem.space.is_finite:
        why = "a real parameter: searches from random starts never end in exactly the same candidate"
        notes.skip(["n_optima_birthday"], why)
        return 0
    repeats: list[int] = []
    seen: set[bytes] = set()
    spent = 0
    n_failures = 0
    while spent < budget:
        start = problem.space.sample(1, rng)
        ends, _, cost = local_search_from(start, problem, rng=rng, max_evaluations=budget - spent)
        spent += cost
        if not len(ends):
            break
        key = ends[0].tobytes()
        if key in seen:
            repeats.append(len(seen) + 1)
        elif len(seen) + 1 >= _N_STARTS:
            n_failures += 1
        else:
            seen.add(key)
            continue
        seen = set()
    estimate = BirthdayEstimate(np.array(repeats, dtype=np.int64), n_failures + bool(seen))
    _put_birthday(notes, estimate, rng)
    return spent


def footprint_table(footprints: Sequence[Footprint]) -> "pd.DataFrame":
    """Footprints side by side: one row per problem, one column per measure; NaN where there is none."""
    import pandas as pd

    rows = [
        {"problem": found.problem, "exact": found.is_exact, "candidates": found.n_candidates}
        | {name: found.value(name) for name in MEASURES}
        for found in footprints
    ]
    return pd.DataFrame(rows).set_index("problem").astype(dict.fromkeys(MEASURES, float))


def footprint_radar(footprints: Sequence[Footprint], *, measures: Sequence[str] = RADAR_MEASURES) -> "Figure":
    """Radar plot with one polygon per problem.

    Each axis goes from 0 to the largest absolute value among the footprints, which is printed at its
    end; a problem without a measure has a gap there.

    Args:
        footprints: At least one.
        measures: Axes, at least three of ``MEASURES``.

    Raises:
        ValueError: No footprint, or fewer than three axes.
        KeyError: An unknown measure.

    Source: traore2021, figure 1.
    """
    from matplotlib.figure import Figure

    if not footprints or len(measures) < 3:
        raise ValueError(f"radar: wanted footprints and at least 3 axes, found {len(footprints)} and {len(measures)}")
    values = np.array([[_or_nan(found.value(name)) for name in measures] for found in footprints])
    known = np.where(np.isfinite(values), np.abs(values), 0.0)
    top = known.max(axis=0)
    scaled = values / np.where(top > 0, top, 1.0)
    angles = np.linspace(0, 2 * math.pi, len(measures), endpoint=False)
    figure = Figure(figsize=(8.5, 6.5), layout="constrained")
    axes = figure.add_subplot(projection="polar")
    for found, row in zip(footprints, scaled, strict=True):
        (line,) = axes.plot(
            np.append(angles, angles[0]), np.append(row, row[0]), "o-", ms=3, lw=1.5, label=found.problem
        )
        if np.isfinite(row).all() and (row >= 0).all():
            axes.fill(angles, row, color=line.get_color(), alpha=0.08)
    axes.set_xticks(angles)
    axes.set_xticklabels(
        [f"{name.replace('_', ' ')}\n(max {limit:.3g})" for name, limit in zip(measures, top, strict=True)], fontsize=8
    )
    axes.set_ylim(min(0.0, float(np.nanmin(scaled)) if np.isfinite(scaled).any() else 0.0), 1.05)
    axes.set_yticks([0.5, 1.0], labels=["½", ""])
    for angle, label in zip(angles, axes.get_xticklabels(), strict=True):
        side = math.cos(angle)
        label.set_horizontalalignment("center" if abs(side) < 0.2 else "left" if side > 0 else "right")
    figure.legend(loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    return figure


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else float(value)
