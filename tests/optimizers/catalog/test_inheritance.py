"""Solvers whose candidates inherit: children have one generation more, and cheap objectives choose among them."""

import numpy as np
import pytest

import nas_problems
import optimizers
from nas_problems.network.lineage import Lineage
from optimizers.catalog.lemonade import inverse_density
from optimizers.lineage import read_generations
from optimizers.solver import Task, ask_codes
from optimizers.testing import spaces

LINEAGE = Lineage(n_generations=3, n_steps=2)
SPACE = LINEAGE.space


def n_generations(code: object) -> int:
    return len(list(LINEAGE.generations(np.asarray(code))))


def test_children_have_one_generation_more() -> None:
    generations = read_generations(SPACE)
    assert generations is not None and not generations.root.any()
    parent = generations.root[0]
    for k in (1, 2, 3):
        children = generations.children(parent, 5, np.random.default_rng(k))
        assert [n_generations(child) for child in children] == [k] * 5
        assert all(np.array_equal(LINEAGE.parent(child), parent) for child in children)
        (kept,) = generations.kept(parent)
        assert [morphism.kind for morphism in list(LINEAGE.generations(kept))[-1]] == ["keep", "keep"]
        parent = children[0]
    assert len(generations.children(parent, 5, np.random.default_rng(1))) == len(generations.kept(parent)) == 0


def test_other_spaces_have_no_generations() -> None:
    assert all(read_generations(space) is None for space in spaces().values())


def test_hill_climbing_goes_on_with_the_best_child_even_if_it_is_worse() -> None:
    """Algorithm 1 compares children with each other; the parent is among them, trained on."""
    solver = optimizers.make("morphism-hill-climbing", n_children=4).factory(Task(SPACE, 99, np.random.default_rng(1)))
    root = ask_codes(solver)
    assert len(root) == 1 and n_generations(root[0]) == 0
    solver.tell(root, np.array([1.0]))
    for k in (1, 2, 3):
        children = ask_codes(solver)
        assert len(children) == 4 and {n_generations(child) for child in children} == {k}
        solver.tell(children, np.array([9.0, 5.0, 7.0, 6.0]) + k)
        best = children[1]
        if k < 3:
            assert all(np.array_equal(LINEAGE.parent(child), best) for child in ask_codes(solver))
    assert {n_generations(child) for child in ask_codes(solver)} == {1}  # another climb


def test_lemonade_finds_a_front_of_small_and_good_cells() -> None:
    """On a table with parameters known without training, and compared with random search at the same budget."""
    problem = nas_problems.make("nb201-cifar10", objective=("validation_accuracy", "n_parameters"))
    ours, theirs = (
        np.mean([problem.reference.hypervolume(optimizers.run(name, problem, budget=120, seed=s).y) for s in range(3)])
        for name in ("lemonade", "random-search")
    )
    assert ours > theirs


def test_the_density_is_inverse_to_how_common_a_network_is() -> None:
    known = np.array([[0.0], [0.1], [0.2], [9.0]])
    chances = inverse_density(known, known)
    assert chances.sum() == pytest.approx(1) and chances[3] > 2 * chances[0]
    assert np.allclose(inverse_density(np.empty((3, 0)), np.empty((5, 0))), 0.2)
    assert np.isfinite(inverse_density(known, np.array([[np.nan], [1.0]]))).all()
    assert np.allclose(inverse_density(known[:1], known[:1]), 1)


def test_a_live_run_inherits() -> None:
    """A few networks on digits; budgets in seconds are those of what was trained."""
    pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")
    problem = nas_problems.make("morphism-digits", noise="seed-0", objective=("validation_accuracy", "n_parameters"))
    log = optimizers.run(optimizers.make("lemonade", n_proposed=6, n_evaluated=2), problem, budget=5, seed=1)
    generations = [len(list(Lineage().generations(code))) for code in log.Z]
    assert generations[:3] == [0, 1, 1] and not log.failed.any() and (log.cost_seconds > 0).all()
    assert log.y[:, 0].min() < log.y[0, 0]
