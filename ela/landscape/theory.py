"""What local search should find, predicted only from distributions of losses.

A node's loss is drawn from ``pdf_n``, the losses of its neighbours from ``pdf_e(loss, .)``; every node has
s neighbours. Losses lie in [0, 1]; integrals are sums over equal cells.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from ela.landscape.graph import Graph
from nas_problems.array import FloatArray
from nas_problems.checked import checked
from nas_problems.space import Categorical, SearchSpace

Centre = Literal["own", "regressing"]
"""Around what the losses of neighbours lie."""


@dataclass(frozen=True, eq=False)
class LossModel:
    """Distributions of losses on a grid of [0, 1].

    Args:
        node: ``pdf_n``: probability of each of m cells, shape (m,), sum 1.
        neighbour: ``pdf_e``: row i is the distribution of a neighbour's loss where the own loss lies in
            cell i, shape (m, m), rows sum to 1.

    Raises:
        ValueError: Shapes or sums that are not those of probabilities.
    """

    node: FloatArray
    neighbour: FloatArray

    def __post_init__(self) -> None:
        m = len(self.node)
        if self.neighbour.shape != (m, m):
            raise ValueError(f"neighbour: wanted shape ({m}, {m}), found {self.neighbour.shape}")
        if not (np.allclose(self.node.sum(), 1) and np.allclose(self.neighbour.sum(axis=1), 1)):
            raise ValueError("model: wanted rows that sum to 1")

    @property
    def losses(self) -> FloatArray:
        """Middle of each cell, (m,)."""
        m = len(self.node)
        return (np.arange(m) + 0.5) / m

    @cached_property
    def tail(self) -> FloatArray:
        """``int_z^1 pdf_e(x, y) dy`` for own loss x (rows) and border z (columns), both at cell middles."""
        above = np.cumsum(self.neighbour[:, ::-1], axis=1)[:, ::-1]
        return np.asarray(np.clip(above - self.neighbour / 2, 0.0, 1.0))


@checked
def uniform_model(m: int = 500) -> LossModel:
    """Losses that are uniform on [0, 1] and know nothing of their neighbours."""
    return LossModel(np.full(m, 1 / m), np.full((m, m), 1 / m))


@checked
def normal_model(sigma: float, v: float, *, correlation: float, centre: Centre = "own", m: int = 500) -> LossModel:
    """Truncated normals: ``pdf_n`` with location v and scale sigma, ``pdf_e`` around the own loss.

    ``pdf(u) = N(u; v, sigma) / int_0^1 N(w; v, sigma) dw``

    Differs: how the paper turns the random-walk autocorrelation rho into the scale of ``pdf_e`` is in
    an appendix that was not available. Here it is the root mean square difference of neighbours in a
    stationary process, ``sigma sqrt(2 (1 - rho))``.

    Args:
        sigma: Scale, > 0.
        v: Location.
        correlation: rho in (-1, 1).
        centre: ``own``: a neighbour's loss has the own loss x as location, as the density along the
            diagonal in figure 5.2 suggests. ``regressing``: location ``v + rho (x - v)`` and scale
            ``sigma sqrt(1 - rho^2)``, the stationary Gaussian process.
        m: Number of cells.

    Raises:
        ValueError: A scale or correlation out of range.

    Source: white2021, eq. 5.3.
    """
    if sigma <= 0 or not -1 < correlation < 1:
        raise ValueError(f"model: wanted sigma > 0 and |correlation| < 1, found {sigma} and {correlation}")
    edges = np.arange(m + 1) / m
    middles = (edges[:-1] + edges[1:]) / 2
    node = _truncated_normal(edges, np.array([v]), sigma)[0]
    if centre == "own":
        return LossModel(node, _truncated_normal(edges, middles, sigma * math.sqrt(2 * (1 - correlation))))
    local = v + correlation * (middles - v)
    return LossModel(node, _truncated_normal(edges, local, sigma * math.sqrt(1 - correlation**2)))


def _truncated_normal(edges: FloatArray, locations: FloatArray, sigma: float) -> FloatArray:
    """Probabilities of the cells between ``edges``, one row per location."""
    from scipy.special import ndtr  # slow to import

    cells = np.diff(ndtr((edges[None, :] - locations[:, None]) / sigma), axis=1)  # locations lie in [0, 1]
    return np.asarray(cells / cells.sum(axis=1, keepdims=True))


@checked
def measured_model(graph: Graph, losses: FloatArray, *, m: int = 200) -> LossModel:
    """The distributions as they are in a table: histograms of nodes and of neighbour pairs.

    Args:
        graph: The neighbour graph.
        losses: Loss of each node, in [0, 1], shape (n,).
        m: Number of cells. A cell without nodes takes the distribution of all nodes.

    Raises:
        ValueError: Losses outside [0, 1].
    """
    if not ((losses >= 0) & (losses <= 1)).all():
        raise ValueError(f"losses: wanted numbers in [0, 1], found {losses.min()} ... {losses.max()}")
    cell = np.minimum((losses * m).astype(np.int64), m - 1)
    node = np.bincount(cell, minlength=m) / len(cell)
    row, column = graph.pairs()
    pairs = np.bincount(cell[row] * m + cell[column], minlength=m * m).reshape(m, m)
    total = pairs.sum(axis=1, keepdims=True)
    return LossModel(node, np.where(total > 0, pairs / np.maximum(total, 1), node))


@checked
def fit_truncated_normal(losses: FloatArray, *, n_bins: int = 100) -> tuple[float, float]:
    """Scale sigma and location v of the normal truncated to [0, 1] that is nearest to a histogram.

    Least squares between densities, as the paper matches histograms: unlike the likelihood it is not
    ruled by the few architectures that did not train at all.

    Args:
        losses: Numbers in [0, 1], at least two different ones.
        n_bins: Bins of the histogram on [0, 1].

    Returns:
        ``(sigma, v)`` with ``0 <= v <= 1`` and ``0.5 / n_bins <= sigma <= 2``.

    Raises:
        ValueError: All losses equal.

    Source: white2021, eq. 5.3 and figure 5.1.
    """
    from scipy.optimize import least_squares

    if len(losses) < 2 or np.ptp(losses) == 0:
        raise ValueError("losses: wanted at least two different values")
    counts, edges = np.histogram(losses, bins=n_bins, range=(0.0, 1.0))
    wanted = counts / counts.sum()

    def difference(theta: FloatArray) -> FloatArray:
        return np.asarray(_truncated_normal(edges, theta[1:], float(theta[0]))[0] - wanted)

    lower, upper = np.array([0.5 / n_bins, 0.0]), np.array([2.0, 1.0])
    quartiles = np.quantile(losses, [0.25, 0.5, 0.75])
    start = np.clip([(quartiles[2] - quartiles[0]) / 1.349, quartiles[1]], lower + 1e-6, upper - 1e-6)
    fitted = least_squares(difference, start, bounds=(lower, upper))
    return float(fitted.x[0]), float(fitted.x[1])


@checked
def branching_fractions(space: SearchSpace) -> tuple[float, ...]:
    """``b_k = |N_k(v)| / (|N_{k-1}(v)| |N(v)|)`` for k = 0 ... d + 1, with b_0 = 1.

    ``|N_k|`` counts the nodes at distance k. For NAS-Bench-201, ``(K_5)^6``, ``b_k = (6 - k + 1) / (6 k)``.

    Raises:
        ValueError: A parameter that is not categorical, or a validity test: then the graph is not
            vertex transitive.

    Source: white2021, section 5.

    >>> space = SearchSpace(tuple(Categorical(f"e{i}", tuple("abcde")) for i in range(6)))
    >>> [round(b, 4) for b in branching_fractions(space)]
    [1.0, 1.0, 0.4167, 0.2222, 0.125, 0.0667, 0.0278, 0.0]
    """
    if space.validity is not None or not all(isinstance(p, Categorical) for p in space.parameters):
        raise ValueError("space: wanted categorical parameters only and no validity test")
    others = [n - 1 for n in space.n_choices if n is not None]
    counts = np.array([1.0])  # number of nodes at distance k: coefficients of prod (1 + others t)
    for n in others:
        counts = np.convolve(counts, [1.0, n])
    counts = np.append(counts, 0.0)
    return (1.0, *(float(counts[k] / (counts[k - 1] * sum(others))) for k in range(1, len(counts))))


@checked
def expected_minima(model: LossModel, *, n: int, s: int) -> float:
    """Expected number of local minima.

    ``E[#{v : LS*(v) = v}] = n int pdf_n(x) (int_x^1 pdf_e(x, y) dy)^s dx``

    Args:
        model: Distributions of losses.
        n: Number of nodes.
        s: Number of neighbours of each.

    Source: white2021, theorem 5.1.

    >>> round(expected_minima(uniform_model(), n=15_625, s=24))
    625
    """
    return float(n * (model.node @ np.diag(model.tail) ** s))


@checked
def expected_preimages(model: LossModel, *, s: int, branching: Sequence[float], depth: int = 5) -> FloatArray:
    """Expected number of nodes that reach a node of given loss in exactly k steps.

    ``E|LS^-1(v)| = s int_l^1 pdf_e(l, y) (int_l^1 pdf_e(y, z) dz)^(s-1) dy`` and
    ``E|LS^-k(v)| = b_{k-1} E|LS^-1(v)| (int_l^1 pdf_e(l, y) E|LS^-(k-1)(y)| dy) / int_l^1 pdf_e(l, y) dy``.

    Args:
        model: Distributions of losses.
        s: Number of neighbours of each node.
        branching: ``b_0, b_1, ...`` as of ``branching_fractions``; 0 from its end on.
        depth: Largest k; the paper goes to 5.

    Returns:
        Shape (depth + 1, m): row k is ``E|LS^-k|`` at ``model.losses``; row 0 is 1.

    Source: white2021, lemma 5.2.
    """
    m = len(model.node)
    above = np.triu(model.neighbour, 1) + np.diag(np.diag(model.neighbour)) / 2  # neighbours of higher loss
    sizes = np.ones((depth + 1, m))
    if depth >= 1:
        sizes[1] = s * (above * (model.tail ** (s - 1)).T).sum(axis=1)
    total = above.sum(axis=1)
    for k in range(2, depth + 1):
        fraction = branching[k - 1] if k - 1 < len(branching) else 0.0
        mean = np.divide(above @ sizes[k - 1], total, out=np.zeros(m), where=total > 0)
        sizes[k] = fraction * sizes[1] * mean
    return sizes


@checked
def expected_share_within(
    model: LossModel, tolerances: FloatArray, *, s: int, branching: Sequence[float], depth: int = 5
) -> FloatArray:
    """Expected share of starts that end within each tolerance of the lowest loss.

    ``E[#{v : l(LS*(v)) - l(v*) <= eps}] / n
    = int_{l*}^{l* + eps} pdf_n(x) (int_x^1 pdf_e(x, y) dy)^s E|LS^-*(x)| dx``

    Args:
        model: Distributions of losses; ``l*`` is the first cell of positive probability.
        tolerances: Values of eps, any shape.
        s: Number of neighbours of each node.
        branching: See ``expected_preimages``.
        depth: Preimages up to this depth are added up.

    Source: white2021, theorem 5.1.
    """
    whole = expected_preimages(model, s=s, branching=branching, depth=depth).sum(axis=0)
    density = model.node * np.diag(model.tail) ** s * whole
    m = len(density)
    lowest = float(np.argmax(model.node > 0)) / m
    cumulative = np.concatenate([[0.0], np.cumsum(density)])
    return np.asarray(np.interp(lowest + np.asarray(tolerances), np.arange(m + 1) / m, cumulative))


@checked
def uniform_share_within(tolerances: FloatArray, *, s: int, branching: Sequence[float]) -> FloatArray:
    """The same in closed form where losses are uniform and independent.

    ``sum_i s^i (1 - (1 - eps)^((i+1) s + 1)) / ((i+1) s + 1) prod_{j=0}^{i-1} b_j / (j s + 1)``

    The number of minima is then ``n / (s + 1)``.

    The lemma treats the neighbourhoods of a node and of its predecessor as independent. On ``(K_5)^6``
    they share nodes, and the printed fractions make the whole sum at eps = 1 be 0.897 where every start
    ends somewhere; ``hamming_second_preimage`` is what two steps really give.

    Source: white2021, lemma 5.3.
    """
    eps = np.asarray(tolerances, dtype=np.float64)
    total = np.zeros_like(eps)
    product = 1.0
    for i in range(len(branching) + 1):
        size = (i + 1) * s + 1
        total += s**i * (1 - (1 - eps) ** size) / size * product
        product *= (branching[i] if i < len(branching) else 0.0) / (i * s + 1)
    return total


@checked
def hamming_second_preimage(losses: FloatArray, *, n_parameters: int, n_choices: int) -> FloatArray:
    """Exact ``E|LS^-2(v)|`` for uniform independent losses on a Hamming graph.

    A node w at distance 2 reaches v through u if u is the lowest of w's neighbours and v the lowest of
    u's. The ``n_choices - 2`` nodes on the line through u and w count for both, so that
    ``E = 2 |N_2| / (s + 1) (1 - l)^(2 s - n_choices + 1)`` with ``|N_2| = C(d, 2) (n_choices - 1)^2``.

    Args:
        losses: Loss of v, any shape, in [0, 1].
        n_parameters: d.
        n_choices: Choices of each parameter.

    Returns:
        Expected numbers, same shape. Not in the paper, whose lemma 5.2 has
        ``b_1 s^2 (1 - l)^(2 s) / (s + 1)``.
    """
    s = n_parameters * (n_choices - 1)
    n_second = math.comb(n_parameters, 2) * (n_choices - 1) ** 2
    return np.asarray(2 * n_second / (s + 1) * (1 - np.asarray(losses)) ** (2 * s - n_choices + 1))
