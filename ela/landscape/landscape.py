"""A landscape: candidates, their values and who is whose neighbour; whole where it can be, else a sample."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from ela.landscape.check import check_fitness
from ela.landscape.graph import Graph, neighbour_graph, threshold_graph
from ela.landscape.local_search import LocalSearch, best_improvement
from ela.landscape.sparse import SparseGraph
from ela.sampling import DesignKind, sample_codes
from nas_problems.array import BoolArray, FloatArray, brief, check_array, check_count
from nas_problems.checked import checked
from nas_problems.notebook import curve, facts, short
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace

MAX_EXACT = 500_000
"""A recorded table of up to this many candidates is analysed whole."""

_MOST_TERMS = 2 * 10**9  # of distances to best nodes, parameter by parameter: seconds
_AT_ONCE = 2 * 10**7  # distances in memory

BINS = 40
"""C of the metric-malfunction paper: neighbours are nearer than maxdist / C, neutral ones differ by
less than maxfitness / C, and C bins cover the range of fitness.
"""


@dataclass(frozen=True, eq=False, repr=False)
class Landscape:
    """The triplet of candidates, fitness and neighbourhood ``F = (Omega, f, N)``.

    Fitness is minimised everywhere in this package.

    Args:
        space: The search space.
        Z: Codes of the nodes, shape (n, d), or lists of them.
        y: Their minimised values, finite, (n,).
        is_exact: Whether the nodes are all valid candidates of the space. Then neighbours are
            ``space.neighbours``; in a sample, nodes nearer than ``max distance to the best / 40``
            (Gower distance).
        known_graph: Another neighbourhood of the same nodes, or the one of a whole space where it is known.
        part_of: The sample that the nodes are some of, and which: then distances, the best nodes and the
            tolerance are those of the whole.

    Raises:
        ValueError: Codes not of this space, no node, another number of values, or values that are not finite.

    Source: traore2021, section 3.1.

    >>> import nas_problems
    >>> landscape = Landscape.enumerate(nas_problems.make("nb201-cifar10"))
    >>> landscape.local_search.n_optima
    13
    """

    space: SearchSpace
    Z: Codes
    y: FloatArray
    is_exact: bool
    known_graph: Graph | None = field(default=None, repr=False)
    part_of: "tuple[Landscape, BoolArray] | None" = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.space, SearchSpace):
            raise ValueError(f"space: wanted a SearchSpace, found {brief(self.space)}")
        object.__setattr__(self, "Z", self.space.check(self.Z))
        object.__setattr__(self, "y", check_fitness(self.y, len(self.Z)))
        if not len(self.y):
            raise ValueError("Z: wanted at least one node, found none")

    def __len__(self) -> int:
        return len(self.y)

    def __repr__(self) -> str:
        """One line: how many nodes, of what, and the range of their values."""
        how = "all of a space" if self.is_exact else "a sample"
        values = f"{short(float(self.y.min()))} to {short(float(self.y.max()))}"
        return (
            f"<Landscape: {short(len(self))} nodes, {how} with {self.space.n_parameters} parameters, values {values}>"
        )

    def _repr_html_(self) -> str:
        known = {"nodes": len(self), "exact": str(self.is_exact), "parameters": self.space.n_parameters}
        return facts(repr(self), known, curve(np.sort(self.y), "values in order"))

    @classmethod
    @checked
    def enumerate(cls, problem: Problem, *, rng: np.random.Generator | None = None) -> "Landscape":
        """All valid candidates of a finite problem.

        Args:
            problem: One objective. In a random noise mode every candidate is drawn once and keeps that
                value, as White et al. do for their standard (noisy) search space.
            rng: Needed in a random noise mode.

        Raises:
            ValueError: An infinite space, several objectives, or no ``rng`` in a random noise mode.
        """
        problem.check_one_objective()
        Z = np.concatenate(list(problem.space.enumerate()))
        return cls(problem.space, Z, values_of(problem, Z, rng), is_exact=True)

    @classmethod
    @checked
    def sample(
        cls, problem: Problem, n: int, *, design: DesignKind = "uniform", rng: np.random.Generator
    ) -> "Landscape":
        """Up to ``n`` distinct codes of a design.

        Repeats are dropped, so that no node is its own neighbour: in a small space there are fewer than n.
        Where parameters are real, codes are canonical, so that parameters that do not apply add nothing
        to a distance; in a finite space every code is a node, as in ``enumerate``.

        Args:
            problem: One objective.
            n: Codes to draw.
            design: ``uniform``: independent codes; else see ``ela.sampling``.
            rng: Source of randomness.

        Raises:
            ValueError: ``n < 2``, or several objectives.
        """
        problem.check_one_objective()
        check_count(n, "n", minimum=2)
        space = problem.space
        Z = space.sample(n, rng) if design == "uniform" else sample_codes(space, n, design=design, rng=rng)
        if not problem.space.is_finite:
            Z = problem.space.canonical(Z)
        _, first = np.unique(Z, axis=0, return_index=True)
        Z = Z[np.sort(first)]
        return cls(problem.space, Z, values_of(problem, Z, rng), is_exact=False)

    def with_values(self, y: FloatArray) -> "Landscape":
        """The same nodes with other values, e.g. of another data set or drawn at random."""
        known = self.graph if self.is_exact else None  # the graph of a whole space does not depend on y
        return Landscape(self.space, self.Z, y, self.is_exact, known_graph=known)

    def with_graph(self, graph: Graph) -> "Landscape":
        """The same nodes and values with another neighbourhood.

        Raises:
            ValueError: A graph of another number of nodes.
        """
        if len(graph) != len(self):
            raise ValueError(f"graph: wanted {len(self)} nodes, found {len(graph)}")
        return Landscape(self.space, self.Z, self.y, self.is_exact, known_graph=graph)

    def part(self, kept: BoolArray) -> "Landscape":
        """Some nodes of a sample, measured as in the whole of it.

        Args:
            kept: Which nodes, (n,).
        """
        return Landscape(self.space, self.Z[kept], self.y[kept], is_exact=False, part_of=(self, kept))

    # ---- neighbourhoods

    @cached_property
    def metric(self) -> Literal["hamming", "gower"]:
        """Hamming distance where every parameter is categorical, else Gower's."""
        return "gower" if any(parameter.ordered for parameter in self.space.parameters) else "hamming"

    @cached_property
    def graph(self) -> Graph:
        """Who is whose neighbour; see ``is_exact``."""
        if self.known_graph is not None:
            return self.known_graph
        if self.is_exact and self.space.listing is not None:
            return SparseGraph.of_pairs(*self.space.listing.neighbour_pairs(), len(self))
        if self.is_exact:
            return neighbour_graph(self.space)
        return threshold_graph(self.distances, float(self.gower_to_best.max()) / BINS)

    @cached_property
    def distances(self) -> FloatArray:
        """Gower distances between all nodes of a sample, (n, n).

        Raises:
            ValueError: More than 20,000 nodes.
        """
        if len(self) > 20_000:
            raise ValueError(f"distances: wanted at most 20000 nodes, found {len(self)}")
        if self.part_of is not None:
            whole, kept = self.part_of
            return whole.distances[np.ix_(kept, kept)]
        return self.space.distance(self.Z, self.Z, metric="gower")

    @cached_property
    def distance_to_best(self) -> FloatArray:
        """Distance of each node to the nearest of all its best nodes, in ``metric``; (n,).

        Of a large plateau of best nodes, as of failures, so many are looked at as take seconds, evenly spread over it.
        """
        if self.part_of is not None:
            whole, kept = self.part_of
            return whole.distance_to_best[kept]
        is_best = self.y == self.y.min()
        best = np.flatnonzero(is_best)
        n_most = max(1000, _MOST_TERMS // self.Z.size)
        if len(best) > n_most:
            best = best[np.linspace(0, len(best) - 1, n_most).round().astype(np.int64)]
        away = np.full(len(self), np.inf)
        step = max(1, _AT_ONCE // len(self))
        for start in range(0, len(best), step):
            some = self.space.distance(self.Z, self.Z[best[start : start + step]], metric=self.metric)
            away = np.minimum(away, some.min(axis=1))
        away[is_best] = 0.0
        return away

    @property
    def gower_to_best(self) -> FloatArray:
        """``distance_to_best`` on the scale of ``distances``, in [0, 1]; (n,)."""
        return self.distance_to_best / (self.space.n_parameters if self.metric == "hamming" else 1)

    def distance_to(self, z: object) -> FloatArray:
        """Distance of each node to one code ``z`` (d,), in ``metric``; (n,).

        Raises:
            ValueError: Not one code of the space.
        """
        code = check_array(z, "z")
        if code.shape != (self.space.n_parameters,):
            raise ValueError(f"z: wanted shape ({self.space.n_parameters},), found {code.shape}")
        codes = self.space.check(code[None, :], "z")
        return np.asarray(self.space.distance(self.Z, codes, metric=self.metric)[:, 0])

    @cached_property
    def neutral_tolerance(self) -> float:
        """``epsilon = maxfitness / C``; the largest absolute value where fitness can be negative.

        Source: traore2023malfunction, section 2.
        """
        if self.part_of is not None:
            return self.part_of[0].neutral_tolerance
        return float(np.abs(self.y).max()) / BINS

    @cached_property
    def local_search(self) -> LocalSearch:
        """Local search from every node of an exact landscape.

        Raises:
            ValueError: A sample: its neighbours are too few to search among.
        """
        if not self.is_exact:
            raise ValueError("local_search: wanted an exact landscape, found a sample; see local_search_from")
        return best_improvement(self.graph, self.y)


@checked
def can_be_enumerated(problem: Problem) -> bool:
    """Whether looking at every candidate costs next to nothing: a recorded table of at most 500,000."""
    size = problem.space.n_rows
    return problem.is_table and size is not None and size <= MAX_EXACT


@checked
def values_of(problem: Problem, Z: Codes, rng: np.random.Generator | None = None) -> FloatArray:
    """Minimised values (n,), in which no failed candidate is better than one that is not, whatever its penalty.

    Args:
        problem: One objective.
        Z: Codes, (n, d).
        rng: Needed in a random noise mode.
    """
    y, failed = _observed(problem, Z, rng)
    if failed.any() and not failed.all():
        worst = np.nextafter(y[~failed].max(), np.inf)  # worse than all that did not fail, so that none is an optimum
        y = np.where(failed, max(problem.objectives[0].penalty, float(worst)), y)
    return y


def _observed(problem: Problem, Z: Codes, rng: np.random.Generator | None) -> tuple[FloatArray, BoolArray]:
    """Minimised values with penalties, and who failed, (n,) each."""
    if problem.is_table and not problem.noise.is_random:
        return problem(Z), problem.tabulate_failed()[problem.space.rows_of(Z)]
    evaluations = problem.evaluate(Z, rng=rng, metrics=problem.objective_metrics)
    return problem.minimised(evaluations), evaluations.failed


@checked
def local_search_from(
    starts: Codes, problem: Problem, *, rng: np.random.Generator | None = None, max_evaluations: int | None = None
) -> tuple[Codes, FloatArray, int]:
    """Best-improvement local search by evaluating neighbours, for spaces that cannot be enumerated.

    Args:
        starts: Codes of the first candidates, shape (m, d).
        problem: One objective.
        rng: Needed in a random noise mode.
        max_evaluations: No new step is started once this many candidates were evaluated; None: no limit.

    Returns:
        The codes reached (k, d), their values (k,) and the number of evaluations; k <= m searches ended
        in a local minimum before the limit. A failed candidate is worse than all others, whatever its penalty;
        where a search ended in one, its value is ``inf``.

    Source: traore2021, algorithm 1.
    """
    problem.check_one_objective()
    starts = problem.space.check(starts, "starts")

    def evaluate(Z: Codes) -> FloatArray:
        y, failed = _observed(problem, Z, rng)
        return np.where(failed, np.inf, y)

    n_evaluations = 0
    ends: list[Codes] = []
    values: list[float] = []
    for start in starts:
        z, value = start, float(evaluate(start[None, :])[0])
        n_evaluations += 1
        while True:
            if max_evaluations is not None and n_evaluations >= max_evaluations:
                return np.array(ends, dtype=starts.dtype).reshape(-1, starts.shape[1]), np.array(values), n_evaluations
            around = problem.space.neighbours(z)
            around_values = evaluate(around)
            n_evaluations += len(around)
            if not len(around) or around_values.min() >= value:
                break
            z, value = around[int(np.argmin(around_values))], float(around_values.min())
        ends.append(z)
        values.append(value)
    return np.array(ends, dtype=starts.dtype).reshape(-1, starts.shape[1]), np.array(values), n_evaluations
