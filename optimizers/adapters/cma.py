"""CMA-ES on any space: the coordinates that the library works in, and one descent."""

from collections.abc import Generator
from typing import Any

import numpy as np
from cma import CMAEvolutionStrategy

from nas_problems.array import FloatArray
from nas_problems.parameter import Categorical, Integer, Parameter, Real
from nas_problems.space import Codes, SearchSpace
from optimizers.randomness import PrivateRandomState
from optimizers.variation import repair


class Coordinates:
    """What the library works in: one coordinate per variable, or one per choice where the choices have no order.

    A categorical parameter of more than two choices has a coordinate in [0, 1] for each, of which the largest says
    what is chosen: on a line of choices, a step from the first to the last would have to lead over all others.
    Ordered finite ones are stretched so that a choice is one wide, the step of the library's integer handling;
    real and logarithmic integer ranges are searched on their scale. A single coordinate gets a second one
    that nobody reads: the library cannot do with one.

    Args:
        space: The space of the codes.
    """

    def __init__(self, space: SearchSpace) -> None:
        self._space = space
        self._columns: list[slice] = []  # of each parameter
        width: list[float] = []
        lower: list[float] = []
        self._integer_variables: list[int] = []
        for parameter in space.parameters:
            start, n_choices = len(width), parameter.n_choices or 0
            if _is_one_hot(parameter):
                width, lower = width + [1.0] * n_choices, lower + [0.0] * n_choices
            elif isinstance(parameter, Real) or _is_log(parameter):
                width, lower = [*width, 10.0], [*lower, -5.0]
            else:
                self._integer_variables.append(start)
                width, lower = [*width, float(n_choices)], [*lower, -0.5]
            self._columns.append(slice(start, len(width)))
        n_padding = max(2 - len(width), 0)
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
        """Codes (n, d) to coordinates (n, at least 2)."""
        unit = np.full((len(Z), len(self._width)), 0.5)
        for j, (parameter, columns) in enumerate(zip(self._space.parameters, self._columns, strict=True)):
            if _is_one_hot(parameter):
                chosen = np.eye(columns.stop - columns.start)[Z[:, j].astype(np.int64)]
                unit[:, columns] = (1 + chosen) / 3  # the others can still win within a step
            else:
                unit[:, columns] = parameter.to_unit(Z[:, j])[:, None]
        return np.asarray(self._lower + self._width * unit, dtype=np.float64)

    def to_codes(self, X: FloatArray) -> Codes:
        """The inverse of ``from_codes``."""
        unit = np.minimum(np.maximum((X - self._lower) / self._width, 0.0), 1.0)  # rounding at the bounds
        codes = [
            unit[:, columns].argmax(axis=1) if _is_one_hot(parameter) else parameter.from_unit(unit[:, columns.start])
            for parameter, columns in zip(self._space.parameters, self._columns, strict=True)
        ]
        return np.stack(codes, axis=1).astype(self._space.dtype)


def _is_one_hot(parameter: Parameter) -> bool:
    return isinstance(parameter, Categorical) and parameter.n_choices > 2


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
