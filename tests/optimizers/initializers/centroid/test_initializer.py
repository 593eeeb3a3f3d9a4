"""The registered centroid initializer: options, and a sample that a run pays for or not."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

import nas_problems
import optimizers
from nas_problems.problem import Problem
from optimizers.initializers.centroid import CentroidInitializer, Centroids, Recipe, fit_centroids
from optimizers.solver import SamplingInitializer, Solver, Task
from tests.nas_problems.tiny import flaky_problem, table_problem

SMALL = {"sizes": "20", "method": "k-means"}
AGING = optimizers.make("aging-evolution", population_size=4, tournament_size=2)


def run(problem: Problem, *, seed: int = 1, budget: int = 30, **options: object) -> optimizers.RunLog:
    start = optimizers.make_initializer("centroid", problem, **SMALL, **options)
    return optimizers.run(AGING, problem, budget=budget, seed=seed, initializer=start)


def test_it_is_registered_with_its_options() -> None:
    start = optimizers.make_initializer("centroid", table_problem(), seed=7, decoding="rounded")
    assert isinstance(start, CentroidInitializer)
    assert isinstance(start, SamplingInitializer)
    assert (start.seed, start.recipe.decoding, start.label) == (7, "rounded", "centroid")
    with pytest.raises(ValueError, match=r"centroid: method: wanted one of .*'bayesian-mixture'"):
        optimizers.make_initializer("centroid", table_problem(), method="em")


def test_without_a_seed_every_run_has_centroids_of_its_own() -> None:
    problem = nas_problems.make("nb201-cifar10")
    first, again, other = (run(problem, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.Z, again.Z)
    assert not np.array_equal(first.Z[:4], other.Z[:4])
    fixed = [_fixed(problem, seed) for seed in (1, 2)]
    assert np.array_equal(fixed[0].Z[:4], fixed[1].Z[:4])
    assert not np.array_equal(fixed[0].Z, fixed[1].Z)


def _fixed(problem: Problem, seed: int) -> optimizers.RunLog:
    start = optimizers.make_initializer("centroid", problem, **SMALL, seed=3)
    return optimizers.run(AGING, problem, budget=30, seed=seed, initializer=start)


def test_the_sample_is_counted_beside_the_run() -> None:
    log = run(table_problem())
    assert (len(log), log.n_sampled, log.initializer) == (30, 20, "centroid")
    assert log.sampling_seconds > 0
    plain = optimizers.run(AGING, table_problem(), budget=30, seed=1)
    assert (plain.n_sampled, plain.sampling_seconds) == (0, 0.0)


def test_a_charged_sample_is_the_head_of_the_run() -> None:
    problem = flaky_problem()
    log = run(problem, charged=True)
    assert (len(log), log.n_sampled) == (30, 20)
    assert len(np.unique(log.Z[:20], axis=0)) == 20
    assert np.array_equal(log.y, problem(log.Z))
    assert (log.failed == (log.y == 100)).all()
    assert log.cost_seconds[:20].sum() == log.sampling_seconds


def test_the_solver_is_told_what_is_left_of_the_budget() -> None:
    budgets = []

    def solver(task: Task) -> Solver:
        budgets.append(task.budget)
        return AGING.factory(task)

    for charged in (False, True):
        start = optimizers.make_initializer("centroid", table_problem(), **SMALL, charged=charged)
        log = optimizers.run(solver, table_problem(), budget=30, seed=1, initializer=start)
        assert len(log) == 30
    assert budgets == [30, 10]


def test_a_budget_that_the_sample_eats_up_is_refused() -> None:
    with pytest.raises(ValueError, match=r"budget: wanted more than the 20 candidates .* found 20"):
        run(table_problem(), charged=True, budget=20)
    assert len(run(table_problem(), charged=True, budget=21)) == 21


def test_transfer_samples_one_problem_and_starts_on_another() -> None:
    target = nas_problems.make("nb201-cifar100")
    log = run(target, source="nb201-cifar10")
    assert log.problem == "nb201-cifar100"
    assert np.array_equal(log.y, target(log.Z))
    source = nas_problems.make("nb201-cifar10")
    rng = np.random.default_rng(np.random.SeedSequence(1).spawn(3)[2])
    centroids = fit_centroids(source, 4, rng=rng, recipe=Recipe("20", method="k-means"))
    assert np.array_equal(log.Z[:4], centroids.codes(target.space))
    with pytest.raises(ValueError, match="a run on nb201-cifar100 can only count evaluations of its own problem"):
        run(target, source="nb201-cifar10", charged=True)


def test_another_instance_cannot_be_charged_with_the_sample() -> None:
    recipe = Recipe("20", method="k-means", charged=True)
    centroids = fit_centroids(table_problem(), 4, rng=np.random.default_rng(1), recipe=recipe)
    with pytest.raises(ValueError, match="a run on tiny-table-i2 can only count"):
        optimizers.run(AGING, table_problem().variant(instance=2), budget=30, seed=1, initializer=centroids)
    assert len(optimizers.run(AGING, table_problem(), budget=30, seed=1, initializer=centroids)) == 30


def test_a_loaded_fit_starts_runs(tmp_path: Path) -> None:
    centroids = fit_centroids(table_problem(), 4, rng=np.random.default_rng(1), recipe=Recipe("20", method="k-means"))
    centroids.save(tmp_path / "cells")
    logs = [
        optimizers.run(AGING, table_problem(), budget=12, seed=1, initializer=start)
        for start in (centroids, Centroids.load(tmp_path / "cells"))
    ]
    assert np.array_equal(logs[0].Z, logs[1].Z)
    assert logs[0].n_sampled == logs[1].n_sampled == 20


@pytest.mark.parametrize("charged", [False, True])
def test_the_log_on_disk_has_the_sample_as_run_attributes(tmp_path: Path, charged: bool) -> None:
    start = optimizers.make_initializer("centroid", table_problem(), **SMALL, charged=charged)
    log = optimizers.run(AGING, table_problem(), budget=30, seed=1, initializer=start, folder=tmp_path / "run")
    (path,) = (tmp_path / "run").glob("*.json")
    written = json.loads(path.read_text())["scenarios"][0]["runs"][0]
    assert (written["n_sampled"], written["sampling_seconds"]) == (20, log.sampling_seconds)


@pytest.mark.parametrize("solver", ["deap-ga", "deap-mu-plus-lambda", "aging-evolution", "pymoo-ga"])
def test_fewer_centroids_than_the_population_start_it_all_the_same(solver: str) -> None:
    problem = nas_problems.make("nb201-cifar10")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        log = optimizers.run(
            optimizers.make(solver, population_size=19),
            problem,
            budget=60,
            seed=1,
            initializer=optimizers.make_initializer("centroid", problem, sizes="100"),
        )
    assert len(log) == 60
    assert any("of 19 wanted centroids" in str(warning.message) for warning in caught)


def test_it_can_be_called_without_a_run(rng: np.random.Generator) -> None:
    start = optimizers.make_initializer("centroid", table_problem(), **SMALL)
    assert start(table_problem().space, 4, rng).shape == (4, 3)
    assert start(table_problem().space, 0, rng).shape == (0, 3)
