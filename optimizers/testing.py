"""The conformance suite for solvers: one call that a plug-in's test makes.

>>> check_solver("random-search", spawn=False)
"""

import multiprocessing
import random
import tracemalloc
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pickle import PicklingError

import numpy as np

from nas_problems import Categorical, Integer, Ordinal, Problem, Real, SearchSpace
from nas_problems.array import BoolArray
from nas_problems.evaluation import Fidelities, Metric
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.space import Codes
from optimizers.drive import SolverError, Values, blamed, drive, require
from optimizers.initializers.uniform import uniform
from optimizers.run import AnySolver, named_solver, run
from optimizers.solver import At, ConfiguredSolver, Task, Traits

_HUGE_BUDGET, _LARGEST_BYTES = 10**9, 2**28
_ODD_FIDELITIES: Mapping[str, tuple[float, ...]] = {
    "one fidelity": (9,),
    "two fidelities that are nearly equal": (8, 9),
    "fidelities that are not powers of one number": (1, 2, 5, 7),
}


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
        "unusual": SearchSpace(
            (
                Categorical("self", (None, "sqrt", 0.5)),
                Ordinal("only", (7,)),
                Real("rate", 1e-9, 1e-6, log=True),
            )
        ),
        "one-parameter": SearchSpace((Integer("depth", 1, 99),)),
        "one-code": SearchSpace((Categorical("op", ("conv",)), Integer("depth", 3, 3))),
        "larger-than-int64": SearchSpace(tuple(Categorical(f"op_{i}", letters) for i in range(28))),
    }


def check_solver(
    solver: AnySolver,
    *,
    budget: int = 60,
    takes_initializer: bool = True,
    spawn: bool = True,
    traits: Traits | None = None,
) -> None:
    """Check everything that ``run`` and the studies rely on.

    Valid codes on all ``spaces()``; a run is a function of its seed, also in a freshly started process and
    whatever the global random states are, which it leaves alone; arguments are not changed; any budget,
    constant and tied values, penalties and extreme scales are survived; several workers are served; first
    candidates are spread over a log scale as they are over a linear one; the initializer is asked. What its traits
    promise is checked, too: several objectives, with ties and constant ones; fidelities, chosen among those there
    are, also where there is one alone, or where they are not the powers of one number.

    Args:
        solver: What to check: whatever ``optimizers.run`` takes. A function of an ioh problem is checked in
            the code in which it would run; with code ``integer``, on finite spaces only.
        budget: Evaluations per check; more than a first population makes the checks stronger.
        takes_initializer: False for a solver whose start cannot be chosen, as that of a function of an ioh
            problem never can.
        spawn: Whether to start another process, which takes about a second; the solver must be picklable.
        traits: What it can do; None: what it was registered with.

    Raises:
        AssertionError: Which check failed, on which space, and how; where the solver raised an error, that
            is its cause.
        KeyError: An unknown name.
        ValueError: Nothing that ``optimizers.run`` takes.
    """
    named = named_solver(solver)
    can = traits or named.traits
    searched = _searched_spaces(named)
    for name, space in searched.items():
        drive(named, space, f"on {name}", budget)
    _check_values(named, searched, budget)
    _check_seeds(named, searched[_varied(searched)], budget, spawn=spawn)
    _check_scale(named)
    if takes_initializer and named.algorithm is None:
        _check_initializer(named, budget)
    if can is not None and can.objectives == "any":
        _check_objectives(named, searched, budget)
    _check_fidelities(named, searched, budget, can)
    _check_workers(named, searched[_varied(searched)], budget, can)
    _check_run(named, budget)
    _check_memory(named, searched[_varied(searched)], budget)


def _searched_spaces(solver: ConfiguredSolver) -> Mapping[str, SearchSpace]:
    is_integer = solver.algorithm is not None and solver.algorithm.code == "integer"
    return {name: space for name, space in spaces().items() if space.is_finite or not is_integer}


def _varied(searched: Mapping[str, SearchSpace]) -> str:
    """The space with the most kinds of parameters."""
    return "mixed" if "mixed" in searched else "ordered"


def _check_scale(solver: ConfiguredSolver) -> None:
    """The first candidates of several runs lie on a log scale where they lie on a linear one, by their medians.

    Integer codes of an ioh problem have no scale.
    """
    if solver.algorithm is not None and solver.algorithm.code == "integer":
        return
    space = SearchSpace((Integer("linear", 1, 1024), Integer("log", 1, 1024, log=True)))
    first = np.concatenate([drive(solver, space, "on a log scale", 3, seed=seed)[0] for seed in range(16)])
    linear, log = (np.median(p.to_unit(first[:, j])) for j, p in enumerate(space.parameters))
    require(
        bool(abs(linear - log) < 0.3),
        f"first candidates: half of them lie below {linear:.2f} of a linear range and below {log:.2f} of a logarithmic "
        "one: draw with space.sample, from_box, or parameter.from_unit",
    )


