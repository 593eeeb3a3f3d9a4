"""The footprint of a problem of which every candidate can be looked at."""

from collections.abc import Sequence

import numpy as np

from ela.footprint.notes import (
    N_STARTS,
    N_TRIALS,
    PERSISTENCE,
    Notes,
    persistence_values,
    put_birthday,
    put_correlation,
)
from ela.footprint.record import Footprint
from ela.landscape.birthday import birthday_of
from ela.landscape.correlation import fitness_distance_correlation
from ela.landscape.landscape import Landscape, values_of
from ela.landscape.locality import locality
from ela.landscape.neutrality import neutrality
from ela.landscape.walks import exact_autocorrelation
from nas_problems.problem import Problem


def exact_footprint(problem: Problem, levels: Sequence[float], rng: np.random.Generator) -> Footprint:
    """The footprint from all candidates.

    Args:
        problem: A finite problem with one objective.
        levels: Fidelities of persistence, ascending; the last is the problem's own.
        rng: Draws the starts of the birthday estimate, and values in a random noise mode.
    """
    landscape = Landscape.enumerate(problem, rng=rng)
    graph, y = landscape.graph, landscape.y
    notes = Notes()
    constant = "fitness is constant"
    notes.put("fitness_mean", float(y.mean()), why="")
    notes.put("fitness_sd", float(y.std()), why="")
    put_correlation(notes, exact_autocorrelation(graph, y))
    notes.put("n_optima", landscape.local_search.n_optima, why="")
    notes.put("optima_share", landscape.local_search.n_optima / len(y), why="")
    put_birthday(notes, birthday_of(landscape, n_trials=N_TRIALS, n_starts=N_STARTS, rng=rng), rng)
    notes.put("fdc", fitness_distance_correlation(landscape), why=constant)
    notes.put(
        "neutrality", neutrality(graph, y, tolerance=landscape.neutral_tolerance), why="no candidate has neighbours"
    )
    notes.put("locality", locality(graph, y).correlation, why=constant)
    if len(levels) < 2:
        notes.skip(PERSISTENCE, f"only one fidelity: {problem.fidelities.name} {problem.fidelity:g}")
    else:
        lower = [values_of(problem.variant(fidelity=level), landscape.Z, rng) for level in levels[:-1]]
        for name, value in persistence_values(np.stack([*lower, y])).items():
            notes.put(name, value, why="")
    return notes.footprint(problem, is_exact=True, n_candidates=len(y), n_evaluations=len(y) * len(levels))
