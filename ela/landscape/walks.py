"""Random walks: autocorrelation, ruggedness, correlation length, one route on two data sets."""

import math
from dataclasses import dataclass

import numpy as np

from ela.correlation import pearson
from ela.landscape.check import check_fitness
from ela.landscape.graph import Graph
from nas_problems.array import FloatArray, IntArray, check_count, check_numbers
from nas_problems.checked import checked
from nas_problems.space import Codes, SearchSpace


@checked
def random_walks(graph: Graph, n_walks: int, *, length: int, rng: np.random.Generator) -> IntArray:
    """Routes over the nodes of a graph; every step goes to a neighbour drawn uniformly.

    Args:
        graph: The neighbour graph.
        n_walks: Number of routes; starts are distinct where there are enough nodes.
        length: Nodes per route, the start included.
        rng: Source of randomness.

    Returns:
        Node numbers, shape (n_walks, length). A node without neighbours is not left.

    Raises:
        ValueError: ``n_walks < 1`` or ``length < 1``.
    """
    _check_walks(n_walks, length)
    routes = np.empty((n_walks, length), dtype=np.int64)
    routes[:, 0] = rng.choice(len(graph), size=n_walks, replace=n_walks > len(graph))
    for step in range(1, length):
        here = routes[:, step - 1]
        routes[:, step] = graph.step(here, rng.random(n_walks))
    return routes


@checked
def random_routes(space: SearchSpace, n_walks: int, *, length: int, rng: np.random.Generator) -> Codes:
    """Routes through a space of any size.

    Args:
        space: The search space.
        n_walks: Number of routes, starting from ``space.sample``.
        length: Candidates per route, the start included.
        rng: Source of randomness.

    Returns:
        Codes, shape (n_walks, length, d); each row of a route is a neighbour of the one before it.

    Raises:
        ValueError: ``n_walks < 1`` or ``length < 1``.
    """
    _check_walks(n_walks, length)
    routes = np.empty((n_walks, length, space.n_parameters), dtype=space.dtype)
    routes[:, 0] = space.sample(n_walks, rng)
    for walk in routes:
        for step in range(1, length):
            around = space.neighbours(walk[step - 1])
            walk[step] = around[rng.integers(len(around))] if len(around) else walk[step - 1]
    return routes


def _check_walks(n_walks: int, length: int) -> None:
    check_count(n_walks, "n_walks", minimum=1)
    check_count(length, "length", minimum=1)


@checked
def autocorrelation(values: FloatArray, lag: int = 1) -> FloatArray:
    """Serial correlation of each walk about its own mean.

    ``rho(k) = E[(f(x_i) - mean f)(f(x_{i+k}) - mean f)] / Var(f(x_i))``

    Args:
        values: Fitness along the walks, shape (n_walks, length).
        lag: k, below the length.

    Returns:
        One correlation per walk, (n_walks,); NaN for a walk on which fitness is constant. Centring on
        the walk's own mean makes it a little lower than the landscape's, by about ``1 / length``.

    Raises:
        ValueError: Not a matrix, or a lag outside 1 ... length - 1.

    Source: traore2021, eq. 4; weinberger1990.

    >>> autocorrelation(np.array([[0.0, 1.0, 0.0, 1.0, 0.0, 1.0]]))
    array([-1.])
    """
    values = _check_lag(values, lag)
    values = values / np.maximum(np.abs(values).max(axis=1, keepdims=True), 1e-300)  # so that no square overflows
    centred = values - values.mean(axis=1, keepdims=True)
    centred[np.ptp(values, axis=1) == 0] = 0.0  # the mean of equal values can differ from them in its last bit
    with np.errstate(invalid="ignore"):
        return np.asarray((centred[:, :-lag] * centred[:, lag:]).mean(axis=1) / (centred**2).mean(axis=1))


def _check_lag(values: object, lag: int) -> FloatArray:
    matrix = check_numbers(values, "values", n_axes=2)
    if check_count(lag, "lag", minimum=1) >= matrix.shape[1]:
        raise ValueError(f"values: wanted (n_walks, length > lag = {lag}), found shape {matrix.shape}")
    return matrix


