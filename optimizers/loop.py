"""Solvers written as the loop that their paper prints.

A generator function that yields candidates and receives their values becomes a solver factory:

>>> import numpy as np
>>> from nas_problems import Integer, SearchSpace
>>> @as_solver
... def keep_the_best(task):
...     z = task.start(1)
...     y = yield z
...     while True:
...         z_new = task.space.sample(1, task.rng)
...         y_new = yield z_new
...         if y_new[0] <= y[0]:
...             z, y = z_new, y_new
>>> solver = keep_the_best(Task(SearchSpace((Integer("width", 1, 9),)), 10, np.random.default_rng(1)))
>>> solver.tell(solver.ask(), np.array([3.0]))

``yield At(Z, fidelity)`` asks for values at fidelities of the solver's choice.
"""

import functools
import inspect
from collections.abc import Callable, Generator
from typing import Concatenate, ParamSpec

from nas_problems.array import FloatArray
from nas_problems.space import Codes
from optimizers.solver import At, Solver, Task

P = ParamSpec("P")

Loop = Generator[Codes | At, FloatArray, None]
"""Yields codes (k, d), k >= 1, or such codes ``At`` fidelities; is sent their minimised values, (k,) or (k, m).
Its return ends the run."""


class LoopSolver:
    """Runs a loop in ask-and-tell form.

    Args:
        loop: The generator, not started.
    """

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._asked: Codes | At | None = None
        self._finished: Codes | None = None

    def ask(self) -> Codes | At:
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

    def _end(self, asked: Codes | At) -> None:
        self._loop.close()
        self._finished = (asked.Z if isinstance(asked, At) else asked)[:0]


def as_solver(function: Callable[Concatenate[Task, P], Loop]) -> Callable[Concatenate[Task, P], Solver]:
    """Decorator: turn a generator function ``(task, *, options)`` into a solver factory.

    The loop must yield at least once.

    Raises:
        ValueError: A function with another first parameter, or with further ones that are not keyword-only.
    """
    parameters = inspect.signature(function).parameters
    positional = [name for name, p in parameters.items() if p.kind is not inspect.Parameter.KEYWORD_ONLY]
    if positional != ["task"]:
        raise ValueError(f"{function.__name__}: wanted a function of (task, *, options), found {tuple(parameters)}")

    @functools.wraps(function)
    def factory(task: Task, /, *args: P.args, **kwargs: P.kwargs) -> Solver:
        return LoopSolver(function(task, *args, **kwargs))

    return factory
