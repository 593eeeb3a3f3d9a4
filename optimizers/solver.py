"""What a solver is: something that can be asked for candidates and told their values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np

from nas_problems.array import BoolArray, FloatArray
from nas_problems.parameter import Value
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace


class Solver(Protocol):
    """An optimizer of one run, in ask-and-tell form."""

    def ask(self) -> Codes:
        """The next candidates.

        Returns:
            Codes of the space, shape (k, d), k >= 0. No rows: the solver has finished.
        """
        ...

    def tell(self, Z: Codes, y: FloatArray) -> None:
        """Report the values of the candidates last asked for.

        Args:
            Z: What ``ask`` returned; where the budget ends in the middle of a population, its first rows.
            y: Minimised finite values, (k,).
        """
        ...


class Initializer(Protocol):
    """Chooses the first candidates of a population."""

    def __call__(self, space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
        """Return ``n`` valid rows of codes, shape (n, d)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Spent:
    """What an initializer evaluated before it made its choice.

    Args:
        Z: Evaluated codes, shape (n, d).
        y: Their minimised values, (n,).
        cost_seconds: Their cost, (n,).
        failed: Whether an evaluation failed, (n,).
        charged: Whether they are the first evaluations of the run; else they are only counted beside it.
    """

    Z: Codes
    y: FloatArray
    cost_seconds: FloatArray
    failed: BoolArray
    charged: bool


@runtime_checkable
class SamplingInitializer(Protocol):
    """An initializer that evaluates candidates; ``optimizers.run`` lets it do so before the run."""

    def sampled(self, problem: Problem, rng: np.random.Generator) -> tuple[Initializer, Spent]:
        """Evaluate, and return what chooses the first candidates, and what was spent.

        Args:
            problem: What the run searches.
            rng: Source of randomness of sampling and evaluating.
        """
        ...


SolverFactory = Callable[[SearchSpace, int, Initializer | None, np.random.Generator], Solver]
"""``(space, budget, initializer, rng) -> Solver``; initializer None: the solver's own, or uniform."""


@dataclass(frozen=True, slots=True)
class ConfiguredSolver:
    """A registered solver with its options, ready to start runs.

    Args:
        name: Registered name, e.g. ``local-search`` or ``nevergrad:NGOpt``.
        factory: Starts one run.
        options: Options that differ from the solver's defaults.
    """

    name: str
    factory: SolverFactory
    options: Mapping[str, Value] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Name in logs and files, with the options: ``local-search.variant-query-until-lower``."""
        parts = [self.name, *(f"{key}-{value}" for key, value in sorted(self.options.items()))]
        return ".".join(parts).replace(":", "-")
