"""Locality: is a candidate's fitness that of its neighbours?"""

from dataclasses import dataclass

import numpy as np

from ela.correlation import pearson
from ela.landscape.check import check_fitness
from ela.landscape.graph import Graph
from nas_problems.array import FloatArray, IntArray, check_count
from nas_problems.checked import checked


@dataclass(frozen=True, eq=False)
class Locality:
    """Mean fitness of neighbours against own fitness.

    Args:
        y: Fitness of each node that has neighbours, shape (m,).
        neighbour_mean: Mean fitness of its neighbours, (m,).
        edges: Borders of the bins of fitness, (n_bins + 1,).
        bin_of: Bin of each node, (m,).
        n_isolated: Nodes without any neighbour, which are left out.

    >>> import nas_problems
    >>> from ela.landscape import Landscape
    >>> landscape = Landscape.enumerate(nas_problems.make("nb201-cifar10"))
    >>> round(locality(landscape.graph, landscape.y).correlation, 2)
    0.95
    """

    y: FloatArray
    neighbour_mean: FloatArray
    edges: FloatArray
    bin_of: IntArray
    n_isolated: int

    @property
    def correlation(self) -> float:
        """Pearson's correlation of the two; 1 where all nodes lie on the bisector."""
        return pearson(self.y, self.neighbour_mean)

    @property
    def distance_from_bisector(self) -> float:
        """Mean of |neighbours' mean - own fitness|, as a share of the range of fitness; NaN where constant."""
        spread = float(np.ptp(self.y)) if len(self.y) else 0.0
        return float(np.abs(self.neighbour_mean - self.y).mean()) / spread if spread > 0 else float("nan")

    @property
    def boxes(self) -> list[FloatArray]:
        """The neighbours' means per bin, for box plots; an empty array for an empty bin."""
        return [self.neighbour_mean[self.bin_of == b] for b in range(len(self.edges) - 1)]


@checked
def locality(graph: Graph, y: FloatArray, *, n_bins: int = 40, from_zero: bool = False) -> Locality:
    """Distribution of the mean fitness of neighbours as a function of fitness.

    Fitness is cut into ``C = n_bins`` intervals.

    The paper's step is ``maxfitness / C`` from zero on; bins that span the observed range waste none where the best
    fitness is far from zero.

    Args:
        graph: The neighbour graph.
        y: Fitness of each node, (n,).
        n_bins: Number of bins C.
        from_zero: Whether the bins begin at zero, as the paper's, or at the lowest fitness.

    Raises:
        ValueError: ``n_bins < 1``, or see ``check_fitness``.

    Source: traore2023malfunction, section 3.1 and figures 3, 4 and 8.
    """
    check_count(n_bins, "n_bins", minimum=1)
    y = check_fitness(y, len(graph))
    linked = graph.degree > 0
    own = y[linked]
    low, high = (float(y.min()), float(y.max())) if len(y) else (0.0, 1.0)
    low = min(0.0, low) if from_zero else low
    edges = np.linspace(low, high if high > low else low + 1.0, n_bins + 1)
    bin_of = np.minimum(np.searchsorted(edges, own, side="right") - 1, n_bins - 1)
    means = graph.mean_over_neighbours(y)[linked]
    return Locality(own, means, edges, np.asarray(bin_of, dtype=np.int64), int((~linked).sum()))
