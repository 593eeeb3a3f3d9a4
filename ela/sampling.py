"""Designs of experiments: where to look at a landscape.

Features depend on the design, so that a problem and the functions it is compared with must share it.
"""

import warnings
from typing import Literal, NamedTuple, get_args

import numpy as np

from ela.encoding import Encoding, encode_points
from nas_problems.array import FloatArray, brief, check_count
from nas_problems.checked import checked
from nas_problems.problem import Problem
from nas_problems.space import BOX_LOWER, BOX_UPPER, Codes, SearchSpace

DesignKind = Literal["lhs", "sobol", "uniform"]
"""Latin hypercube, scrambled Sobol sequence, independent uniform points."""

_MAX_DRAWS = 1_000  # rounds of drawing valid rows before giving up


class Sample(NamedTuple):
    """Points and their values.

    Attributes:
        X: Points in [-5, 5]^k, shape (n, k); the points evaluated, after rounding to the space's codes.
        y: Minimised values, shape (n,).

    >>> import nas_problems
    >>> drawn = sample(nas_problems.make("nb201-cifar10"), 50, seed=1)
    >>> drawn.X.shape, drawn.y.shape
    ((50, 6), (50,))
    """

    X: FloatArray
    y: FloatArray


@checked
def unit_design(n: int, d: int, *, design: DesignKind = "lhs", rng: np.random.Generator) -> FloatArray:
    """``n`` points in [0, 1)^d.

    Args:
        n: Number of points, >= 1.
        d: Number of variables, >= 1.
        design: ``lhs`` has one point in each of n equal slices of every variable, ``sobol`` is a
            scrambled Sobol sequence, ``uniform`` draws independently.
        rng: Source of randomness.

    Returns:
        Points, shape (n, d).

    Raises:
        ValueError: ``n`` or ``d`` below 1, or an unknown design.

    Source: mckay1979, section 2 (lhs).
    """
    if n < 1 or d < 1:
        raise ValueError(f"n, d: wanted >= 1, found {n}, {d}")
    if design == "lhs":
        slices = rng.permuted(np.tile(np.arange(n), (d, 1)), axis=1).T
        return np.asarray((slices + rng.random((n, d))) / n, dtype=np.float64)
    if design == "sobol":
        from scipy.stats import qmc

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # n need not be a power of two here
            return np.asarray(qmc.Sobol(d, scramble=True, seed=rng).random(n), dtype=np.float64)
    if design == "uniform":
        return rng.random((n, d))
    raise ValueError(f"design: wanted one of {get_args(DesignKind)}, found {brief(design)}")


@checked
def sample_codes(space: SearchSpace, n: int, *, design: DesignKind = "lhs", rng: np.random.Generator) -> Codes:
    """A design on a search space: points of the box, rounded to codes; shape (n, d).

    Rows that are not valid candidates are drawn again with the same design until all are valid.

    Raises:
        ValueError: See ``unit_design``.
        RuntimeError: The validity test refuses nearly everything.
    """

    def draw(count: int) -> Codes:
        unit = unit_design(count, space.n_parameters, design=design, rng=rng)
        return space.from_box(BOX_LOWER + (BOX_UPPER - BOX_LOWER) * unit)

    Z = draw(n)
    if space.validity is None:
        return Z
    for _ in range(_MAX_DRAWS):
        refused = np.flatnonzero(~space.is_valid(Z))
        if not refused.size:
            return Z
        Z[refused] = draw(len(refused))
    raise RuntimeError(f"design: {refused.size} of {n} rows are still not valid after {_MAX_DRAWS} draws")


@checked
def sample(problem: Problem, n: int, *, design: DesignKind = "lhs", seed: int, encoding: Encoding = "box") -> Sample:
    """Evaluate a problem on a design of experiments.

    Args:
        problem: A problem with one objective; in a random noise mode each point is queried once.
        n: Number of points.
        design: See ``unit_design``.
        seed: Seed of the design and of the problem's noise.
        encoding: How categorical parameters become columns; see ``ela.encoding``.

    Returns:
        Points in [-5, 5]^k, shape (n, k), and minimised values, shape (n,).

    Raises:
        ValueError: Several objectives, or see ``unit_design``.
        RuntimeError: See ``sample_codes``.
    """
    problem.check_one_objective()
    design_seed, noise_seed = np.random.SeedSequence(check_count(seed, "seed")).spawn(2)
    Z = sample_codes(problem.space, n, design=design, rng=np.random.default_rng(design_seed))
    y = problem(Z, rng=np.random.default_rng(noise_seed))
    return Sample(encode_points(problem.space, Z, y, encoding=encoding), y)
