"""Solvers written as the loop that their paper prints.

A generator function that yields candidates and receives their values becomes a solver factory:

>>> import numpy as np
>>> from nas_problems import Integer, SearchSpace
>>> @as_solver
... def keep_the_best(space, budget, initializer, rng):
...     z, y = space.sample(1, rng), [np.inf]
...     while True:
...         z_new = space.sample(1, rng)
...         y_new = yield z_new
...         if y_new[0] <= y[0]:
...             z, y = z_new, y_new
>>> solver = keep_the_best(SearchSpace((Integer("width", 1, 9),)), 10, None, np.random.default_rng(1))
>>> solver.tell(solver.ask(), np.array([3.0]))
"""

import functools
from collections.abc import Callable, Generator
from typing import ParamSpec

from nas_problems.array import FloatArray
from nas_problems.space import Codes
from optimizers.solver import Solver

P = ParamSpec("P")

Loop = Generator[Codes, FloatArray, None]
"""Yields codes (k, d), k >= 1; is sent their minimised values (k,). Its return ends the run."""


class LoopSolver:
    """Runs a loop in ask-and-tell form.

    Args:
        loop: The generator, not started.
    """

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._asked: Codes | None = None
        self._finished: Codes | None = None

    def ask(self) -> Codes:
        """The candidates that the loop waits for; no rows once it has ended.

        Raises:
            RuntimeError: The loop yielded nothing at all.
        """
        if self._finished is not None:
            return self._finished
        if self._asked is None:
            try:
                self._asked = next(self._loop)
            except StopIteration:
                raise RuntimeError("ask: the loop ended without a candidate") from None
        return self._asked

    def tell(self, Z: Codes, y: FloatArray) -> None:
        """Send the values and run the loop up to its next candidates.

        Raises:
            RuntimeError: Nothing was asked for.
        """
        asked = self._asked
        if asked is None or self._finished is not None:
            raise RuntimeError("tell: wanted an ask before it, found none")
        if len(y) < len(asked):  # the budget ended in the middle of a population
            self._end(asked)
            return
        try:
            self._asked = self._loop.send(y)
        except StopIteration:
            self._end(asked)

    def _end(self, asked: Codes) -> None:
        self._loop.close()
        self._finished = asked[:0]


def as_solver(function: Callable[P, Loop]) -> Callable[P, Solver]:
    """Decorator: turn a generator function ``(space, budget, initializer, rng, *, options)`` into a factory.

    The loop must yield at least once.
    """

    @functools.wraps(function)
    def factory(*args: P.args, **kwargs: P.kwargs) -> Solver:
        return LoopSolver(function(*args, **kwargs))

    return factory