def _check_values(solver: ConfiguredSolver, searched: Mapping[str, SearchSpace], budget: int) -> None:
    told: dict[str, Values] = {
        "constant values": np.zeros_like,
        "tied values": lambda y: np.round(y / 100.0),
        "penalties": lambda y: np.where(y > 30.0, 1e6, y),
        "nothing but penalties": lambda y: np.full_like(y, 100.0),
        "large values": lambda y: y * 1e12,
        "small values": lambda y: y * 1e-12,
        "negative values": lambda y: y - 1e4,
    }
    for name in ("categorical", _varied(searched)):
        space = searched[name]
        for words, values in told.items():
            drive(solver, space, f"on {name} with {words}", budget, values=values)
        for small in (1, 2, 3):
            drive(solver, space, f"on {name} with budget {small}", small)


def _check_memory(solver: ConfiguredSolver, space: SearchSpace, budget: int) -> None:
    """A budget is a number: nothing is allocated for evaluations that have not been made."""
    if solver.algorithm is not None:
        return
    running = solver.factory(Task(space, _HUGE_BUDGET, np.random.default_rng(1)))
    left = budget
    tracemalloc.start()
    try:
        while left > 0:
            asked = running.ask()
            Z = (asked.Z if isinstance(asked, At) else asked)[:left]
            if not len(Z):
                break
            running.tell(Z, np.arange(len(Z), dtype=np.float64))
            left -= len(Z)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    require(
        peak_bytes <= _LARGEST_BYTES,
        f"memory: wanted at most {_LARGEST_BYTES} bytes for {budget} evaluations of a budget of {_HUGE_BUDGET}, "
        f"found {peak_bytes}",
    )


def _check_seeds(solver: ConfiguredSolver, space: SearchSpace, budget: int, *, spawn: bool) -> None:
    saved = random.getstate(), np.random.get_state()  # noqa: NPY002  # what is checked here
    try:
        random.seed(1)
        np.random.seed(1)  # noqa: NPY002
        first = _trajectory(solver, space, budget, 1)
        after = random.random(), np.random.random()  # noqa: NPY002, S311
        random.seed(1)
        np.random.seed(1)  # noqa: NPY002
        untouched = random.random(), np.random.random()  # noqa: NPY002, S311
        require(
            after == untouched,
            "a run left the global random state of random or numpy.random changed: draw from rng, or see "
            "optimizers.randomness",
        )
        again = _trajectory(solver, space, budget, 1)  # now from another global state
    finally:
        random.setstate(saved[0])
        np.random.set_state(saved[1])  # noqa: NPY002
    require(np.array_equal(first, again), "two runs with the same seed differ")
    other = _trajectory(solver, space, budget, 2)
    require(not np.array_equal(first, other), "runs with seed 1 and seed 2 are the same")
    if spawn:
        try:
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
                elsewhere = pool.submit(_trajectory, solver, space, budget, 1).result()
        except (PicklingError, AttributeError) as error:
            raise SolverError(f"the solver cannot be sent to another process: {error}") from error
        except BrokenProcessPool as error:
            raise SolverError(
                "a fresh process died of the solver's module; of a script, only what stands under "
                "if __name__ == '__main__' may call check_solver"
            ) from error
        require(np.array_equal(first, elsewhere), "the same seed gives another run in another process")


def _trajectory(solver: ConfiguredSolver, space: SearchSpace, budget: int, seed: int) -> Codes:
    return drive(solver, space, f"with seed {seed}", budget, seed=seed)[0]


def _check_initializer(solver: ConfiguredSolver, budget: int) -> None:
    for name, space in spaces().items():
        if space.size == 1:
            continue
        asked: list[int] = []

        def recorded(space: SearchSpace, n: int, rng: np.random.Generator, asked: list[int] = asked) -> Codes:
            asked.append(n)
            return uniform(space, n, rng)

        drive(solver, space, f"on {name} with an initializer", budget, initializer=recorded)
        require(bool(asked), f"on {name}: the initializer was not asked")
        require(1 <= min(asked) <= max(asked) <= budget, f"on {name}: the initializer was asked for {asked} rows")


