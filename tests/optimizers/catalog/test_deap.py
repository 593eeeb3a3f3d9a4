"""Equal to the bare library: same seed, same trajectory."""

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from deap import algorithms, base, tools

import nas_problems
import optimizers
from experiments.papers.centroid_init.work import SOLVERS
from nas_problems import Categorical, Integer, Ordinal, Real, SearchSpace
from nas_problems.space import Codes
from optimizers.adapters.deap import Fitness, Individual, clone, toolbox
from optimizers.randomness import PrivatePythonRandom
from optimizers.solver import Task, ask_codes
from optimizers.testing import check_solver, spaces

NAMES = ("deap-ga", "deap-mu-plus-lambda", "deap-mu-comma-lambda")
PROBLEM = nas_problems.make("nb201-cifar10")


def flip_round_robin(individual: list[int], indpb: float) -> tuple[list[int]]:
    for i in range(len(individual)):
        if random.random() < indpb:
            individual[i] = individual[i] + 1 if individual[i] < 4 else 0
    return (individual,)


class BareFitness(base.Fitness):  # type: ignore[misc]  # DEAP has no types
    weights = (-1.0,)


class Bare(list[int]):
    def __init__(self, code: list[int]) -> None:
        super().__init__(code)
        self.fitness = BareFitness()


def bare_run(seed: int, mutate: Any, evolve: Callable[..., Any], tournament: bool) -> tuple[list[Any], list[Any]]:
    """All codes a bare algorithm of DEAP evaluates, and its populations after every generation."""
    evaluated: list[list[int]] = []
    generations: list[list[list[int]]] = []
    table, radix = PROBLEM.tabulate(), PROBLEM.space.radix

    def value(individual: list[int]) -> tuple[float]:
        evaluated.append(list(individual))
        return (float(table[np.array(individual) @ radix]),)

    box = base.Toolbox()  # clones with copy.deepcopy
    box.register("evaluate", value)
    box.register("mate", tools.cxOnePoint)
    box.register("mutate", mutate)
    box.register("select", partial(tools.selTournament, tournsize=2) if tournament else tools.selBest)
    rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(2)[0])
    state = random.getstate()
    random.seed(int(rng.integers(2**32)))
    stats = tools.Statistics()
    stats.register("codes", lambda population: generations.append([list(individual) for individual in population]))
    population = [Bare(code) for code in PROBLEM.space.sample(19, rng).tolist()]
    evolve(population, box, stats=stats, verbose=False)
    random.setstate(state)
    return evaluated, generations


PAPER: dict[str, dict[str, Any]] = {
    name: dict(SOLVERS[label][1]) for label, name in {"GA": "deap-ga", "EA": "deap-mu-plus-lambda"}.items()
}
"""Traoré et al.'s settings."""

EVOLVE: dict[str, tuple[dict[str, Any], Callable[..., Any], bool]] = {
    "deap-ga": (
        {
            "variable_probability": 0.05,
            "population_size": 19,
            "tournament_size": 2,
            "mutation_probability": 0.2,
        },
        partial(algorithms.eaSimple, cxpb=0.5, mutpb=0.2, ngen=20),
        True,
    ),
    "deap-mu-plus-lambda": (
        {"variable_probability": 0.1, "crossover_probability": 0.15, "population_size": 19, "n_offspring": 19},
        partial(algorithms.eaMuPlusLambda, mu=19, lambda_=19, cxpb=0.15, mutpb=0.8, ngen=20),
        False,
    ),
    "deap-mu-comma-lambda": (
        {"variable_probability": 0.1, "crossover_probability": 0.15, "population_size": 19, "n_offspring": 133},
        partial(algorithms.eaMuCommaLambda, mu=19, lambda_=133, cxpb=0.15, mutpb=0.8, ngen=5),
        False,
    ),
}
MUTATIONS: dict[str, Callable[[float], Any]] = {
    "round-robin": lambda p: partial(flip_round_robin, indpb=p),
    "uniform": lambda p: partial(tools.mutUniformInt, low=0, up=4, indpb=p),
}


