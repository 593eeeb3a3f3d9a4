"""pymoo's algorithms for several objectives: equal to the bare library, and operators that know choices."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from pymoo.algorithms.moo.moead import MOEAD
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.algorithms.moo.nsga3 import NSGA3
from pymoo.algorithms.moo.sms import SMSEMOA, LeastHypervolumeContributionSurvival
from pymoo.algorithms.moo.spea2 import SPEA2, SPEA2Survival
from pymoo.core.algorithm import Algorithm
from pymoo.core.population import Population
from pymoo.optimize import minimize
from pymoo.util.ref_dirs import get_reference_directions

import nas_problems
import optimizers
from nas_problems import Categorical, Integer, Ordinal, Real, SearchSpace
from nas_problems.array import FloatArray
from nas_problems.space import Codes
from optimizers.adapters.pymoo_several import (
    ChoiceCrossover,
    ChoiceMutation,
    CodeProblem,
    CodeRepair,
    reference_directions,
)
from optimizers.randomness import draw_seed
from optimizers.solver import Task, ask_codes
from optimizers.testing import spaces

PROBLEM = nas_problems.make("nb201-cifar10", objective=("validation_accuracy", "n_parameters"))
OPERATORS = {"crossover": ChoiceCrossover(), "mutation": ChoiceMutation()}


def nsga2(Z: FloatArray, rng: np.random.Generator) -> Algorithm:
    return NSGA2(pop_size=40, sampling=Z, repair=CodeRepair(rng), **OPERATORS)


def nsga3(Z: FloatArray, rng: np.random.Generator) -> Algorithm:
    directions = get_reference_directions("das-dennis", 2, n_partitions=39)
    return NSGA3(directions, sampling=Z, repair=CodeRepair(rng), **OPERATORS)


def moead(Z: FloatArray, rng: np.random.Generator) -> Algorithm:
    directions = get_reference_directions("das-dennis", 2, n_partitions=39)
    return MOEAD(directions, n_neighbors=10, sampling=Z, repair=CodeRepair(rng), **OPERATORS)


def sms_emoa(Z: FloatArray, rng: np.random.Generator) -> Algorithm:
    survival = LeastHypervolumeContributionSurvival()
    return SMSEMOA(pop_size=40, n_offsprings=10, sampling=Z, survival=survival, repair=CodeRepair(rng), **OPERATORS)


def age_moea(Z: FloatArray, rng: np.random.Generator) -> Algorithm:
    pytest.importorskip("numba", reason="AGE-MOEA of pymoo needs numba")
    from pymoo.algorithms.moo.age import AGEMOEA

    return AGEMOEA(pop_size=40, sampling=Z, repair=CodeRepair(rng), **OPERATORS)


def spea2(Z: FloatArray, rng: np.random.Generator) -> Algorithm:
    survival = SPEA2Survival(normalize=True)
    return SPEA2(pop_size=40, sampling=Z, survival=survival, repair=CodeRepair(rng), **OPERATORS)


BARE: dict[str, Callable[[FloatArray, np.random.Generator], Algorithm]] = {
    "pymoo-nsga2": nsga2,
    "pymoo-nsga3": nsga3,
    "pymoo-moead": moead,
    "pymoo-sms-emoa": sms_emoa,
    "pymoo-age-moea": age_moea,
    "pymoo-spea2": spea2,
}


class Recorded(CodeProblem):
    """A problem that pymoo's own loop evaluates, and that remembers what was asked."""

    def __init__(self, scale: FloatArray) -> None:
        super().__init__(PROBLEM.space, 2)
        self.scale = scale
        self.asked: list[Codes] = []

    def _evaluate(self, X: FloatArray, out: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        Z = X.astype(int)
        self.asked.append(Z)
        out["F"] = PROBLEM(Z) / self.scale


@pytest.mark.parametrize("name", BARE)
def test_equal_to_the_bare_library(name: str) -> None:
    seed, budget = 3, 160
    rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(2)[0])
    first = PROBLEM.space.sample(40, rng)
    values = PROBLEM(first)
    quartiles = np.quantile(values, 0.75, axis=0) - np.quantile(values, 0.25, axis=0)
    bare = Recorded(quartiles if name == "pymoo-moead" else np.ones(2))
    algorithm = BARE[name](first.astype(float), rng)
    minimize(bare, algorithm, ("n_eval", budget), seed=draw_seed(rng))
    log = optimizers.run(name, PROBLEM, budget=budget, seed=seed)
    assert np.array_equal(log.Z, np.concatenate(bare.asked)[:budget])
    assert np.array_equal(log.y, PROBLEM(log.Z))


@pytest.mark.parametrize("name", ["pymoo-nsga2", "pymoo-nsga3", "pymoo-sms-emoa", "pymoo-spea2"])
def test_children_are_valid_and_new_within_a_generation(name: str, rng: np.random.Generator) -> None:
    space = spaces()["constrained"]
    solver = optimizers.make(name, population_size=8).factory(Task(space, 200, rng, PROBLEM.objectives))
    for _ in range(6):
        Z = ask_codes(solver)
        assert space.is_valid(Z).all()
        assert len(np.unique(Z, axis=0)) == len(Z)
        solver.tell(Z, np.column_stack([Z.sum(axis=1), -Z[:, 0]]).astype(float))


