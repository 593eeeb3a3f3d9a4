"""``footprint``: exact where that is cheap, else from a sample."""

import math

import numpy as np

from ela.footprint.exact import exact_footprint
from ela.footprint.record import Footprint
from ela.footprint.sampled import sampled_footprint
from ela.landscape.landscape import can_be_enumerated
from nas_problems.array import check_count
from nas_problems.checked import checked
from nas_problems.problem import Problem

DEFAULT_BUDGET = 2000
"""Evaluations where a space cannot be enumerated and no budget is given."""


@checked
def footprint(problem: Problem, *, budget: int | None = None, seed: int) -> Footprint:
    """The footprint of a problem, exact where that is cheap.

    Args:
        problem: One objective; any fidelity, noise mode, metric or instance of it. In a random noise mode
            every candidate is drawn once per landscape.
        budget: Number of evaluations to spend on a sample; None: all candidates of a recorded table of at
            most 500,000, else ``DEFAULT_BUDGET``. About 40 % go into a Latin hypercube sample (at all fidelities
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
    rng = np.random.default_rng(check_count(seed, "seed"))
    if budget is None and can_be_enumerated(problem):
        return exact_footprint(problem, persistence_levels(problem), rng)
    return sampled_footprint(problem, persistence_levels(problem), budget or DEFAULT_BUDGET, rng)


@checked
def persistence_levels(problem: Problem) -> tuple[float, ...]:
    """Fidelities up to the problem's own over which persistence is measured, ascending."""
    assert problem.fidelity is not None
    known = [value for value in problem.fidelities.values if value <= problem.fidelity]
    if len(known) <= 4:
        return tuple(known)
    wanted = [problem.fidelity / 27, problem.fidelity / 9, problem.fidelity / 3, problem.fidelity]
    return tuple(sorted({min(known, key=lambda value: abs(math.log(value / aim))) for aim in wanted}))
