"""BANANAS: scores, ensemble and batches, next to the bare library."""

import numpy as np
import pytest
from sklearn.neural_network import MLPRegressor

import nas_problems
import optimizers
from nas_problems.array import FloatArray
from nas_problems.space import Codes, SearchSpace
from optimizers.adapters.neural_ensemble import ensemble_predictions, normal_scores
from optimizers.randomness import draw_seed
from optimizers.solver import Task, ask_codes
from optimizers.testing import spaces
from tests.nas_problems.tiny import table_problem

CELL = nas_problems.make("nb201-cifar10")


def test_scores_are_those_of_the_ranks() -> None:
    y = np.array([3.0, 1e6, 5.0, 3.0])
    scores = normal_scores(y)
    assert scores[0] == scores[3] < scores[2] < scores[1]
    assert np.array_equal(scores, normal_scores(np.log(y)))
    assert scores[2] == pytest.approx(0.31864, abs=1e-5)  # of rank 3 of 4: the normal quantile of 2.5 / 4
    assert not normal_scores(np.full(7, 2.0)).any()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_ensemble_equals_networks_of_the_bare_library() -> None:
    rng = np.random.default_rng(4)
    X, y, X_new = rng.random((12, 5)), rng.random(12), rng.random((7, 5))
    found = ensemble_predictions(X, y, X_new, n_predictors=3, rng=np.random.default_rng(9))
    seeds = np.random.default_rng(9)
    for row in found:
        network = MLPRegressor(hidden_layer_sizes=(20, 20), solver="lbfgs", max_iter=50, random_state=draw_seed(seeds))
        np.testing.assert_allclose(
            row, network.fit(X, normal_scores(y)).predict(X_new), rtol=1e-6
        )  # sums differ in order


def test_an_ensemble_tells_good_from_bad() -> None:
    rng = np.random.default_rng(1)
    X = rng.integers(0, 2, (60, 8)).astype(float)
    y = X @ np.arange(8.0)
    predicted = ensemble_predictions(X[:40], y[:40], X[40:], n_predictors=5, rng=rng).mean(axis=0)
    assert np.corrcoef(predicted, y[40:])[0, 1] > 0.9


def asked(solver_options: dict[str, int | str], values: FloatArray, budget: int) -> Codes:
    solver = optimizers.make("bananas", **solver_options).factory(Task(CELL.space, budget, np.random.default_rng(2)))
    rows = np.empty((0, 6), np.int64)
    while len(rows) < budget:
        Z = ask_codes(solver)
        rows = np.concatenate([rows, Z])
        solver.tell(Z, values[CELL.space.index_of(Z)])
    return rows


def test_no_code_is_evaluated_twice_and_batches_have_their_size() -> None:
    rows = asked({"batch_size": 7, "n_candidates": 30}, CELL.tabulate(), 45)
    assert len(np.unique(rows, axis=0)) == len(rows) == 10 + 5 * 7


@pytest.mark.parametrize("encoding", ["path", "one-hot"])
def test_only_the_order_of_the_values_counts(encoding: str) -> None:
    values = CELL.tabulate()
    options: dict[str, int | str] = {"encoding": encoding, "n_predictors": 2}
    assert np.array_equal(asked(options, values, 30), asked(options, np.exp(values / 20.0), 30))


def test_the_encoding_is_that_of_the_space() -> None:
    values = CELL.tabulate()
    automatic = asked({"n_predictors": 2}, values, 30)
    assert np.array_equal(automatic, asked({"n_predictors": 2, "encoding": "path"}, values, 30))
    assert not np.array_equal(automatic, asked({"n_predictors": 2, "encoding": "one-hot"}, values, 30))
    solver = optimizers.make("bananas", encoding="path").factory(Task(spaces()["mixed"], 20, np.random.default_rng(1)))
    with pytest.raises(ValueError, match="space: wanted parameters edge_<from>_<to>"):
        ask_codes(solver)


def test_it_finds_better_candidates_than_its_start() -> None:
    log = optimizers.run("bananas", CELL, budget=60, seed=1)
    assert np.median(log.y[40:]) < np.median(log.y[:10])
    assert log.y[40:].min() - CELL.target < 1.0


def test_it_ends_when_every_code_has_been_seen() -> None:
    log = optimizers.run("bananas", table_problem(), budget=99, seed=1)
    assert len(log) == len(np.unique(log.Z, axis=0)) == 36


def corner(space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
    return np.zeros((n, space.n_parameters), space.dtype)


def test_equal_candidates_of_an_initializer_count_once() -> None:
    log = optimizers.run("bananas", CELL, budget=15, seed=1, initializer=corner)
    assert len(np.unique(log.Z, axis=0)) == 15
    assert not log.Z[0].any()


def test_proxies_are_features() -> None:
    """The metric that is minimised itself, as a feature, lets the predictors find the best at once."""
    problem = nas_problems.make("nb201-cifar10", objective="n_parameters")
    with_feature, without = (
        np.mean([optimizers.run(solver, problem, budget=30, seed=seed).y[10:].mean() for seed in range(3)])
        for solver in (optimizers.make("bananas", proxies="n_parameters+flops", encoding="one-hot"), "bananas")
    )
    assert np.isfinite(without) and with_feature < 1.2 * without
    assert optimizers.make("bananas", proxies="n_parameters+flops").label == "bananas.proxies-n_parameters-flops"


def test_proxies_that_the_problem_does_not_have_are_refused() -> None:
    solver = optimizers.make("bananas", proxies="synflow")
    with pytest.raises(ValueError, match=r"zero-cost metrics: wanted some of n_parameters, .* found 'synflow'"):
        optimizers.run(solver, nas_problems.make("nb201-digits"), budget=20, seed=1)
