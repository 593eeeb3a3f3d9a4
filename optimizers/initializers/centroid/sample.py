"""What the centroids are learnt from: distinct random candidates, evaluated at every fidelity."""

import dataclasses
import itertools
import re
from dataclasses import dataclass

import numpy as np

from nas_problems.array import BoolArray, FloatArray, brief
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace
from optimizers.archive import draw_unseen

_LISTABLE = 1_000_000  # spaces up to this size are shuffled as a whole


@dataclass(frozen=True, eq=False, repr=False)
class Sample:
    """Evaluated candidates of a problem with one objective.

    Args:
        Z: Distinct valid codes, shape (n, d), in random order: every first part is a random sample, too.
        fitness: Minimised values at every fidelity of the problem, ascending, shape (n, fidelities).
        y: Minimised values at the fidelity that is searched, (n,).
        cost_seconds: Cost of each candidate at all fidelities together, (n,).
        failed: Whether it failed at any fidelity, (n,); failed candidates are never clustered.
    """

    Z: Codes
    fitness: FloatArray
    y: FloatArray
    cost_seconds: FloatArray
    failed: BoolArray

    def __len__(self) -> int:
        return len(self.y)

    def __repr__(self) -> str:
        return f"<Sample: {len(self)} candidates at {self.fitness.shape[1]} fidelities>"


def parse_sizes(sizes: str) -> tuple[int, ...]:
    """Sample sizes from a string such as ``"10000 5000 2500"``.

    Raises:
        ValueError: Not decreasing integers >= 1.
    """
    parts = re.split(r"[\s,]+", sizes.strip()) if isinstance(sizes, str) else [""]
    wanted = f"sizes: wanted decreasing integers >= 1 such as '5000 1000', found {brief(sizes)}"
    if not all(re.fullmatch(r"[1-9]\d{0,8}", part, re.ASCII) for part in parts):
        raise ValueError(wanted)
    numbers = tuple(map(int, parts))
    if any(a <= b for a, b in itertools.pairwise(numbers)):
        raise ValueError(wanted)
    return numbers


def check_sampled(problem: Problem) -> None:
    """Raise ValueError unless a problem can be sampled: it has one objective, and a finite space."""
    if len(problem.objectives) != 1:
        raise ValueError(f"centroid: wanted a problem with one objective, found {problem.objective_metrics}")
    if not problem.space.is_finite:
        raise ValueError(f"centroid: wanted a finite space, found real parameters in {problem.label}")


def draw_sample(problem: Problem, n: int, rng: np.random.Generator) -> Sample:
    """Draw and evaluate distinct candidates.

    Args:
        problem: One objective, a finite space.
        n: How many; a space that has fewer valid codes is taken as a whole.
        rng: Source of randomness, also of the evaluations' in a random noise mode.

    Raises:
        ValueError: Several objectives, or a space with real parameters.
    """
    check_sampled(problem)
    Z = _distinct(problem.space, n, rng)
    columns, cost, failed = [], np.zeros(len(Z)), np.zeros(len(Z), dtype=np.bool_)
    for value in problem.fidelities.values:
        at = dataclasses.replace(problem, fidelity=value)
        evaluations = at.evaluate(Z, rng=rng, metrics=at.objective_metrics)
        columns.append(at.minimised(evaluations))
        cost += evaluations.cost_seconds
        failed |= evaluations.failed
    fitness = np.stack(columns, axis=1)
    assert problem.fidelity is not None
    return Sample(Z, fitness, fitness[:, problem.fidelities.values.index(problem.fidelity)], cost, failed)


def _distinct(space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
    if space.size is None or space.size > _LISTABLE:
        return draw_unseen(space, n, (), rng)
    Z: Codes = np.concatenate(list(space.enumerate()))
    return Z[rng.permutation(len(Z))[:n]]
