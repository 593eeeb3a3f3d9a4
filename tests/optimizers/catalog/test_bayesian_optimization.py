"""Bayesian optimization: its process and its expected improvement are those of references."""

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor

import nas_problems
import optimizers
from nas_problems import Categorical, SearchSpace
from optimizers.adapters.surrogate_model import SurrogateModel
from optimizers.improvement import _expected_improvement
from optimizers.solver import Task, ask_codes

MODELS = ("gaussian-process", "random-forest")


def test_the_expected_improvement_is_its_integral(rng: np.random.Generator) -> None:
    mean, deviation = np.array([0.0, 1.0, -0.5]), np.array([1.0, 0.3, 0.7])
    draws = mean + deviation * rng.standard_normal((400_000, 3))
    integral = np.maximum(0.2 - draws, 0).mean(axis=0)
    assert _expected_improvement(mean, deviation, 0.2) == pytest.approx(integral, abs=0.004)
    assert _expected_improvement(np.array([0.0, 1.0]), np.zeros(2), 0.5) == pytest.approx([0.5, 0.0])


def test_the_process_is_that_of_scikit_learn(rng: np.random.Generator) -> None:
    X, X_new = rng.random((20, 3)), rng.random((5, 3))
    y = np.sin(3 * X).sum(axis=1) + 0.1 * rng.standard_normal(20)
    model = SurrogateModel("gaussian-process", rng)
    start = model._kernel
    mean, deviation = model.predict(X, y, X_new)
    bare = GaussianProcessRegressor(start).fit(X, y).predict(X_new, return_std=True)
    assert mean == pytest.approx(bare[0])
    assert deviation == pytest.approx(bare[1])
    learnt = model._kernel
    model.predict(np.concatenate([X, X_new[:1]]), np.append(y, 0.0), X_new)
    assert model._kernel is learnt  # one more of twenty: conditioned, not learnt anew
    model.predict(np.concatenate([X, X_new[:2]]), np.append(y, [0.0, 0.0]), X_new)
    assert model._kernel is not learnt


@pytest.mark.parametrize("model", MODELS)
def test_no_code_twice_and_an_end_where_all_are_seen(model: str) -> None:
    space = SearchSpace(tuple(Categorical(f"op_{i}", ("x", "y", "z")) for i in range(3)))
    solver = optimizers.make("bayesian-optimization", model=model, n_candidates=20).factory(
        Task(space, 100, np.random.default_rng(1))
    )
    seen: list[int] = []
    while len(Z := ask_codes(solver)):
        seen.extend(space.index_of(Z).tolist())
        solver.tell(Z, Z.sum(axis=1).astype(float))
    assert len(seen) == len(set(seen)) == 27


@pytest.mark.parametrize("model", MODELS)
def test_it_is_ahead_of_random_search(model: str) -> None:
    problem = nas_problems.make("fcnet-protein")
    solver = optimizers.make("bayesian-optimization", model=model, n_candidates=200)
    ours = [optimizers.run(solver, problem, budget=40, seed=seed).y.min() for seed in range(3)]
    random = [optimizers.run("random-search", problem, budget=40, seed=seed).y.min() for seed in range(30)]
    assert max(ours) < np.median(random)
