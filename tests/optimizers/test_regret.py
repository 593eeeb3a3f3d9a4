"""Regret: worked by hand, against its definition, with failures, fidelities, noise and several objectives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nas_problems
import optimizers
from nas_problems import Metric, Problem, SearchSpace
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.parameter import Integer
from nas_problems.pareto import Reference
from optimizers.regret import hypervolume_so_far, incumbents, noise_free_values, regret_so_far
from tests.nas_problems import tiny
from tests.optimizers.curves import curve_problem

BOTH = ("validation_accuracy", "train_seconds")

ROWS = st.lists(st.tuples(st.integers(0, 4), st.sampled_from([1, 3, 9]), st.booleans()), min_size=1, max_size=12)


@given(ROWS)
def test_the_incumbent_is_that_of_the_definition(rows: list[tuple[int, int, bool]]) -> None:
    y = np.array([row[0] for row in rows], dtype=np.float64)
    fidelity, failed = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    wanted = []
    for n in range(1, len(rows) + 1):
        tried = [i for i in range(n) if not failed[i]]
        highest = [i for i in tried if fidelity[i] == max(fidelity[tried])]
        wanted.append(min(highest, key=lambda i: (y[i], i)) if highest else 0)
    assert incumbents(y, fidelity=fidelity, failed=failed).tolist() == wanted


def test_a_failed_evaluation_is_no_incumbent_though_its_penalty_is_small() -> None:
    """The penalty of a loss, 100, is better than the loss of a network that learns badly."""
    space = SearchSpace((Integer("width", 0, 2),))
    loss = Metric("loss", penalty=100.0)
    values = {"loss": np.array([200.0, np.nan, 150.0])[None, :, None]}
    evaluator = TableEvaluator(space, values, {"loss": loss}, nas_problems.Fidelities("epochs", (1,)))
    problem = Problem("badly", 951, space, evaluator, (loss,), "none")
    Z = np.array([[1], [0], [1], [2]])
    failed = np.array([True, False, True, False])
    with pytest.warns(UserWarning, match="badly: a candidate has the minimised loss 200, worse than the penalty 100"):
        assert problem.target == 150.0  # not the penalty of the failed candidate
    assert regret_so_far(problem, Z, problem(Z), failed=failed).tolist() == [50.0, 50.0, 50.0, 0.0]
    assert regret_so_far(problem, Z[:1], problem(Z[:1]), failed=failed[:1]).tolist() == [-50.0]  # nothing else is known


def test_the_incumbent_is_valued_in_full() -> None:
    """Candidate 5 is the better one at one epoch, as at all: the lower fidelity hides nothing but its error of 9."""
    problem = curve_problem(continued=False)
    Z = np.array([[7], [5], [6], [1]])
    fidelity = np.array([1.0, 1.0, 9.0, 1.0])
    y = problem.minimised(problem.evaluate(Z, fidelity=fidelity))
    assert y.tolist() == [79.0, 59.0, 61.0, 19.0]
    assert regret_so_far(problem, Z, y, fidelity=fidelity).tolist() == [70.0, 50.0, 60.0, 60.0]


def test_noise_is_seen_by_the_search_and_not_by_its_value() -> None:
    problem = tiny.table_problem().variant(noise="sampled")
    Z = problem.space.from_index(np.array([3, 5, 4]))
    y = np.array([46.0, 44.0, 43.5])  # the lucky one comes last
    assert regret_so_far(problem, Z, y).tolist() == [32.5, 30.0, 31.0]


def test_live_problems_keep_what_was_observed() -> None:
    problem = nas_problems.from_function(lambda config: 1 / 0, SearchSpace((Integer("n", 0, 9),)), name="never")
    y = np.array([3.0, 2.0, 5.0])
    assert regret_so_far(problem, np.array([[0], [1], [2]]), y).tolist() == [3.0, 2.0, 2.0]
    assert noise_free_values(problem, np.array([[0]]), y[:1], np.array([1.0])).tolist() == [3.0]


@given(st.lists(st.tuples(st.integers(0, 35), st.booleans()), min_size=1, max_size=12))
def test_hypervolume_is_that_of_every_first_part_of_a_run(rows: list[tuple[int, bool]]) -> None:
    problem = tiny.table_problem().variant(objective=BOTH)
    Z = problem.space.from_index(np.array([row for row, _ in rows]))
    y, failed = problem(Z), np.array([is_failed for _, is_failed in rows])
    found = hypervolume_so_far(problem, Z, y, failed=failed)
    wanted = [problem.reference.hypervolume(y[:n][~failed[:n]]) for n in range(1, len(y) + 1)]
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("m", [2, 3, 4])
@pytest.mark.parametrize("digits", [1, 9], ids=["ties", "none"])
def test_hypervolume_of_random_values_is_that_of_moocore(m: int, digits: int) -> None:
    from optimizers.regret import _volumes

    Y = np.random.default_rng(m).random((60, m)).round(digits)
    reference = Reference((0.1,) * m, (0.8,) * m, point=1.0)
    wanted = [reference.hypervolume(Y[:n]) for n in range(1, 61)]
    np.testing.assert_allclose(_volumes(Y, Y, reference), wanted, rtol=1e-12, atol=1e-12)


def test_a_run_over_the_whole_space_has_no_regret_at_the_end() -> None:
    problem = nas_problems.make("nb201-cifar10", objective=("validation_accuracy", "n_parameters"))
    Z = problem.space.from_index(np.random.default_rng(1).permutation(5**6))
    regret = regret_so_far(problem, Z, problem(Z))
    assert regret[-1] == 0.0
    assert (np.diff(regret) <= 1e-12).all()
    assert 0.0 < regret[0] <= 1.0


def test_a_noisy_front_is_valued_without_noise() -> None:
    problem = tiny.table_problem().variant(objective=BOTH, noise="sampled")
    Z = problem.space.from_index(np.array([3, 4, 5]))
    y = np.array([[46.0, 4.0], [44.0, 5.0], [44.5, 6.0]])  # row 4 was lucky, and dominates row 5 only as observed
    exact = problem.noise_free(Z)
    wanted = [problem.reference.hypervolume(exact[:n]) for n in (1, 2, 2)]
    np.testing.assert_allclose(hypervolume_so_far(problem, Z, y), wanted, rtol=1e-12)


def test_a_front_counts_at_the_highest_fidelity_reached() -> None:
    problem = tiny.table_problem().variant(objective=BOTH)
    Z = problem.space.from_index(np.array([3, 20, 8]))
    fidelity = np.array([3.0, 3.0, 12.0])
    y = problem.minimised(problem.evaluate(Z, fidelity=fidelity))
    exact = problem(Z)
    wanted = [problem.reference.hypervolume(exact[rows]) for rows in ([0], [0, 1], [2])]
    np.testing.assert_allclose(hypervolume_so_far(problem, Z, y, fidelity=fidelity), wanted, rtol=1e-12)


def test_where_no_front_is_known_regret_is_the_missing_share_of_the_stated_volume() -> None:
    stated = Reference((0.0, 0.0), (10.0, 2.0), point=1.0)
    problem = tiny.mixed_problem().variant(objective=("validation_error", "train_seconds"), reference=stated)
    Z = problem.space.sample(2, np.random.default_rng(1))
    assert regret_so_far(problem, Z, np.array([[5.0, 1.0], [5.0, 0.5]])).tolist() == [0.75, 0.625]


def test_a_reference_point_that_no_front_can_reach_leaves_nothing_to_miss() -> None:
    problem = tiny.table_problem().variant(objective=BOTH, reference=Reference((-2.0, -2.0), (-1.0, -1.0)))
    Z = problem.space.from_index(np.array([3, 4]))
    assert problem.front_hypervolume == 0.0
    assert regret_so_far(problem, Z, problem(Z)).tolist() == [0.0, 0.0]


def test_nothing_but_failures_has_all_of_the_regret() -> None:
    problem = tiny.table_problem().variant(objective=BOTH)
    Z = problem.space.from_index(np.array([3, 4]))
    assert regret_so_far(problem, Z, problem(Z), failed=np.ones(2, dtype=np.bool_)).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("y", [[1.0, np.nan], [[1.0], [2.0]], [1.0]])
def test_wrong_values(y: object) -> None:
    problem = tiny.table_problem()
    Z = problem.space.from_index(np.array([3, 4]))
    with pytest.raises(ValueError, match="y: wanted 2 finite values"):
        regret_so_far(problem, Z, np.array(y))
    with pytest.raises(ValueError, match=r"y: wanted finite values of shape \(2, 2\)"):
        regret_so_far(problem.variant(objective=BOTH), Z, np.array(y))


def test_the_best_row_of_a_run_is_its_last_incumbent() -> None:
    log = optimizers.run("random-search", tiny.flaky_problem(), budget=30, seed=2)
    assert log.best == int(np.argmin(np.where(log.failed, np.inf, log.y)))
