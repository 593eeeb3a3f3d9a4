"""The footprint of a problem from a budget of evaluations: a Latin hypercube sample, random walks, local searches."""

from collections.abc import Sequence

import numpy as np

from ela.correlation import pearson
from ela.footprint.notes import (
    N_BOOTSTRAP,
    N_STARTS,
    PERSISTENCE,
    Notes,
    persistence_values,
    put_birthday,
    put_correlation,
)
from ela.footprint.record import Footprint
from ela.landscape.birthday import BirthdayEstimate, nearest_neighbour_optima
from ela.landscape.correlation import fitness_distance_correlation
from ela.landscape.landscape import Landscape, local_search_from, values_of
from ela.landscape.locality import locality
from ela.landscape.neutrality import is_neutral
from ela.landscape.walks import autocorrelation, random_routes
from nas_problems.problem import Problem

N_NEAREST = 10
"""A sampled candidate counts as a local optimum if it beats this many nearest ones (traore2021, section 5.4)."""

_NO_LOCALITY = (
    "neighbours in a sample are nearer than a 40th of the largest distance, which is less than one step between "
    "choices: "
    "only a space that is looked at whole, or one with real parameters, has them"
)

_WALK_LENGTH = 100  # traore2021, section 5.3


def sampled_footprint(problem: Problem, levels: Sequence[float], budget: int, rng: np.random.Generator) -> Footprint:
    """The footprint from about ``budget`` evaluations.

    Args:
        problem: A problem with one objective.
        levels: Fidelities of persistence, ascending; the last is the problem's own.
        budget: Evaluations to spend; see ``footprint`` on what.
        rng: Source of randomness.
    """
    share = 0.4 if problem.space.is_finite else 0.8  # without local searches the sample can be larger
    landscape = Landscape.sample(problem, max(20, int(share * budget) // len(levels)), design="lhs", rng=rng)
    y, n = landscape.y, len(landscape)
    spent = n * len(levels)
    notes = Notes()
    constant = "fitness is constant in the sample"
    draws = rng.integers(0, n, size=(N_BOOTSTRAP, n))
    notes.put("fitness_mean", float(y.mean()), why="", resampled=y[draws].mean(axis=1))
    notes.put("fitness_sd", float(y.std()), why="", resampled=y[draws].std(axis=1))
    away = landscape.distance_to_best
    notes.put(
        "fdc",
        fitness_distance_correlation(landscape),
        why=constant,
        resampled=np.array([pearson(y[rows], away[rows]) for rows in draws]),
    )
    spent += _walk(notes, problem, int(0.2 * budget), landscape.neutral_tolerance, rng)
    near = locality(landscape.graph, y)
    notes.put("locality", near.correlation, why=_NO_LOCALITY)
    if n > N_NEAREST:
        n_proxy = len(nearest_neighbour_optima(landscape.distances, y, n_neighbours=N_NEAREST))
        notes.put("optima_share", n_proxy / n, why="")
    else:
        notes.skip(["optima_share"], f"wanted more than {N_NEAREST} candidates, found {n}")
    notes.skip(["n_optima"], "the space was sampled, not enumerated")
    spent += _search(notes, problem, budget - spent, rng)
    if len(levels) < 2:
        notes.skip(PERSISTENCE, f"only one fidelity: {problem.fidelities.name} {problem.fidelity:g}")
    else:
        Y = np.stack([*(values_of(problem.variant(fidelity=level), landscape.Z, rng) for level in levels[:-1]), y])
        resampled = [persistence_values(Y[:, rows]) for rows in draws]
        for name, value in persistence_values(Y).items():
            notes.put(name, value, why="", resampled=np.array([values[name] for values in resampled]))
    return notes.footprint(problem, is_exact=False, n_candidates=n, n_evaluations=spent)


def _walk(notes: Notes, problem: Problem, budget: int, tolerance: float, rng: np.random.Generator) -> int:
    """Autocorrelation and neutrality from random walks; returns the evaluations spent."""
    length = min(_WALK_LENGTH, budget)
    n_walks = max(1, budget // length)
    routes = random_routes(problem.space, n_walks, length=length, rng=rng)
    values = values_of(problem, routes.reshape(-1, problem.space.n_parameters), rng).reshape(n_walks, length)
    per_walk = autocorrelation(values)
    per_walk = per_walk[np.isfinite(per_walk)]
    drawn = rng.integers(0, max(len(per_walk), 1), size=(N_BOOTSTRAP, len(per_walk)))
    resampled = per_walk[drawn].mean(axis=1) if len(per_walk) > 1 else None
    put_correlation(notes, float(per_walk.mean()) if len(per_walk) else float("nan"), resampled)
    neutral = is_neutral(np.diff(values, axis=1), tolerance).mean(axis=1)
    again = neutral[rng.integers(0, n_walks, size=(N_BOOTSTRAP, n_walks))].mean(axis=1) if n_walks > 1 else None
    notes.put("neutrality", float(neutral.mean()), why="", resampled=again)
    return values.size


def _search(notes: Notes, problem: Problem, budget: int, rng: np.random.Generator) -> int:
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
        elif len(seen) + 1 >= N_STARTS:
            n_failures += 1
        else:
            seen.add(key)
            continue
        seen = set()
    estimate = BirthdayEstimate(np.array(repeats, dtype=np.int64), n_failures + bool(seen))
    put_birthday(notes, estimate, rng)
    return spent
