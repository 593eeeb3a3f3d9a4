"""Several objectives: ask + tell per candidate, the hypervolume of every row of a run, and an exact front.

    python benchmarks/bench_objectives.py

Every side searches NAS-Bench-201 (error and parameters) and looks values up in the same array, which is included in its
time. Hypervolumes and fronts are compared before they are timed.
"""

import random
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import optuna
from deap import base, tools
from moocore import hypervolume as moocore_hypervolume
from pymoo.algorithms.moo.moead import MOEAD
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.algorithms.moo.nsga3 import NSGA3
from pymoo.algorithms.moo.sms import SMSEMOA, LeastHypervolumeContributionSurvival
from pymoo.algorithms.moo.spea2 import SPEA2, SPEA2Survival
from pymoo.core.algorithm import Algorithm
from pymoo.optimize import minimize
from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting

import nas_problems
import optimizers
from benchmarks.measure import Row, alternate, show
from nas_problems.array import BoolArray, FloatArray
from nas_problems.pareto import nondominated
from optimizers.adapters.pymoo_several import ChoiceCrossover, ChoiceMutation, CodeProblem, reference_directions
from optimizers.regret import hypervolume_so_far
from optimizers.solver import Task, ask_codes

PROBLEM = nas_problems.make("nb201-cifar10[objective=validation_accuracy+n_parameters]")
TABLE = PROBLEM.tabulate()
OURS = ("pareto-local-search", "mo-aging-evolution", "random-search")
N_OURS, N_THEIRS, N_SLOW, N_ROWS = 2000, 400, 120, 10_000


def _search(name: str, n: int) -> None:
    solver = optimizers.make(name).factory(Task(PROBLEM.space, n, np.random.default_rng(1), PROBLEM.objectives))
    while n > 0:
        Z = ask_codes(solver)[:n]
        solver.tell(Z, TABLE[PROBLEM.space.index_of(Z)])
        n -= len(Z)


class _Bare(CodeProblem):
    def __init__(self) -> None:
        super().__init__(PROBLEM.space, 2)

    def _evaluate(self, X: FloatArray, out: dict[str, object], *args: object, **kwargs: object) -> None:
        out["F"] = TABLE[PROBLEM.space.index_of(X.astype(np.int64))]


def _algorithms() -> dict[str, Callable[[], Algorithm]]:
    """The bare library's algorithms as our solvers start them."""
    first = PROBLEM.space.sample(40, np.random.default_rng(1)).astype(float)
    parts = {"sampling": first, "crossover": ChoiceCrossover(), "mutation": ChoiceMutation()}
    directions = reference_directions(2, 40)
    return {
        "pymoo-nsga2": lambda: NSGA2(pop_size=40, **parts),
        "pymoo-nsga3": lambda: NSGA3(directions, **parts),
        "pymoo-moead": lambda: MOEAD(directions, n_neighbors=10, **parts),
        "pymoo-sms-emoa": lambda: SMSEMOA(
            pop_size=40, n_offsprings=10, survival=LeastHypervolumeContributionSurvival(), **parts
        ),
        "pymoo-spea2": lambda: SPEA2(pop_size=40, survival=SPEA2Survival(normalize=True), **parts),
    }


def _minimize(make: Callable[[], Algorithm]) -> None:
    minimize(_Bare(), make(), ("n_eval", N_THEIRS), seed=1)


class _Fitness(base.Fitness):  # type: ignore[misc]  # DEAP has no types
    weights = (-1.0, -1.0)


class _Individual(list[int]):
    def __init__(self, code: list[int]) -> None:
        super().__init__(code)
        self.fitness = _Fitness()


def _deap(n: int) -> None:
    """The loop of DEAP's example with operators for integers."""
    random.seed(1)
    population = [_Individual(code) for code in PROBLEM.space.sample(40, np.random.default_rng(1)).tolist()]
    for one, value in zip(population, TABLE[PROBLEM.space.index_of(np.array(population))].tolist(), strict=True):
        one.fitness.values = value
    population = tools.selNSGA2(population, 40)
    for _ in range(n // 40 - 1):
        children = [_Individual(list(parent)) for parent in tools.selTournamentDCD(population, 40)]
        for one, other in zip(children[::2], children[1::2], strict=True):
            tools.cxUniform(one, other, 0.5)
            tools.mutUniformInt(one, 0, 4, 1 / 6)
            tools.mutUniformInt(other, 0, 4, 1 / 6)
        for one, value in zip(children, TABLE[PROBLEM.space.index_of(np.array(children))].tolist(), strict=True):
            one.fitness.values = value
        population = tools.selNSGA2(population + children, 40)


def _optuna(n: int) -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        directions=["minimize"] * 2, sampler=optuna.samplers.NSGAIISampler(population_size=40, seed=1)
    )
    distributions = {name: optuna.distributions.CategoricalDistribution(range(5)) for name in PROBLEM.space.names}
    for _ in range(n):
        trial = study.ask(distributions)
        study.tell(trial, TABLE[PROBLEM.space.index_of([list(trial.params.values())])][0].tolist())


