"""What a solver is: something that can be asked for candidates and told their values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from nas_problems.array import BoolArray, FloatArray, check_count
from nas_problems.checked import checked
from nas_problems.evaluation import Fidelities, Metric
from nas_problems.parameter import Value
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace
from optimizers.ioh_algorithm import IohAlgorithm


@dataclass(frozen=True, slots=True, eq=False)
class At:
    """Candidates to be evaluated at fidelities of the solver's choice; bare codes mean the problem's own.

    Args:
        Z: Codes, shape (k, d).
        fidelity: One of ``task.fidelities.values`` for all rows, or one per row, (k,).

    >>> import numpy as np
    >>> asked = At(np.array([[0, 1], [1, 0]]), 12.0)
    >>> asked.Z.shape, asked.fidelity
    ((2, 2), 12.0)
    """

    Z: Codes
    fidelity: float | FloatArray

    def __len__(self) -> int:
        return len(self.Z)


class Solver(Protocol):
    """An optimizer of one run, in ask-and-tell form.

    >>> import nas_problems, numpy as np, optimizers
    >>> problem = nas_problems.make("nb201-cifar10")
    >>> solver = optimizers.make("umda").factory(Task(problem.space, 100, np.random.default_rng(1)))
    >>> Z = solver.ask()
    >>> solver.tell(Z, problem(Z))
    """

    def ask(self) -> Codes | At:
        """The next candidates.

        Returns:
            Codes of the space, shape (k, d), k >= 0, or such codes ``At`` fidelities. No rows: the solver has
            finished.
        """
        ...

    def tell(self, Z: Codes, y: FloatArray) -> None:
        """Report the values of the candidates last asked for.

        Args:
            Z: The codes that ``ask`` returned; where the budget ends in the middle of a population, its first
                rows.
            y: Minimised finite values, (k,), or (k, m) for m > 1 objectives.
        """
        ...


def ask_codes(solver: Solver) -> Codes:
    """What a solver asks for, for loops of one fidelity.

    Raises:
        ValueError: It asked for candidates at a fidelity of its choice.
    """
    asked = solver.ask()
    if isinstance(asked, At):
        raise ValueError(f"ask: wanted bare codes, found candidates at fidelity {asked.fidelity}")
    return asked


class Initializer(Protocol):
    """Chooses the first candidates of a population.

    >>> import nas_problems, numpy as np, optimizers
    >>> problem = nas_problems.make("nb201-cifar10")
    >>> initializer = optimizers.make_initializer("latin-hypercube", problem)
    >>> initializer(problem.space, 10, np.random.default_rng(1)).shape
    (10, 6)
    """

    def __call__(self, space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
        """Return ``n`` valid rows of codes, shape (n, d)."""
        ...


@checked
def uniform(space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
    """Draw ``n`` valid codes uniformly and independently; see ``SearchSpace.sample``."""
    return space.sample(n, rng)


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What a solver is to do in one run.

    Args:
        space: What is searched.
        budget: Evaluations that the run will make, at the full fidelity; one at a lower fidelity costs its share of
            it, and one that is known before, see ``n_known``, nothing.
        rng: Source of the solver's randomness.
        objectives: What is minimised; of several, ``y`` has one column each.
        fidelities: Those that may be asked for; the last one is that of bare codes.
        initializer: Chooses the first candidates; see ``start``.
        zero_cost: Names of the metrics that are known without an evaluation; see ``measure``.
        measured: Their raw values, codes (n, d) and k names to (n, k).
        n_parallel: How many candidates are evaluated at a time: a solver that asks for fewer leaves workers idle.

    Raises:
        ValueError: No objective, or a budget or a number of candidates that is not an integer >= 1.

    >>> import nas_problems, numpy as np
    >>> task = Task(nas_problems.make("nb201-cifar10").space, 100, np.random.default_rng(1))
    >>> task.start(5).shape
    (5, 6)
    """

    space: SearchSpace
    budget: int
    rng: np.random.Generator
    objectives: tuple[Metric, ...] = (Metric("value"),)
    fidelities: Fidelities = Fidelities("share", (1.0,))  # noqa: RUF009  # frozen
    initializer: Initializer = uniform
    zero_cost: tuple[str, ...] = ()
    measured: Callable[[Codes, tuple[str, ...]], FloatArray] | None = None
    n_parallel: int = 1

    def __post_init__(self) -> None:
        check_count(self.budget, "budget", minimum=1)
        check_count(self.n_parallel, "n_parallel", minimum=1)
        if not self.objectives:
            raise ValueError("objectives: wanted at least one, found none")

    @property
    def n_objectives(self) -> int:
        """How many values a candidate has."""
        return len(self.objectives)

    def start(self, n: int) -> Codes:
        """The first candidates: ``n`` rows of the initializer's choice, or as many as the budget allows; what is known
        costs nothing of it.

        Some initializers give fewer.

        >>> from nas_problems import Integer
        >>> Task(SearchSpace((Integer("width", 1, 9),)), 5, np.random.default_rng(1)).start(20).shape
        (5, 1)
        """
        return self.initializer(self.space, min(n, self.budget + self.n_known), self.rng)

    def batch(self, size: int) -> int:
        """How many candidates to ask for at a time: ``size``, or ``n_parallel`` where that is 0."""
        return size or self.n_parallel

    def measure(self, Z: Codes, names: Sequence[str]) -> FloatArray:
        """Zero-cost metrics of candidates, such as parameters, FLOPs or synflow, which no training is needed for.

        They cost no evaluation; on a live problem, the seconds that they take count where a run has a budget of them.

        Args:
            Z: Codes, shape (n, d).
            names: k of ``zero_cost``.

        Returns:
            Raw values, not minimised, shape (n, k); NaN where a candidate cannot be measured.

        Raises:
            ValueError: Another metric.
        """
        self.check_zero_cost(names)
        assert self.measured is not None
        return self.measured(Z, tuple(names))

    def check_zero_cost(self, names: Sequence[str]) -> None:
        """Refuse what is not a zero-cost metric.

        Raises:
            ValueError: See ``measure``.
        """
        known = self.zero_cost if self.measured is not None else ()
        if unknown := [name for name in names if name not in known]:
            raise ValueError(f"zero-cost metrics: wanted some of {', '.join(known) or 'none'}, found {unknown[0]!r}")

    @property
    def n_known(self) -> int:
        """How many of the first candidates are known already, and cost nothing; see ``optimizers.history``."""
        return int(getattr(self.initializer, "n_known", 0))