@pytest.mark.parametrize("mutation", ["round-robin", "uniform"])
@pytest.mark.parametrize("name", NAMES)
def test_equal_to_the_bare_library(name: str, mutation: str) -> None:
    options, evolve, tournament = EVOLVE[name]
    expected, _ = bare_run(4, MUTATIONS[mutation](options["variable_probability"]), evolve, tournament)
    solver = optimizers.make(name, mutation=mutation, evaluate_copies=False, **options)
    log = optimizers.run(solver, PROBLEM, budget=len(expected), seed=4)
    assert log.Z.tolist() == expected


def test_evaluating_copies_costs_more_and_searches_the_same_without_noise() -> None:
    _, generations = bare_run(5, MUTATIONS["round-robin"](0.05), EVOLVE["deap-ga"][1], True)
    log = optimizers.run(optimizers.make("deap-ga", **PAPER["deap-ga"]), PROBLEM, budget=21 * 19, seed=5)
    assert log.Z.reshape(21, 19, 6).tolist() == generations  # eaSimple's populations are its children


def test_the_paper_counts_19_evaluations_per_generation() -> None:
    for name, options in PAPER.items():
        solver = optimizers.make(name, **options).factory(Task(PROBLEM.space, 1995, np.random.default_rng(1)))
        for _ in range(105):  # population 19, evolved 104 generations: 1,995 evaluations
            Z = ask_codes(solver)
            assert len(Z) == 19
            solver.tell(Z, Z.sum(axis=1).astype(float))


@pytest.mark.parametrize("name", NAMES)
def test_odd_settings_conform(name: str) -> None:
    odd: dict[str, Any] = {"population_size": 1, "variable_probability": 1.0, "evaluate_copies": False}
    if name != "deap-ga":
        odd |= {"crossover_probability": 0.5, "mutation_probability": 0.25, "n_offspring": 3}
    check_solver(optimizers.make(name, mutation="uniform", **odd), budget=20, spawn=False)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("evaluate_copies", [True, False])
def test_without_variation_the_population_stays(name: str, evaluate_copies: bool, rng: np.random.Generator) -> None:
    solver = optimizers.make(
        name, crossover_probability=0.0, mutation_probability=0.0, evaluate_copies=evaluate_copies
    ).factory(Task(PROBLEM.space, 999, rng))
    first = {tuple(z) for z in ask_codes(solver).tolist()}
    for _ in range(4):
        Z = ask_codes(solver)
        assert {tuple(z) for z in Z.tolist()} <= first
        solver.tell(Z, np.arange(len(Z), dtype=float))


def test_a_copy_that_is_evaluated_leaves_its_parent_its_value() -> None:
    # One parent with value 1 and a copy of it, always with value 2: the parent survives all generations, so
    # that with the next worse value nothing changes; the value of a shared parent would have become 2.
    space = SearchSpace((Categorical("op", tuple("abcdefgh")),))
    solver = optimizers.make(
        "deap-mu-plus-lambda",
        population_size=1,
        n_offspring=1,
        mutation_probability=0.5,
        variable_probability=1.0,
        mutation="round-robin",
        evaluate_copies=True,
    ).factory(Task(space, 99, np.random.default_rng(3)))
    Z = ask_codes(solver)
    parent = Z.item()
    solver.tell(Z, np.array([1.0]))
    for _ in range(60):
        Z = ask_codes(solver)
        assert Z.item() in (parent, (parent + 1) % 8)
        solver.tell(Z, np.array([2.0 if Z.item() == parent else 1.5]))


def test_children_are_repaired(rng: np.random.Generator) -> None:
    space = spaces()["constrained"]
    for name in NAMES:
        solver = optimizers.make(name, variable_probability=1.0).factory(Task(space, 400, rng))
        for _ in range(4):
            Z = ask_codes(solver)
            assert space.is_valid(Z).all()
            solver.tell(Z, Z.sum(axis=1).astype(float))


