"""Values are ioh's, of its instances, as it logs them."""

import pickle
from pathlib import Path
from typing import Any

import ioh
import numpy as np
import pytest

import nas_problems
from nas_problems import Integer, Real, SearchSpace
from nas_problems.array import FloatArray
from nas_problems.catalog.bbob_lattice import on_space
from nas_problems.evaluation import InstancedEvaluator
from nas_problems.testing import check_problem


def logged(problem: Any, X: FloatArray, folder: Path) -> FloatArray:
    """``raw_y`` of an ioh problem's own log."""
    triggers = [ioh.logger.trigger.ALWAYS]
    logger = ioh.logger.Analyzer(triggers=triggers, root=str(folder), folder_name="bare", algorithm_name="a")
    problem.attach_logger(logger)
    for x in X.tolist():
        problem(x)
    problem.reset()
    problem.detach_logger()
    logger.close()
    (path,) = folder.rglob("*.dat")
    return np.loadtxt(path, skiprows=1, usecols=1)


@pytest.mark.parametrize(("function", "instance", "dimension"), [(1, 1, 5), (8, 3, 5), (15, 2, 10), (24, 7, 3)])
def test_bbob_values_are_what_ioh_logs(function: int, instance: int, dimension: int, tmp_path: Path) -> None:
    problem = nas_problems.make(f"bbob-f{function}", instance=instance, dimension=dimension)
    X = problem.space.sample(20, np.random.default_rng(1))
    bare = ioh.get_problem(function, instance, dimension, ioh.ProblemClass.BBOB)
    assert np.allclose(problem(X), logged(bare, X, tmp_path), rtol=1e-9, atol=1e-9)
    assert problem([bare.optimum.x])[0] < 1e-9
    assert (problem.log_id, problem.target) == (function, 0.0)


@pytest.mark.parametrize("function", range(1, 25))
def test_the_optimum_of_bbob_is_known(function: int) -> None:
    for instance, dimension in ((1, 2), (7, 5), (12, 40)):
        problem = nas_problems.make(f"bbob-f{function}", instance=instance, dimension=dimension)
        optimum = problem.optimum
        assert optimum is not None and optimum.y == 0.0
        bare = ioh.get_problem(function, instance, dimension, ioh.ProblemClass.BBOB)
        assert optimum.Z.tolist() == [list(bare.optimum.x)]


def test_an_optimum_that_is_no_candidate_or_not_reached_is_none() -> None:
    known = nas_problems.make("pbo-f1[dimension=25]").optimum
    assert known is not None and known.y == -25.0
    for name in ("pbo-f7[dimension=25]", "pbo-f18[dimension=25]", "pbo-f24[dimension=26]"):
        assert nas_problems.make(name).optimum is None
    half = SearchSpace(tuple(Real(f"x{j}", 0.0, 5.0) for j in range(3)))
    assert on_space(1, half, name="sphere-on-a-corner").optimum is None


@pytest.mark.parametrize(("function", "instance"), [(1, 1), (2, 3), (18, 1), (23, 2), (25, 1)])
def test_pbo_values_are_those_of_ioh_with_the_sign_changed(function: int, instance: int) -> None:
    problem = nas_problems.make(f"pbo-f{function}[dimension=25,instance={instance}]")
    X = problem.space.sample(20, np.random.default_rng(1))
    bare = ioh.get_problem(function, instance, 25, ioh.ProblemClass.PBO)
    assert problem(X).tolist() == [-bare(x) for x in X.tolist()]
    assert problem.log_id == function
    if np.isfinite(bare.optimum.y):
        assert problem.target == -bare.optimum.y


def test_a_combination_per_instance() -> None:
    problem = nas_problems.make("ma-bbob")
    X = problem.space.sample(5, np.random.default_rng(1))
    for instance in (1, 2):
        bare = ioh.problem.ManyAffine(instance, 5)
        wanted = [bare(x) - bare.optimum.y for x in X.tolist()]
        assert problem.variant(instance=instance)(X).tolist() == wanted


def test_dimensions_are_part_of_the_name() -> None:
    problem = nas_problems.make("bbob-f8[dimension=20]")
    assert (problem.label, problem.space.n_parameters, problem.log_id) == ("bbob-f8-d20", 20, 8)
    assert str(nas_problems.Variant.parse("bbob-f8[dimension=20]")) == "bbob-f8[dimension=20]"
    assert nas_problems.make("pbo-f1", dimension=9).label == "pbo-f1-d9"
    with pytest.raises(ValueError, match="dimension: nb201-cifar10 has a fixed number of variables, found 4"):
        nas_problems.make("nb201-cifar10", dimension=4)
    with pytest.raises(ValueError, match="dimension: wanted an integer >= 1, found 0"):
        nas_problems.make("bbob-f1", dimension=0)


def test_categories_are_shuffled_per_instance_and_their_optimum_is_exact() -> None:
    problem = nas_problems.make("shuffled-f1")
    assert problem.optimum is not None
    assert problem.optimum.y == problem.tabulate().min() > 0  # the optimum of the box is not on the lattice
    assert not np.array_equal(problem.variant(instance=2).tabulate(), problem.tabulate())
    ordered = on_space(1, SearchSpace(tuple(Integer(f"x{j}", 0, 4) for j in range(6))), name="ordered")
    assert np.allclose(np.sort(ordered.tabulate()), np.sort(problem.tabulate()))


def test_a_fifth_of_the_variables_has_each_width() -> None:
    space = nas_problems.make("mixint-f1[dimension=10]").space
    assert space.n_choices == (2, 2, 4, 4, 8, 8, 16, 16, None, None)


def test_a_function_on_a_given_space_conforms() -> None:
    problem = on_space(3, nas_problems.make("knn-wine").space, name="rastrigin-knn")
    assert isinstance(problem.evaluator, InstancedEvaluator)
    check_problem(problem)
    with pytest.raises(ValueError, match=r"function: wanted 1 \.\.\. 24, found 25"):
        on_space(25, problem.space, name="none")


def test_a_copy_for_another_process_has_no_ioh_problem() -> None:
    problem = nas_problems.make("bbob-f5", instance=4)
    X = problem.space.sample(3, np.random.default_rng(1))
    wanted = problem(X)
    assert np.array_equal(pickle.loads(pickle.dumps(problem))(X), wanted)


@pytest.mark.parametrize(("dimension", "is_known"), [(15, True), (16, False)])
def test_concatenated_traps_have_a_bound_where_all_are_whole(dimension: int, is_known: bool) -> None:
    """ioh's optimum is all ones, which is not the best of a shorter trap at the end: regrets would be negative."""
    problem = nas_problems.make(f"pbo-f24[dimension={dimension}]")
    assert (problem.lower_bound is not None) is is_known
    Z = problem.space.sample(2000, np.random.default_rng(1))
    assert (problem(Z) >= problem.target).all() or not is_known


@pytest.mark.parametrize(("instance", "is_known"), [(1, True), (2, False), (3, False)])
def test_vertex_sets_have_a_bound_in_the_first_instance(instance: int, is_known: bool) -> None:
    """ioh's optimum of the others is worse than what can be reached, or can never be reached."""
    problem = nas_problems.make("pbo-f22", instance=instance)
    assert (problem.lower_bound is not None) is is_known
    everything = (np.arange(2**16)[::17, None] >> np.arange(16)) & 1
    assert (problem(everything) >= problem.target).all() or not is_known
