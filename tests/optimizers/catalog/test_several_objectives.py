"""Solvers for several objectives of DEAP, Optuna and comocma equal to the bare library; our own by hand."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import optuna
import pytest
from deap import base, creator, tools

import nas_problems
import optimizers
from nas_problems import Categorical, Integer, SearchSpace
from nas_problems.array import FloatArray
from nas_problems.space import Codes
from optimizers.adapters.deap import toolbox
from optimizers.archive import code_keys
from optimizers.catalog.mo_aging_evolution import _nondominated
from optimizers.domination import Archive, spread
from optimizers.randomness import PrivateRandomState, draw_seed
from optimizers.solver import Task, ask_codes
from optimizers.testing import spaces

PROBLEM = nas_problems.make("nb201-cifar10", objective=("validation_accuracy", "n_parameters"))
OWN = ("pareto-local-search", "mo-aging-evolution")


def start(seed: int, n: int) -> tuple[Codes, np.random.Generator]:
    """The first candidates and the generator of a run with a seed."""
    rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(2)[0])
    return PROBLEM.space.sample(n, rng), rng


def test_deap_equals_its_own_example() -> None:
    """The loop of DEAP's examples/ga/nsga2.py with operators for choices."""
    seed, budget = 4, 240
    # the generator seeds DEAP's random before it draws the population
    rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(2)[0])
    state = random.Random(int(rng.integers(2**32))).getstate()
    first = PROBLEM.space.sample(40, rng)
    before = random.getstate()
    creator.create("BareFitness", base.Fitness, weights=(-1.0, -1.0))
    creator.create("BareIndividual", list, fitness=creator.BareFitness)
    try:
        random.setstate(state)
        mutate = toolbox(PROBLEM.space, "uniform", 1 / 6).mutate
        population = [creator.BareIndividual(code) for code in first.tolist()]
        asked = [first]
        for individual, value in zip(population, PROBLEM(first).tolist(), strict=True):
            individual.fitness.values = value
        population = tools.selNSGA2(population, 40)
        while len(asked) * 40 < budget:
            offspring = [creator.BareIndividual(parent) for parent in tools.selTournamentDCD(population, 40)]
            for one, other in zip(offspring[::2], offspring[1::2], strict=True):
                if random.random() <= 0.9:
                    tools.cxUniform(one, other, 0.5)
                mutate(one)
                mutate(other)
            asked.append(np.array(offspring))
            for individual, value in zip(offspring, PROBLEM(asked[-1]).tolist(), strict=True):
                individual.fitness.values = value
            population = tools.selNSGA2(population + offspring, 40)
    finally:
        random.setstate(before)
        del creator.BareFitness, creator.BareIndividual
    log = optimizers.run("deap-nsga2", PROBLEM, budget=budget, seed=seed)
    assert np.array_equal(log.Z, np.concatenate(asked))


def test_deap_rounds_its_population_up_to_a_multiple_of_four(rng: np.random.Generator) -> None:
    solver = optimizers.make("deap-nsga2", population_size=5).factory(Task(PROBLEM.space, 99, rng, PROBLEM.objectives))
    assert len(ask_codes(solver)) == 8


@pytest.mark.parametrize("name", ["optuna-nsga2", "optuna-tpe"])
def test_optuna_equals_the_bare_library(name: str) -> None:
    seed, budget = 5, 60
    n_initial = 40 if name == "optuna-nsga2" else 10
    first, rng = start(seed, n_initial)
    sampler: Any
    if name == "optuna-nsga2":
        sampler = optuna.samplers.NSGAIISampler(population_size=40, seed=draw_seed(rng))
    else:
        sampler = optuna.samplers.TPESampler(seed=draw_seed(rng), multivariate=True)
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        study = optuna.create_study(directions=["minimize", "minimize"], sampler=sampler)
        names = PROBLEM.space.names
        for code in first.tolist():
            study.enqueue_trial(dict(zip(names, code, strict=True)))
        asked = []

        def objective(trial: optuna.Trial) -> tuple[float, ...]:
            code = [trial.suggest_categorical(name, range(5)) for name in names]
            asked.append(code)
            return tuple(PROBLEM([code])[0].tolist())

        study.optimize(objective, n_trials=budget)
    finally:
        optuna.logging.set_verbosity(verbosity)
    log = optimizers.run(name, PROBLEM, budget=budget, seed=seed)
    assert log.Z.tolist() == asked