def test_round_robin_takes_the_next_choice_and_redraws_what_has_no_rounds() -> None:
    space = SearchSpace(
        (
            Categorical("op", tuple("abc")),
            Ordinal("kernel", (1, 3, 5)),
            Integer("edge", 0, 1),
            Integer("units", 1, 1000),
            Real("rate", 0.1, 1.0),
        )
    )
    mutate = toolbox(space, "round-robin", 1.0).mutate
    with PrivatePythonRandom(np.random.default_rng(1)):
        (first,) = mutate(Individual([2.0, 0.0, 1.0, 5.0, 0.5]))
        (second,) = mutate(Individual(first))
    assert first[:3] == [0.0, 1.0, 0.0]
    assert second[:3] == [1.0, 2.0, 1.0]
    assert abs(second[3] - first[3]) > 1  # not the next one: any of a thousand
    assert 0.1 <= second[4] <= 1.0 != second[4] != first[4] != 0.5
    assert space.check(np.array([first, second])).shape == (2, 5)


def test_other_never_keeps_a_code_and_steps_along_ranges() -> None:
    space = SearchSpace(
        (Categorical("bit", (0, 1)), Ordinal("kernel", (1, 3, 5)), Integer("units", 1, 1000), Real("rate", 0.1, 1.0))
    )
    start = [1, 2, 500, 0.55]
    mutate = toolbox(space, "other", 1.0).mutate
    with PrivatePythonRandom(np.random.default_rng(1)):
        children = np.array([mutate(Individual(start))[0] for _ in range(300)])
    assert space.check(children).shape == (300, 4)
    assert (children != start).all()
    assert set(children[:, 1]) == {0, 1}
    assert 150 < children[:, 2].std() < 200  # a fifth of the range, cut at its ends
    assert 0.15 < children[:, 3].std() < 0.18


def test_one_variable_of_each_child_is_changed_at_least_and_on_average_about_one() -> None:
    space = SearchSpace((*(Categorical(f"bit{j}", (0, 1)) for j in range(10)), Categorical("fixed", (1,))))
    mutate = toolbox(space, "other", 0.0).mutate
    with PrivatePythonRandom(np.random.default_rng(1)):
        changed = np.array([sum(mutate(Individual([0] * 11))[0]) for _ in range(2000)])
    assert changed.min() == 1
    assert abs(changed.mean() - (1 + 0.9**10)) < 0.05  # those without a change get one


def test_a_clone_shares_nothing() -> None:
    parent = Individual([1, 2])
    parent.fitness.values = (3.0,)
    copied = clone(parent)
    copied[0] = 9
    del copied.fitness.values
    assert parent == [1, 2]
    assert parent.fitness.values == (3.0,)
    assert not copied.fitness.valid
    assert not Fitness().valid


def test_the_first_population_is_the_initializers() -> None:
    def corner(space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
        return np.zeros((min(n, 4), space.n_parameters), space.dtype)

    for name in NAMES:  # four rows are what centroids may give
        log = optimizers.run(name, PROBLEM, budget=60, seed=1, initializer=corner)
        assert not log.Z[:3].any()
        assert log.Z[4:].any()


def test_settings_that_cannot_be() -> None:
    def ask(name: str, **options: float) -> None:
        optimizers.make(name, **options).factory(Task(PROBLEM.space, 9, np.random.default_rng(1))).ask()

    for name in NAMES[1:]:
        with pytest.raises(
            ValueError, match=r"crossover_probability \+ mutation_probability: wanted at most 1, found 1.3"
        ):
            ask(name, crossover_probability=0.5)
    with pytest.raises(ValueError, match=r"n_offspring: wanted at least population_size \(19\), found 18"):
        ask("deap-mu-comma-lambda", population_size=19, n_offspring=18)


def test_floating_point_sums_of_probabilities_are_no_error() -> None:
    solver = optimizers.make("deap-mu-plus-lambda", crossover_probability=0.7, mutation_probability=0.3)
    assert len(optimizers.run(solver, PROBLEM, budget=60, seed=1)) == 60
