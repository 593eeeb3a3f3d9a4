"""Initializers in other libraries' own loops: what they start from is what the initializer chose."""

from collections.abc import Callable
from typing import Literal

import nevergrad as ng
import numpy as np
import pytest
from deap import base
from pymoo.algorithms.soo.nonconvex.ga import GA
from pymoo.core.mixed import MixedVariableGA
from pymoo.optimize import minimize
from pymoo.problems.single import Sphere

from nas_problems.adapters.nevergrad import as_function
from nas_problems.adapters.pymoo import as_pymoo
from nas_problems.problem import Problem
from optimizers.adapters.population import deap_population, suggestions
from optimizers.adapters.pymoo_sampling import InitializerSampling
from optimizers.initializers.centroid import Centroids, Recipe, fit_centroids
from optimizers.initializers.latin_hypercube import latin_hypercube
from tests.nas_problems.tiny import mixed_problem, table_problem


def fitted() -> Centroids:
    recipe = Recipe("36", method="k-means")
    return fit_centroids(table_problem(), 5, rng=np.random.default_rng(1), recipe=recipe)


@pytest.mark.parametrize("code", ["integer", "box", "mixed"])
def test_pymoo_starts_from_the_centroids(code: Literal["integer", "box", "mixed"]) -> None:
    problem = as_pymoo(table_problem(), code=code)
    algorithm = GA(pop_size=5, sampling=InitializerSampling(fitted()), eliminate_duplicates=False)
    asked = algorithm.setup(problem, seed=1).ask().get("X")
    assert np.array_equal(problem.to_codes(asked), fitted().codes(problem.problem.space))


def test_pymoo_runs_to_the_end_on_mixed_variables() -> None:
    problem = as_pymoo(mixed_problem(), code="mixed")
    algorithm = MixedVariableGA(pop_size=6, sampling=InitializerSampling(latin_hypercube))
    result = minimize(problem, algorithm, ("n_gen", 3), seed=1)
    assert np.isfinite(result.F).all()


def test_the_sampling_draws_from_pymoos_generator() -> None:
    problem = as_pymoo(mixed_problem(), code="box")
    draws = [
        GA(pop_size=4, sampling=InitializerSampling(latin_hypercube)).setup(problem, seed=seed).ask().get("X")
        for seed in (1, 1, 2)
    ]
    assert np.array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])


def test_a_problem_of_pymoo_itself_is_refused() -> None:
    with pytest.raises(TypeError, match="problem: wanted one that as_pymoo made"):
        InitializerSampling(fitted()).do(Sphere(), 5)


def test_deap_starts_from_the_centroids() -> None:
    toolbox, space = base.Toolbox(), table_problem().space
    toolbox.register("population", deap_population, list, fitted(), space, np.random.default_rng(1))
    assert toolbox.population(n=5) == fitted().codes(space).tolist()


@pytest.mark.parametrize("make_problem", [table_problem, mixed_problem])
def test_nevergrad_asks_first_for_what_is_suggested(make_problem: Callable[[], Problem]) -> None:
    problem = make_problem()
    start = fitted() if problem.space.is_finite else latin_hypercube
    configs = suggestions(start, problem.space, 5, np.random.default_rng(2))
    optimizer = ng.optimizers.RandomSearch(as_function(problem).parametrization, budget=20)
    for config in configs:
        optimizer.suggest(**config)
    asked = [optimizer.ask().kwargs for _ in configs][::-1]  # Nevergrad asks for the latest suggestion first
    expected = problem.space.encode(configs)
    assert np.allclose(problem.space.encode(asked), expected)