def test_como_cma_es_equals_the_bare_library() -> None:
    comocma = pytest.importorskip("comocma", reason='pip install "iohnas[multi-objective]"')
    from optimizers.adapters.cma import Coordinates

    seed, budget = 6, 120
    rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(2)[0])
    private = PrivateRandomState(rng)
    first = PROBLEM.space.sample(10, rng)
    coordinates = Coordinates(PROBLEM.space)
    settings = [coordinates.settings(0) | {"seed": draw_seed(rng), "verb_log": 0, "verb_disp": 0} for _ in first]
    asked: list[Codes] = []
    with private:
        kernels = comocma.get_cmas(coordinates.from_codes(first), 0.25, settings)
        search = comocma.Sofomore(kernels, opts={"verb_log": 0, "verb_disp": 0, "archive": False})
        scale = None
        while sum(map(len, asked)) < budget:
            X = search.ask()
            asked.append(coordinates.to_codes(np.array(X)))
            values = PROBLEM(asked[-1])
            if scale is None:
                scale = np.quantile(values, 0.75, axis=0) - np.quantile(values, 0.25, axis=0)
                search.reference_point = (values / scale).max(axis=0).tolist()
            search.tell(X, (values / scale).tolist())
    log = optimizers.run("mo-cma-es", PROBLEM, budget=budget, seed=seed)
    assert np.array_equal(log.Z, np.concatenate(asked)[:budget])


# ---- our own


def test_pareto_local_search_evaluates_the_neighbours_of_what_nothing_dominates() -> None:
    """On a line with values (x, 9 - x) everything is on the front: each neighbour follows; nothing comes twice."""
    space = SearchSpace((Integer("x", 0, 9),))
    task = Task(space, 99, np.random.default_rng(0), PROBLEM.objectives, initializer=lambda *_: np.array([[4]]))
    solver = optimizers.make("pareto-local-search").factory(task)
    asked = []
    while len(Z := ask_codes(solver)):
        asked.append(sorted(Z[:, 0].tolist()))
        solver.tell(Z, np.column_stack([Z[:, 0], 9 - Z[:, 0]]).astype(float))
    assert asked[:2] == [[4], [3, 5]]
    assert sorted(x for batch in asked for x in batch) == list(range(10))


def test_pareto_local_search_leaves_what_is_dominated() -> None:
    """Both objectives want 0: from 4 it goes down, and 5 is never explored."""
    space = SearchSpace((Integer("x", 0, 9),))
    task = Task(space, 99, np.random.default_rng(0), PROBLEM.objectives, initializer=lambda *_: np.array([[4]]))
    solver = optimizers.make("pareto-local-search").factory(task)
    asked = []
    for _ in range(5):
        Z = ask_codes(solver)
        asked.append(sorted(Z[:, 0].tolist()))
        solver.tell(Z, np.column_stack([Z[:, 0], 2 * Z[:, 0]]).astype(float))
    assert asked == [[4], [3, 5], [2], [1], [0]]


@pytest.mark.parametrize("name", OWN)
def test_own_solvers_beat_random_search(name: str) -> None:
    """Five seeds each; the front has 13 points."""
    front = PROBLEM.pareto_front
    assert front is not None
    wanted = {tuple(value) for value in front.Y.tolist()}

    def n_found(solver: str) -> list[int]:
        logs = [optimizers.run(solver, PROBLEM, budget=600, seed=seed) for seed in range(5)]
        return [len(wanted & {tuple(value) for value in log.y.tolist()}) for log in logs]

    assert np.mean(n_found(name)) > 2 * np.mean(n_found("random-search"))


def test_pareto_local_search_never_evaluates_twice() -> None:
    log = optimizers.run("pareto-local-search", PROBLEM, budget=700, seed=1)
    assert len(set(code_keys(log.Z))) == len(log) == 700


