"""The evaluated sample that is clustered."""

import dataclasses

import numpy as np
import pytest

import nas_problems
from nas_problems import Categorical, SearchSpace
from nas_problems.evaluation import EvaluatorKind
from optimizers.initializers.centroid import Recipe, draw_sample
from optimizers.initializers.centroid.sample import parse_sizes
from tests.nas_problems.tiny import constrained_problem, flaky_problem, mixed_problem, table_problem


def test_a_sample_is_distinct_valid_and_evaluated_at_every_fidelity() -> None:
    problem = constrained_problem()
    sample = draw_sample(problem, 12, np.random.default_rng(1))
    assert len(sample) == len(np.unique(sample.Z, axis=0)) == 12
    assert problem.space.is_valid(sample.Z).all()
    assert np.array_equal(sample.fitness[:, 0], problem.variant(fidelity=3)(sample.Z))
    assert np.array_equal(sample.fitness[:, 1], problem(sample.Z))
    rows = problem.space.index_of(sample.Z)
    assert np.allclose(sample.cost_seconds, (1 + rows) * 1.25)  # 12 epochs, and 3 at a quarter of the cost


def test_a_sample_prints_as_one_line() -> None:
    sample = draw_sample(table_problem(), 20, np.random.default_rng(1))
    assert repr(sample) == "<Sample: 20 candidates at 2 fidelities>"


def test_the_value_is_that_of_the_searched_fidelity() -> None:
    problem = table_problem().variant(fidelity=3)
    sample = draw_sample(problem, 9, np.random.default_rng(2))
    assert np.array_equal(sample.y, problem(sample.Z))
    assert not np.array_equal(sample.y, sample.fitness[:, 1])


def test_a_small_space_is_taken_as_a_whole() -> None:
    assert len(draw_sample(constrained_problem(), 500, np.random.default_rng(1))) == 18


def test_failed_candidates_are_marked() -> None:
    sample = draw_sample(flaky_problem(), 36, np.random.default_rng(1))
    assert set(flaky_problem().space.index_of(sample.Z[sample.failed])) == {7, 20, 35}
    assert (sample.y[sample.failed] == 100).all()


def test_a_space_too_large_to_list_is_drawn_from() -> None:
    problem = table_problem()
    space = SearchSpace(tuple(Categorical(f"op_{i}", tuple("abcde")) for i in range(40)))
    wide = dataclasses.replace(problem, base_space=space, evaluator=_FirstCode(problem.evaluator))
    sample = draw_sample(wide, 50, np.random.default_rng(1))
    assert len(np.unique(sample.Z, axis=0)) == 50


class _FirstCode:
    """Evaluates the number of zeros in a code."""

    kind: EvaluatorKind = "computed"

    def __init__(self, model: nas_problems.Evaluator) -> None:
        self.metrics, self.fidelities, self.noise_kinds = model.metrics, model.fidelities, model.noise_kinds

    def evaluate(self, Z, *, metrics, fidelity, noise, rng):  # type: ignore[no-untyped-def]  # the protocol's
        values = (Z == 0).sum(axis=1).astype(np.float64)
        return nas_problems.Evaluations(dict.fromkeys(metrics, values), np.ones(len(Z)), np.zeros(len(Z), np.bool_))


def test_wrong_problems_are_refused() -> None:
    with pytest.raises(ValueError, match="wanted a finite space, found real parameters in tiny-mixed"):
        draw_sample(mixed_problem(), 9, np.random.default_rng(1))
    both = table_problem().variant(objective=["validation_accuracy", "train_seconds"])
    with pytest.raises(ValueError, match="wanted a problem with one objective"):
        draw_sample(both, 9, np.random.default_rng(1))


@pytest.mark.parametrize("sizes", ["", "0", "10 20", "10 10", "1e3", "ten", "-5", "1.5", "1000000000000"])
def test_sizes_that_do_not_decrease_are_refused(sizes: str) -> None:
    with pytest.raises(ValueError, match="sizes: wanted decreasing integers"):
        Recipe(sizes)


def test_sizes_are_read_from_text() -> None:
    assert parse_sizes("10000, 500 19") == (10_000, 500, 19)
