"""Functions that minimise ``f(x)`` within bounds, as scipy's do, as solvers."""

import inspect
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nas_problems.array import LONGEST_FILE_NAME, FloatArray, brief
from optimizers.ioh_algorithm import IohAlgorithm
from optimizers.randomness import draw_seed

_OFFERED = ("x0", "budget", "rng", "seed")


@dataclass(frozen=True)
class Minimizer:
    """A function of ``f`` and ``bounds`` as a function of an ioh problem; made by ``from_minimizer``.

    Args:
        function: What minimises.
        restart: Whether it is called again, with another start, when it returns before the budget is spent.

    Raises:
        ValueError: A function of other arguments.
    """

    function: Callable[..., object]
    restart: bool = True

    def __post_init__(self) -> None:
        wanted = "wanted a function of (f, bounds) and, if it likes, of x0, budget, rng or seed, and options"
        try:
            parameters = inspect.signature(self.function).parameters
        except (TypeError, ValueError) as error:
            raise ValueError(f"minimizer: {wanted}, found {brief(self.function)}, which has no signature") from error
        needed = {name for name, parameter in parameters.items() if parameter.default is parameter.empty}
        if not {"f", "bounds"} <= set(parameters) or needed - {"f", "bounds", *_OFFERED}:
            raise ValueError(f"minimizer: {wanted}, found ({', '.join(parameters)})")

    @property
    def __wrapped__(self) -> Callable[..., object]:  # where the types of the options stand
        return self.function

    @property
    def __signature__(self) -> inspect.Signature:
        """Of a function of an ioh problem, with the function's options."""
        own = [p for p in inspect.signature(type(self).__call__).parameters.values() if p.kind is not p.VAR_KEYWORD]
        given = inspect.signature(self.function).parameters.values()
        options = [p for p in given if p.kind is p.KEYWORD_ONLY and p.name not in ("f", "bounds", *_OFFERED)]
        return inspect.Signature([*own[1:], *options])

    def __call__(self, problem: Any, budget: int, rng: np.random.Generator, **options: object) -> None:
        """Call the function until the budget ends the run.

        Args:
            problem: An ioh problem on the box [-5, 5]^d.
            budget: Evaluations of the run.
            rng: Source of its start and its randomness.
            options: Handed over.
        """
        low, high = np.array(problem.bounds.lb), np.array(problem.bounds.ub)

        def f(x: FloatArray) -> float:
            point = np.asarray(x, dtype=np.float64).ravel()
            return float(problem(np.clip(point, low, high).tolist()))

        bounds = list(zip(low.tolist(), high.tolist(), strict=True))
        wanted = inspect.signature(self.function).parameters
        while True:
            before = problem.state.evaluations
            offered = {"x0": rng.uniform(low, high), "budget": budget - before, "rng": rng, "seed": draw_seed(rng)}
            arguments = {name: value for name, value in offered.items() if name in wanted}
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about what was not reached
                self.function(f=f, bounds=bounds, **arguments, **options)
            if not self.restart or problem.state.evaluations == before:
                return


def from_minimizer(function: Callable[..., object], *, label: str = "", restart: bool = True) -> IohAlgorithm:
    """A function that minimises ``f(x)`` within bounds as a solver, for ``optimizers.run`` and ``optimizers.register``.

    Points are those of the box [-5, 5]^d, see ``SearchSpace.to_box``; one outside it is moved to its edge, as steps of
    a simplex may be.

    Args:
        function: Called with ``f``, a function of a point (d,) that returns a float, and ``bounds``, d pairs; also
            with ``x0`` (a start, uniform in the box), ``budget`` (what is left of it), ``rng`` (a numpy Generator) or
            ``seed`` (drawn from it) where it has parameters of these names. The call of ``f`` after the last
            evaluation ends it. Its further keyword-only parameters are the solver's options.
        label: Name in logs; empty: the function's name.
        restart: Whether it is called again when it returns before the budget is spent.

    Raises:
        ValueError: A function of other arguments, a label that is not a string or too long for a file, or a restart
            that is not a truth value.

    >>> import scipy.optimize
    >>> def powell(f, bounds, x0):
    ...     scipy.optimize.minimize(f, x0, method="Powell", bounds=bounds)
    >>> import optimizers
    >>> optimizers.run(from_minimizer(powell), "fcnet-protein", budget=50, seed=1)
    <RunLog powell on fcnet-protein: 50 evaluations, best validation mse 0.4179, seed 1>
    """
    if not isinstance(label, str):
        raise ValueError(f"label: wanted a string, found {type(label).__name__}")
    if len(label) > LONGEST_FILE_NAME:
        raise ValueError(f"label: wanted at most {LONGEST_FILE_NAME} characters, found {len(label)}")
    if not isinstance(restart, (bool, np.bool_)):
        raise ValueError(f"restart: wanted True or False, found {type(restart).__name__}")
    return IohAlgorithm(
        Minimizer(function, bool(restart)), code="box", label=label or getattr(function, "__name__", "")
    )
