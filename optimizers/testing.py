"""The conformance suite for solvers: one call that a plug-in's test makes.

>>> check_solver("random-search", spawn=False)
"""

import multiprocessing
import random
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pickle import PicklingError

import numpy as np

from nas_problems import Categorical, Integer, Ordinal, Problem, Real, SearchSpace
from nas_problems.array import BoolArray, FloatArray
from nas_problems.evaluation import Fidelity, Metric
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.space import Codes
from optimizers.initializers.uniform import uniform
from optimizers.registry import make
from optimizers.run import run
from optimizers.solver import ConfiguredSolver, Initializer, SolverFactory

Values = Callable[[FloatArray], FloatArray]
"""Turns the values of a smooth landscape, (k,), into those that a solver is told, (k,)."""


def _even(Z: Codes) -> BoolArray:
    return np.asarray(Z.sum(axis=1) % 2 == 0)


def spaces() -> Mapping[str, SearchSpace]:
    """The spaces of the suite, by name: every kind of parameter, and every kind of degenerate space."""
    letters = tuple("abcde")
    return {
        "categorical": SearchSpace(tuple(Categorical(f"op_{i}", letters) for i in range(6))),
        "ordered": SearchSpace(
            (Ordinal("kernel", (1, 3, 5, 7)), Integer("depth", -2, 9), Integer("units", 4, 512, True))
        ),
        "mixed": SearchSpace(
            (
                Categorical("op", letters),
                Integer("depth", 1, 9),
                Real("rate", 1e-5, 1.0, log=True),
                Real("drop", 0.0, 0.9),
            )
        ),
        "constrained": SearchSpace(tuple(Categorical(f"op_{i}", letters) for i in range(4)), validity=_even),
        "fixed-parameter": SearchSpace(
            (Categorical("op", ("conv",)), Ordinal("kernel", (1, 3, 5)), Integer("depth", 1, 4))
        ),
        "one-parameter": SearchSpace((Integer("depth", 1, 99),)),
        "one-code": SearchSpace((Categorical("op", ("conv",)), Integer("depth", 3, 3))),
        "larger-than-int64": SearchSpace(tuple(Categorical(f"op_{i}", letters) for i in range(28))),
    }


def check_solver(
    solver: str | ConfiguredSolver | SolverFactory,
    *,
    budget: int = 60,
    takes_initializer: bool = True,
    spawn: bool = True,
) -> None:
    """Check everything that ``run`` and the studies rely on.

    Valid codes on all ``spaces()``; a run is a function of its seed, also in a freshly started process and
    whatever the global random states are, which it leaves alone; arguments are not changed; any budget,
    constant and tied values, penalties and extreme scales are survived; the initializer is asked.

    Args:
        solver: What to check.
        budget: Evaluations per check; more than a first population makes the checks stronger.
        takes_initializer: False for a solver whose start cannot be chosen.
        spawn: Whether to start another process, which takes about a second; the solver must be picklable.

    Raises:
        AssertionError: Which check failed, on which space, and how.
    """
    named = make(solver) if isinstance(solver, str) else solver
    factory = named.factory if isinstance(named, ConfiguredSolver) else named
    for name, space in spaces().items():
        _drive(factory, space, f"on {name}", budget)
    _check_values(factory, budget)
    _check_seeds(factory, budget, spawn=spawn)
    if takes_initializer:
        _check_initializer(factory, budget)
    _check_run(named, budget)


def _drive(
    factory: SolverFactory,
    space: SearchSpace,
    where: str,
    budget: int,
    *,
    values: Values = np.asarray,
    seed: int = 1,
    initializer: Initializer | None = None,
) -> Codes:
    """Run a solver on a smooth landscape and return all it evaluated, (n, d), n <= budget."""
    solver = factory(space, budget, initializer, np.random.default_rng(seed))
    evaluated = [np.empty((0, space.n_parameters), dtype=space.dtype)]
    left = budget
    while left:
        asked = solver.ask()
        if not len(asked):
            break
        try:
            Z = space.check(asked)[:left].copy()
        except ValueError as error:
            raise AssertionError(f"{where}: ask returned no codes of the space: {error}") from error
        invalid = np.flatnonzero(~space.is_valid(Z))
        _require(not len(invalid), f"{where}: ask returned codes that fail the validity test, e.g. {Z[invalid[:1]]}")
        y = np.asarray(values(((space.to_box(Z) - 2.0) ** 2).sum(axis=1)), dtype=np.float64)
        Z_told, y_told = Z.copy(), y.copy()
        solver.tell(Z_told, y_told)
        _require(np.array_equal(Z, Z_told) and np.array_equal(y, y_told), f"{where}: tell changed its arguments")
        evaluated.append(Z)
        left -= len(Z)
    _require(left < budget, f"{where}: the run ended without a candidate")
    return np.concatenate(evaluated)


