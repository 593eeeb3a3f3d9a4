"""The start with the best zero-cost proxies: better than chance where they order candidates."""

import numpy as np
import pytest

import nas_problems
import optimizers
from optimizers.initializers.best_by_proxy import BestByProxy
from tests.nas_problems.tiny import table_problem

TABLE = nas_problems.make("nb201-digits")


def test_the_largest_of_the_drawn_are_returned_best_first() -> None:
    start = BestByProxy(TABLE, ("n_parameters",), n_per_candidate=20)
    Z = start(TABLE.space, 5, np.random.default_rng(1))
    sizes = TABLE.evaluate(Z, metrics=["n_parameters"]).metrics["n_parameters"]
    drawn = TABLE.evaluate(TABLE.space.sample(2000, np.random.default_rng(2)), metrics=["n_parameters"]).metrics
    assert (np.diff(sizes) <= 0).all() and sizes[-1] > np.quantile(drawn["n_parameters"], 0.85)
    assert len(np.unique(Z, axis=0)) == 5 and np.array_equal(Z, start(TABLE.space, 5, np.random.default_rng(1)))
    assert start(TABLE.space, 0, np.random.default_rng(1)).shape == (0, 6)


def test_codes_of_another_instance_are_not_measured_as_its_own() -> None:
    """The same code is another network there; a problem of that instance measures it."""
    other = TABLE.variant(instance=2)
    with pytest.raises(ValueError, match="space: wanted that of nb201-digits, instance 1, found another"):
        BestByProxy(TABLE, ("n_parameters",))(other.space, 5, np.random.default_rng(1))
    Z = BestByProxy(other, ("n_parameters",))(other.space, 5, np.random.default_rng(1))
    sizes = TABLE.evaluate(other.to_base(Z), metrics=["n_parameters"]).metrics["n_parameters"]
    assert (np.diff(sizes) <= 0).all() and sizes.min() > sizes.max() / 2


def test_it_starts_better_than_uniform_draws() -> None:
    """On digits, large cells are better than small ones: by the table's own correlation."""
    rng = np.random.default_rng(3)
    chosen = optimizers.make_initializer("best-by-proxy", TABLE)(TABLE.space, 60, rng)
    assert TABLE(chosen).mean() < TABLE(TABLE.space.sample(600, rng)).mean()


def test_a_live_problem_starts_from_synflow() -> None:
    live = nas_problems.make("train-nb201-digits")
    start = optimizers.make_initializer("best-by-proxy", live, n_per_candidate=4)
    Z = start(live.space, 2, np.random.default_rng(1))
    others = live.space.sample(4, np.random.default_rng(5))
    values = live.evaluate(np.concatenate([Z, others]), metrics=["synflow"]).metrics["synflow"]
    assert values[0] >= values[1] > np.median(values[2:])


def test_runs_take_it_by_name() -> None:
    log = optimizers.run("aging-evolution", TABLE, budget=30, seed=1, initializer="best-by-proxy")
    assert len(log) == 30 and log.initializer == "best-by-proxy"


def test_what_is_not_zero_cost_is_refused() -> None:
    with pytest.raises(ValueError, match=r"proxies: wanted zero-cost metrics of nb201-digits \(.*\), found 'synflow'"):
        optimizers.make_initializer("best-by-proxy", TABLE, proxies="n_flops+synflow")
    with pytest.raises(ValueError, match=r"zero-cost metrics of tiny-table \(it has none\), found none"):
        optimizers.make_initializer("best-by-proxy", table_problem())