@dataclass(frozen=True, slots=True, eq=False)
class Spent:
    """What an initializer evaluated before it made its choice.

    Args:
        Z: Evaluated codes, shape (n, d).
        y: Their minimised values, (n,).
        cost_seconds: Their cost, (n,).
        failed: Whether an evaluation failed, (n,).
        charged: Whether they are the first evaluations of the run; else they are only counted apart from it.
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


SolverFactory = Callable[[Task], Solver]
"""``task -> Solver``: a function or class; its first parameter is called ``task``."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What a registered solver can do, as far as that must be known before a run.

    Args:
        objectives: ``one``, or ``any`` number of them.
        fidelities: Whether it chooses the fidelities of its candidates where the task has several.
        samples: Whether it searches nothing: the result of a run is the mean of its values.
        asynchronous: Whether it can be asked again before it is told, and told row by row in any order, so that no
            worker waits for another one.

    >>> import optimizers
    >>> optimizers.traits("hyperband").fidelities, optimizers.traits("pymoo-nsga2").objectives
    (True, 'any')
    """

    objectives: Literal["one", "any"] = "one"
    fidelities: bool = False
    samples: bool = False
    asynchronous: bool = False

    def __str__(self) -> str:
        """What is special, for lists; empty: a search with one objective at one fidelity.

        >>> str(Traits("any", fidelities=True))
        'any number of objectives, chooses fidelities'
        """
        words = {
            "any number of objectives": self.objectives == "any",
            "chooses fidelities": self.fidelities,
            "searches nothing": self.samples,
            "asynchronous": self.asynchronous,
        }
        return ", ".join(word for word, holds in words.items() if holds)


@dataclass(frozen=True, slots=True)
class ConfiguredSolver:
    """A solver with its options, ready to start runs.

    Args:
        name: Registered name, e.g. ``local-search`` or ``nevergrad:NGOpt``.
        factory: Starts one run; of a function of an ioh problem it raises ValueError.
        options: Options that differ from the solver's defaults.
        traits: What it can do; None: unknown, as of what is not registered.
        algorithm: The function of an ioh problem that this is; None: it asks and tells.

    >>> import optimizers
    >>> solver = optimizers.make("aging-evolution", population_size=20)
    >>> solver.label, solver.traits.fidelities
    ('aging-evolution.population_size-20', False)
    """

    name: str
    factory: SolverFactory
    options: Mapping[str, Value] = field(default_factory=dict)
    traits: Traits | None = None
    algorithm: IohAlgorithm | None = None

    @property
    def label(self) -> str:
        """Name in logs and files, with the options: ``local-search.variant-query-until-lower``."""
        parts = [self.name, *(f"{key}-{value}" for key, value in sorted(self.options.items()))]
        return ".".join(parts).replace(":", "-").replace("+", "-")

    def check(self, problem: Problem, initializer: str = "uniform") -> None:
        """Refuse what this solver cannot do.

        Args:
            problem: What it would search.
            initializer: Name of what would choose its first candidates.

        Raises:
            ValueError: More objectives than it takes; or an initializer for a function of an ioh problem.
        """
        if self.algorithm is not None and initializer != "uniform":
            raise ValueError(f"initializer: {self.label} chooses its own start, found {initializer!r}")
        takes_one = self.algorithm is not None or (self.traits is not None and self.traits.objectives == "one")
        if takes_one and len(problem.objectives) > 1:
            found = f"{len(problem.objectives)} ({', '.join(problem.objective_metrics)})"
            raise ValueError(f"{self.label} takes one objective, found {found} in {problem.label}")


def of_ioh_algorithm(
    algorithm: IohAlgorithm, name: str, options: Mapping[str, Value] | None = None
) -> ConfiguredSolver:
    """A function of an ioh problem as a solver.

    Args:
        algorithm: The function, which is given the options when it is called.
        name: Name in logs.
        options: Those that differ from its defaults.
    """
    bound = replace(algorithm, function=partial(algorithm.function, **options)) if options else algorithm
    return ConfiguredSolver(name, partial(_cannot_ask, name), options or {}, Traits(), bound)


def _cannot_ask(name: str, task: Task) -> Solver:
    raise ValueError(f"{name}: a function of an ioh problem cannot be asked; wanted optimizers.run")