@checked
def pooled_autocorrelation(values: FloatArray, lag: int = 1) -> float:
    """The same with one mean and variance for all walks: unbiased where walks are short.

    Args:
        values: Fitness along the walks, shape (n_walks, length).
        lag: k, below the length.

    Returns:
        NaN where fitness is constant.

    Raises:
        ValueError: See ``autocorrelation``.

    Source: weinberger1990.
    """
    values = _check_lag(values, lag)
    values = values / max(float(np.abs(values).max(initial=0.0)), 1e-300)
    if values.min() == values.max():
        return float("nan")
    return float(autocorrelation_about(values, float(values.mean()), float(values.var()), lag=lag).mean())


def autocorrelation_about(values: FloatArray, mean: float, variance: float, *, lag: int = 1) -> FloatArray:
    """Per walk ``E[(f(x_i) - mean)(f(x_{i+k}) - mean)] / variance``, (n_walks,)."""
    centred = values - mean
    return np.asarray((centred[:, :-lag] * centred[:, lag:]).mean(axis=1) / variance)


@checked
def exact_autocorrelation(graph: Graph, y: FloatArray, *, lag: int = 1) -> float:
    """What the mean over infinitely many long walks tends to, from all nodes at once.

    ``rho(k) = (<f, P^k f> - <f>^2) / (<f^2> - <f>^2)`` with the walk's transition matrix P and averages
    over its stationary distribution, where a node counts in proportion to its degree.

    Args:
        graph: The neighbour graph of the whole space.
        y: Fitness of each node, (n,).
        lag: k >= 0.

    Returns:
        In [-1, 1]; NaN where fitness is constant or there are no neighbours.

    Raises:
        ValueError: A negative lag, or see ``check_fitness``.

    Source: stadler1996; weinberger1990.
    """
    check_count(lag, "lag")
    y = check_fitness(y, len(graph))
    total = graph.degree.sum()
    if total == 0 or y.min() == y.max():
        return float("nan")
    weight = graph.degree / total
    y = y / float(np.abs(y).max())  # so that no square overflows
    centred = y - weight @ y
    moved = centred
    for _ in range(lag):
        moved = np.nan_to_num(graph.mean_over_neighbours(moved))
    variance = float(weight @ centred**2)
    return float(weight @ (centred * moved)) / variance if variance > 0 else float("nan")


@checked
def ruggedness(rho: float) -> float:
    """``tau = 1 / rho(1)``; NaN where rho(1) <= 0, where the number has no meaning.

    Source: traore2021, section 3.3.

    >>> round(ruggedness(0.5173), 2)
    1.93
    """
    return 1.0 / rho if rho > 0 else float("nan")


@checked
def correlation_length(rho: float) -> float:
    """Steps after which the correlation has fallen to 1/e: ``-1 / ln |rho(1)|``.

    Returns:
        0 where ``rho`` is 0, infinite where it is 1 in absolute value, NaN where it is NaN.

    Source: stadler1996.
    """
    if math.isnan(rho) or rho == 0:
        return 0.0 if rho == 0 else rho
    return float("inf") if abs(rho) >= 1 else -1.0 / math.log(abs(rho))


@dataclass(frozen=True, slots=True)
class RouteComparison:
    """One route evaluated on two data sets.

    Args:
        offset: K: mean of the first minus the second.
        correlation: Pearson's, between the two curves.
        residual_sd: Standard deviation of what is left when K is taken off.
    """

    offset: float
    correlation: float
    residual_sd: float


@checked
def compare_routes(first: FloatArray, second: FloatArray, *, window: int = 1) -> RouteComparison:
    """How far two curves over the same route are just a constant apart.

    Args:
        first: Fitness along the route on one data set, (length,).
        second: The same on another one.
        window: Steps of a moving average taken first; the paper uses 5 in its figure.

    Raises:
        ValueError: Different lengths, or fewer steps than the window.

    Source: traore2021, section 5.3 and figure 14.
    """
    first, second = check_fitness(first, name="first"), check_fitness(second, name="second")
    if first.shape != second.shape or len(first) < check_count(window, "window", minimum=1):
        raise ValueError(f"routes: wanted two vectors of one length >= {window}, found {first.shape}, {second.shape}")
    kernel = np.full(window, 1.0 / window)
    a, b = (np.convolve(route, kernel, mode="valid") for route in (first, second))
    return RouteComparison(float((a - b).mean()), pearson(a, b), float((a - b).std()))