def _check_values(factory: SolverFactory, budget: int) -> None:
    told: dict[str, Values] = {
        "constant values": np.zeros_like,
        "tied values": lambda y: np.round(y / 100.0),
        "penalties": lambda y: np.where(y > 30.0, 1e6, y),
        "nothing but penalties": lambda y: np.full_like(y, 100.0),
        "large values": lambda y: y * 1e12,
        "small values": lambda y: y * 1e-12,
        "negative values": lambda y: y - 1e4,
    }
    for name in ("categorical", "mixed"):
        space = spaces()[name]
        for words, values in told.items():
            _drive(factory, space, f"on {name} with {words}", budget, values=values)
        for small in (1, 2, 3):
            _drive(factory, space, f"on {name} with budget {small}", small)


def _trajectory(factory: SolverFactory, budget: int, seed: int) -> Codes:
    return _drive(factory, spaces()["mixed"], f"with seed {seed}", budget, seed=seed)


def _check_seeds(factory: SolverFactory, budget: int, *, spawn: bool) -> None:
    saved = random.getstate(), np.random.get_state()  # noqa: NPY002  # what is checked here
    try:
        random.seed(1)
        np.random.seed(1)  # noqa: NPY002
        first = _trajectory(factory, budget, 1)
        after = random.random(), np.random.random()  # noqa: NPY002, S311
        random.seed(1)
        np.random.seed(1)  # noqa: NPY002
        untouched = random.random(), np.random.random()  # noqa: NPY002, S311
        _require(after == untouched, "a run left the global random state of random or numpy.random changed")
        again = _trajectory(factory, budget, 1)  # now from another global state
    finally:
        random.setstate(saved[0])
        np.random.set_state(saved[1])  # noqa: NPY002
    _require(np.array_equal(first, again), "two runs with the same seed differ")
    other = _trajectory(factory, budget, 2)
    _require(not np.array_equal(first, other), "runs with seed 1 and seed 2 are the same")
    if spawn:
        try:
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
                elsewhere = pool.submit(_trajectory, factory, budget, 1).result()
        except (PicklingError, AttributeError) as error:
            raise AssertionError(f"the solver cannot be sent to another process: {error}") from error
        _require(np.array_equal(first, elsewhere), "the same seed gives another run in another process")


def _check_initializer(factory: SolverFactory, budget: int) -> None:
    for name, space in spaces().items():
        if space.size == 1:
            continue
        asked: list[int] = []

        def recorded(space: SearchSpace, n: int, rng: np.random.Generator, asked: list[int] = asked) -> Codes:
            asked.append(n)
            return uniform(space, n, rng)

        _drive(factory, space, f"on {name} with an initializer", budget, initializer=recorded)
        _require(bool(asked), f"on {name}: the initializer was not asked")
        _require(1 <= min(asked) <= max(asked) <= budget, f"on {name}: the initializer was asked for {asked} rows")


def _check_run(solver: ConfiguredSolver | SolverFactory, budget: int) -> None:
    problem = _flaky_problem()
    log, again = (run(solver, problem, budget=budget, seed=7) for _ in range(2))
    _require(len(log) <= budget, f"run: {len(log)} evaluations with a budget of {budget}")
    _require(np.array_equal(log.Z, again.Z) and np.array_equal(log.y, again.y), "run: the same seed gave other values")
    _require(bool((log.y[log.failed] == 100.0).all()), "run: a failed evaluation without its penalty")


def _flaky_problem() -> Problem:
    """Every seventh candidate fails; the others are noisy."""
    space = spaces()["categorical"]
    assert space.size is not None
    error = np.random.default_rng(0).uniform(5.0, 90.0, size=(1, space.size, 3))
    error[:, ::7] = np.nan
    metric = Metric("validation_error", "%", penalty=100.0)
    evaluator = TableEvaluator(space, {metric.name: error}, {metric.name: metric}, Fidelity("epochs", (1,)))
    problem = Problem("conformance-flaky", 1, space, evaluator, (metric,), "none")
    return problem.variant(noise="sampled")


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise AssertionError(message)