def _ask_and_tell() -> Iterator[Row]:
    bare = _algorithms()
    rivals = alternate(
        {"DEAP": partial(_deap, N_THEIRS), "pymoo": partial(_minimize, bare["pymoo-nsga2"])}, repetitions=3
    )
    others = {name: 1e6 * seconds / N_THEIRS for name, seconds in rivals.items()}
    for name in OURS:
        seconds = alternate({"ours": partial(_search, name, N_OURS)}, repetitions=3)
        yield Row(f"{name}, per candidate", 1e6 * seconds["ours"] / N_OURS, "us", others, target=30)
    sides: dict[str, tuple[Callable[[], None], int]] = {
        name: (partial(_minimize, make), N_THEIRS) for name, make in bare.items()
    }
    sides |= {"deap-nsga2": (partial(_deap, N_THEIRS), N_THEIRS), "optuna-nsga2": (partial(_optuna, N_SLOW), N_SLOW)}
    for name, (theirs, n) in sides.items():
        seconds = alternate({"ours": partial(_search, name, n), "theirs": theirs}, repetitions=3)
        rival = {"the bare library": 1e6 * seconds["theirs"] / n}
        yield Row(f"{name}, per candidate", 1e6 * seconds["ours"] / n, "us", rival)


def _naive(Y: FloatArray) -> FloatArray:
    """Hypervolume of all rows so far, after every row, by moocore."""
    point = np.full(2, PROBLEM.reference.point)
    scaled = PROBLEM.reference.normalised(Y)
    return np.array([moocore_hypervolume(scaled[: i + 1], ref=point) for i in range(len(Y))])


def _first_version(Y: FloatArray) -> BoolArray:
    """The front as iohnas found it before it asked moocore: away with what the best of the rest dominates."""
    left = np.lexsort(Y.T[::-1])
    nondominated = np.zeros(len(Y), dtype=np.bool_)
    while len(left):
        best = Y[left[0]]
        nondominated[left[(Y[left] == best).all(axis=1)]] = True
        left = left[~(Y[left] >= best).all(axis=1)]
    return nondominated


def _sorted_by_pymoo(Y: FloatArray) -> BoolArray:
    nondominated = np.zeros(len(Y), dtype=np.bool_)
    nondominated[NonDominatedSorting().do(Y, only_non_dominated_front=True)] = True
    return nondominated


def rows() -> Iterator[Row]:
    """Times; both sides agree, or this fails."""
    yield from _ask_and_tell()
    Z = PROBLEM.space.sample(N_ROWS, np.random.default_rng(1))
    Y = PROBLEM(Z)
    ours, theirs = hypervolume_so_far(PROBLEM, Z, Y), _naive(Y)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)
    seconds = alternate({"ours": lambda: hypervolume_so_far(PROBLEM, Z, Y), "theirs": lambda: _naive(Y)}, repetitions=3)
    rival = {"moocore, all rows so far": 1e3 * seconds["theirs"]}
    note = f"differs by at most {np.abs(ours - theirs).max():.1e}"
    yield Row(f"hypervolume after each of {N_ROWS:,} rows", 1e3 * seconds["ours"], "ms", rival, target=1000, note=note)
    fronts = [find(TABLE) for find in (nondominated, _first_version, _sorted_by_pymoo)]
    assert all((front == fronts[0]).all() for front in fronts)
    seconds = alternate(
        {
            "ours": lambda: nondominated(TABLE),
            "the loop of our first version": lambda: _first_version(TABLE),
        }
    )
    slow = alternate({"pymoo": lambda: _sorted_by_pymoo(TABLE)}, repetitions=1)
    rivals = {name: 1e3 * s for name, s in (seconds | slow).items() if name != "ours"}
    yield Row(f"front of {len(TABLE):,} rows", 1e3 * seconds["ours"], "ms", rivals, target=3)


if __name__ == "__main__":
    show(rows())
