"""CMA-ES on any space: the coordinates that the library works in, and one descent."""

from collections.abc import Generator
from typing import Any

import numpy as np
from cma import CMAEvolutionStrategy

from nas_problems.array import FloatArray
from nas_problems.parameter import Integer, Real
from nas_problems.space import BOX_LOWER, BOX_UPPER, Codes, SearchSpace
from optimizers.randomness import PrivateRandomState
from optimizers.variation import repair


class Coordinates:
    """The box with every variable stretched so that a choice is one wide, the step of the integer handling.

    The choices of real and of logarithmic integer parameters are searched as they are. A space with one
    parameter gets a second coordinate that nobody reads: the library cannot do with one.

    Args:
        space: The space of the codes.
    """

    def __init__(self, space: SearchSpace) -> None:
        self._space = space
        width = [10.0 if isinstance(p, Real) or _is_log(p) else float(p.n_choices or 0) for p in space.parameters]
        lower = [-5.0 if isinstance(p, Real) or _is_log(p) else -0.5 for p in space.parameters]
        self._integer_variables = [j for j, low in enumerate(lower) if low == -0.5]
        n_padding = max(2 - space.n_parameters, 0)
        self._width: FloatArray = np.array(width + [1.0] * n_padding)
        self._lower: FloatArray = np.array(lower + [-0.5] * n_padding)

    def settings(self, population_size: int) -> dict[str, Any]:
        """Options of the library for these coordinates; 0 leaves the population size to it."""
        settings: dict[str, Any] = {
            "bounds": [self._lower, self._lower + self._width],
            "CMA_stds": self._width,
            "integer_variables": self._integer_variables,
            "signals_filename": "",
            "verbose": -9,
        }
        return settings | ({"popsize": population_size} if population_size else {})

    def from_codes(self, Z: Codes) -> FloatArray:
        """Codes (n, d) to coordinates (n, max(d, 2))."""
        unit = (self._space.to_box(Z) - BOX_LOWER) / (BOX_UPPER - BOX_LOWER)
        padded = np.pad(unit, ((0, 0), (0, len(self._width) - unit.shape[1])), constant_values=0.5)
        return np.asarray(self._lower + self._width * padded, dtype=np.float64)

    def to_codes(self, X: FloatArray) -> Codes:
        """The inverse of ``from_codes``."""
        unit = ((X - self._lower) / self._width)[:, : self._space.n_parameters]
        box = BOX_LOWER + (BOX_UPPER - BOX_LOWER) * unit
        return self._space.from_box(np.minimum(np.maximum(box, BOX_LOWER), BOX_UPPER))  # rounding at the bounds


def _is_log(parameter: object) -> bool:
    return isinstance(parameter, Integer) and parameter.log


def descent(
    es: CMAEvolutionStrategy,
    space: SearchSpace,
    coordinates: Coordinates,
    private: PrivateRandomState,
    rng: np.random.Generator,
) -> Generator[Codes, FloatArray, int]:
    """Run a strategy until one of its own stopping criteria holds.

    Invalid candidates are repaired, and their values told for the originals.

    Args:
        es: The strategy, not started, with options of ``coordinates.settings``.
        space: What is searched.
        coordinates: What it works in.
        private: The random state that ``es`` was made in.
        rng: Source of randomness for repairs.

    Returns:
        Evaluations taken.
    """
    n_evaluations = 0
    with private:
        X = es.ask()
    while True:
        y = yield repair(space, coordinates.to_codes(np.array(X)), rng)
        n_evaluations += len(X)
        with private:  # one block for both, because entering it takes longer than they do
            es.tell(X, y.tolist())
            if es.stop():
                return n_evaluations
            X = es.ask()