def _check_objectives(solver: ConfiguredSolver, searched: Mapping[str, SearchSpace], budget: int) -> None:
    told: dict[str, Values] = {
        "": np.asarray,
        " with constant values": np.zeros_like,
        " with one constant objective": lambda y: np.column_stack([y[:, :-1], np.ones(len(y))]),
        " with tied values": lambda y: np.round(y / 100.0),
        " with equal objectives": lambda y: np.repeat(y[:, :1], y.shape[1], axis=1),
        " with objectives of very different scales": lambda y: y * np.logspace(-9, 9, y.shape[1]),
        " with nothing but penalties": lambda y: np.full_like(y, 100.0),
    }
    for name, space in searched.items():
        n_objectives = 3 if name == "ordered" else 2
        for words, values in told.items():
            if not words or name in ("categorical", _varied(searched)):
                where = f"on {name} with {n_objectives} objectives{words}"
                drive(solver, space, where, budget, values=values, n_objectives=n_objectives)
    for small in (1, 2, 3):
        drive(solver, searched["categorical"], f"with 2 objectives and budget {small}", small, n_objectives=2)


def _check_fidelities(
    solver: ConfiguredSolver, searched: Mapping[str, SearchSpace], budget: int, can: Traits | None
) -> None:
    chosen = False
    chooses = can is None or can.fidelities
    for continued in (False, True) if chooses else (True,):
        epochs = Fidelities("epochs", (1, 3, 9), continued=continued)
        for name in ("categorical", _varied(searched)) if chooses else ("categorical",):
            where = f"on {name} with fidelities"
            Z, fidelity = drive(solver, searched[name], where, budget, fidelities=epochs)
            chosen = chosen or bool((fidelity != epochs.full).any())
    if chooses:
        for words, values in _ODD_FIDELITIES.items():
            odd = Fidelities("epochs", values, continued=True)
            drive(solver, searched["categorical"], f"with {words}", budget, fidelities=odd)
        for small in (1, 2):
            drive(solver, searched["categorical"], f"with fidelities and budget {small}", small, fidelities=epochs)
    if chosen:
        Z_again, again = drive(solver, searched[name], where, budget, fidelities=epochs)
        is_same = np.array_equal(Z, Z_again) and np.array_equal(fidelity, again)
        require(is_same, f"{where}: two runs with the same seed differ")
    if can is not None:
        says, asked = ("" if can.fidelities else "not "), ("others" if chosen else "the full one alone")
        require(
            chosen == can.fidelities, f"with fidelities: registered {says}to choose fidelities, and asked for {asked}"
        )


def _check_workers(solver: ConfiguredSolver, space: SearchSpace, budget: int, can: Traits | None) -> None:
    """With three workers codes are valid; who is asynchronous is told three asks from the last to the first."""
    where = "with three workers"
    drive(solver, space, where, budget, n_parallel=3)
    if can is None or not can.asynchronous:
        return
    task = Task(space, budget, np.random.default_rng(1), fidelities=Fidelities("epochs", (1, 3, 9)), n_parallel=3)
    with blamed(where):
        running = solver.factory(task)
        for _ in range(budget // 3):
            asked = [running.ask() for _ in range(3)]
            rows = np.concatenate([each.Z if isinstance(each, At) else each for each in asked])
            require(bool(space.is_valid(rows).all()), f"{where}: ask returned codes that fail the validity test")
            for i in range(len(rows) - 1, -1, -1):
                running.tell(rows[i : i + 1], (space.to_box(rows[i : i + 1]) ** 2).sum(axis=1))


def _check_run(solver: ConfiguredSolver, budget: int) -> None:
    problem = _flaky_problem()
    with blamed("run on failing evaluations"):
        log, again = (run(solver, problem, budget=budget, seed=7) for _ in range(2))
    require(len(log) <= budget, f"run: {len(log)} evaluations with a budget of {budget}")
    require(np.array_equal(log.Z, again.Z) and np.array_equal(log.y, again.y), "run: the same seed gave other values")
    require(bool((log.y[log.failed] == 100.0).all()), "run: a failed evaluation without its penalty")


def _flaky_problem() -> Problem:
    """Every seventh candidate fails; the others are noisy."""
    space = spaces()["categorical"]
    assert space.size is not None
    error = np.random.default_rng(0).uniform(5.0, 90.0, size=(1, space.size, 3))
    error[:, ::7] = np.nan
    metric = Metric("validation_error", "%", penalty=100.0)
    evaluator = TableEvaluator(space, {metric.name: error}, {metric.name: metric}, Fidelities("epochs", (1,)))
    problem = Problem("conformance-flaky", 1, space, evaluator, (metric,), "none")
    return problem.variant(noise="sampled")