def test_two_runs_do_not_share_what_spea2_remembers() -> None:
    """pymoo's default survival object is one for all algorithms, and keeps the extreme points that it has seen."""
    alone = optimizers.run("pymoo-spea2", PROBLEM, budget=120, seed=1)
    far = nas_problems.make("nb201-cifar10", objective=("train_seconds", "flops"))
    optimizers.run("pymoo-spea2", far, budget=120, seed=1)
    assert np.array_equal(optimizers.run("pymoo-spea2", PROBLEM, budget=120, seed=1).Z, alone.Z)


def test_scale_of_an_objective_does_not_matter_to_moead(rng: np.random.Generator) -> None:
    """Its decomposition adds objectives up as they are: parameters in millions would be all that counts."""

    def candidates(factor: FloatArray) -> Codes:
        task = Task(PROBLEM.space, 100, np.random.default_rng(2), PROBLEM.objectives)
        solver = optimizers.make("pymoo-moead").factory(task)
        asked = []
        for _ in range(60):
            asked.append(ask_codes(solver))
            solver.tell(asked[-1], PROBLEM(asked[-1]) * factor)
        return np.concatenate(asked)

    assert np.array_equal(candidates(np.array([1.0, 1.0])), candidates(np.array([1.0, 2.0**-20])))


# ---- operators

MIXED = SearchSpace(
    (
        Categorical("op", tuple("abcde")),
        Ordinal("kernel", (1, 3, 5, 7)),
        Integer("units", 1, 1000),
        Real("rate", 1e-5, 1.0, log=True),
        Categorical("fixed", ("conv",)),
    )
)


def mutated(space: SearchSpace, Z: Codes, seed: int = 0) -> Codes:
    problem = CodeProblem(space, 2)
    population = Population.new("X", problem.from_codes(Z))
    children = ChoiceMutation().do(problem, population, random_state=np.random.default_rng(seed))
    return problem.to_codes(children.get("X"))


def test_mutation_always_changes_something_and_never_leaves_the_space(rng: np.random.Generator) -> None:
    Z = MIXED.sample(400, rng)
    children = mutated(MIXED, Z)
    MIXED.check(children)
    assert (children != Z).any(axis=1).all()
    assert (children != Z).mean(axis=0)[:4] == pytest.approx([0.34] * 4, abs=0.08)  # 1/4 each, and at least one
    assert (children[:, 4] == 0).all()


def test_mutation_draws_any_other_category_equally_often() -> None:
    space = SearchSpace((Categorical("op", tuple("abcde")),))
    children = mutated(space, np.full((4000, 1), 2))
    counts = np.bincount(children[:, 0], minlength=5)
    assert counts[2] == 0
    assert counts[[0, 1, 3, 4]] == pytest.approx([1000] * 4, abs=120)


def test_mutation_of_an_ordered_variable_prefers_near_values() -> None:
    """The harmonic mutation: distance k with probability about 1/k, from both sides."""
    space = SearchSpace((Integer("units", 0, 1000),))
    children = mutated(space, np.full((4000, 1), 500))[:, 0]
    steps = np.abs(children - 500)
    assert steps.min() == 1 and steps.max() > 400
    assert (steps == 1).mean() == pytest.approx(np.log(2) / np.log(501), abs=0.02)
    assert (children > 500).mean() == pytest.approx(0.5, abs=0.03)
    assert (mutated(space, np.zeros((50, 1), dtype=np.int64)) > 0).all()
    assert (mutated(space, np.full((50, 1), 1000)) < 1000).all()


def test_crossover_takes_each_choice_from_either_parent(rng: np.random.Generator) -> None:
    space = spaces()["categorical"]
    problem = CodeProblem(space, 2)
    X = np.stack([np.zeros((300, 6)), np.full((300, 6), 4.0)])
    children = ChoiceCrossover()._do(problem, X, random_state=rng)
    assert set(np.unique(children)) == {0.0, 4.0}
    assert (children[0] + children[1] == 4).all()
    assert children[0].mean() == pytest.approx(2.0, abs=0.15)


def test_real_parameters_are_crossed_by_real_steps(rng: np.random.Generator) -> None:
    problem = CodeProblem(MIXED, 2)
    X = np.stack([problem.from_codes(MIXED.sample(200, rng)) for _ in range(2)])
    children = ChoiceCrossover()._do(problem, X, random_state=rng)
    Z = problem.to_codes(children.reshape(-1, 5))
    MIXED.check(Z)
    is_new = ~np.isin(children[0][:, 3], X[:, :, 3])
    assert is_new.mean() > 0.3
    assert np.isin(children[0][:, :3], X[:, :, :3]).all()


def test_codes_survive_the_way_to_pymoo_and_back(rng: np.random.Generator) -> None:
    for space in spaces().values():
        Z = space.sample(20, rng)
        problem = CodeProblem(space, 2)
        np.testing.assert_allclose(problem.to_codes(problem.from_codes(Z)).astype(float), Z.astype(float), rtol=1e-12)


@pytest.mark.parametrize(("m", "n", "size"), [(2, 40, 40), (3, 40, 36), (4, 40, 35), (2, 1, 2), (5, 3, 5)])
def test_reference_directions(m: int, n: int, size: int) -> None:
    directions = reference_directions(m, n)
    assert directions.shape == (size, m)
    assert directions.sum(axis=1) == pytest.approx(np.ones(size))


@pytest.mark.skipif(find_spec("numba") is not None, reason="numba is installed")
def test_without_numba_the_message_has_the_command() -> None:
    with pytest.raises(ImportError, match=r'pip install "iohnas\[multi-objective\]"'):
        optimizers.run("pymoo-age-moea", PROBLEM, budget=2, seed=1)