def test_winners_of_a_tournament() -> None:
    values = [(1.0, 5.0), (2.0, 4.0), (2.0, 6.0), (1.0, 5.0), (3.0, 4.0), (0.0, 9.0)]
    assert sorted(_nondominated([2, 1, 0, 4, 3, 1], values)) == [0, 1, 3]  # equal values do not dominate each other
    assert _nondominated([2], values) == [2]
    assert sorted(_nondominated([5, 4], values)) == [4, 5]
    assert sorted(_nondominated([0, 1, 2], [(3.0,), (1.0,), (1.0,)])) == [1, 2]


@pytest.mark.parametrize("m", [1, 2, 3, 4])
def test_winners_as_by_comparing_all_pairs(m: int) -> None:
    rng = np.random.default_rng(m)
    for _ in range(200):
        Y = rng.integers(0, 4, size=(8, m)).astype(float)
        dominated = ((Y[:, None] <= Y).all(axis=2) & (Y[:, None] < Y).any(axis=2)).any(axis=0)
        assert (
            sorted(_nondominated(range(8), [tuple(row) for row in Y.tolist()])) == np.flatnonzero(~dominated).tolist()
        )


def test_the_archive_keeps_one_candidate_per_vector_of_values() -> None:
    archive = Archive(spaces()["one-parameter"], 2)
    archive.add(np.array([[1], [2], [3]]), np.array([[1.0, 3.0], [2.0, 2.0], [2.0, 2.0]]))
    archive.marked[:] = True
    archive.add(np.array([[4], [5]]), np.array([[1.0, 3.0], [0.0, 9.0]]))
    assert archive.Z[:, 0].tolist() == [1, 2, 5]
    assert archive.marked.tolist() == [True, True, False]
    archive.add(np.array([[6]]), np.array([[0.0, 0.0]]))
    assert archive.Z[:, 0].tolist() == [6] and len(archive) == 1


def test_the_archive_of_one_objective_is_the_first_best() -> None:
    archive = Archive(spaces()["one-parameter"], 1)
    archive.add(np.array([[1], [2], [3]]), np.array([[4.0], [3.0], [3.0]]))
    assert archive.Z.tolist() == [[2]]


def test_spread_is_not_moved_by_penalties() -> None:
    Y: FloatArray = np.column_stack([np.arange(12.0), np.full(12, 5.0), np.r_[np.zeros(11), 7.0]])
    Y[0, 0] = 1e9
    assert spread(Y).tolist() == [5.5, 1.0, 7.0]


# ---- all of them

SEVERAL = tuple(entry.name for entry in optimizers.solvers if entry.family == "multi-objective")


def values(Z: Codes, m: int) -> FloatArray:
    """Linear objectives in conflict, with ties."""
    weights = np.random.default_rng(0).normal(size=(Z.shape[1], m))
    return np.asarray(np.round(Z.astype(float) @ weights, 1))


@pytest.mark.parametrize("m", [2, 3])
@pytest.mark.parametrize("name", [name for name in SEVERAL if name != "pymoo-age-moea"])
def test_every_space_and_every_kind_of_values(name: str, m: int) -> None:
    if name == "mo-cma-es":
        pytest.importorskip("comocma", reason='pip install "iohnas[multi-objective]"')
    objectives = PROBLEM.objectives[:1] * m
    told: dict[str, Callable[[FloatArray], FloatArray]] = {
        "as they are": lambda Y: Y,
        "constant": np.zeros_like,
        "one constant": lambda Y: Y * np.r_[0.0, np.ones(m - 1)],
        "penalties": lambda Y: np.where(Y > 1.0, 1e9, Y),
    }
    for label, space in spaces().items():
        for words, change in told.items():
            if label not in ("mixed", "one-code") and words != "as they are":
                continue
            solver = optimizers.make(name).factory(Task(space, 90, np.random.default_rng(1), objectives))
            n = 0
            while n < 90 and len(Z := space.check(ask_codes(solver))):
                Z = Z[: 90 - n]
                n += len(Z)
                assert space.is_valid(Z).all(), (label, words)
                solver.tell(Z, change(values(Z, m)))


def test_a_repeated_choice_is_no_trouble_to_optuna() -> None:
    space = SearchSpace((Categorical("op", ("conv",)), Integer("depth", 3, 3)))
    solver = optimizers.make("optuna-nsga2").factory(Task(space, 9, np.random.default_rng(1), PROBLEM.objectives))
    for _ in range(9):
        Z = ask_codes(solver)
        solver.tell(Z, np.zeros((1, 2)))
