"""Searches of recorded problems: the table, agreement of groups, ranking."""

import numpy as np
import pytest

from ela.recorded import (
    RecordedPerformance,
    agreement,
    analytic_performance,
    recommend_recorded,
    shipped_performance,
)

SOLVERS = ("random-search", "a", "b")


def performance(losses: dict[str, tuple[float, float]], budgets: tuple[int, ...] = (30, 300)) -> RecordedPerformance:
    """Of solvers a and b on some problems, the same at all budgets."""
    column = np.array([[1.0, *pair] for pair in losses.values()]).T  # (S, P)
    loss = np.stack([column] * len(budgets))
    runs = np.full(column.shape, 5)
    return RecordedPerformance(tuple(losses), SOLVERS, np.array(budgets), runs, loss, np.zeros_like(loss))


def test_text_is_read_back() -> None:
    made = performance({"p": (0.5, 2.0), "q": (0.25, 1.5)})
    read = RecordedPerformance.read(made.to_csv())
    assert (read.problems, read.solvers, read.budgets.tolist()) == (made.problems, made.solvers, made.budgets.tolist())
    assert np.array_equal(read.loss, made.loss)
    assert np.array_equal(read.runs, made.runs)


def test_incomplete_or_foreign_text() -> None:
    lines = performance({"p": (0.5, 2.0)}).to_csv().splitlines()
    with pytest.raises(ValueError, match="b has no run on p with 300 evaluations"):
        RecordedPerformance.read("\n".join(lines[:-1]))
    with pytest.raises(ValueError, match="wanted the columns"):
        RecordedPerformance.read("solver,loss\n")


def test_newer_losses_take_the_place_of_older_ones() -> None:
    older, newer = performance({"p": (0.5, 2.0)}), performance({"p": (0.25, 4.0)})
    renamed = RecordedPerformance(
        newer.problems, ("random-search", "a", "c"), newer.budgets, newer.runs, newer.loss, newer.standard_error
    )
    both = older.updated(renamed)
    assert both.solvers == ("a", "b", "c", "random-search")
    assert both.at(30)[:, 0].tolist() == [0.25, 2.0, 4.0, 1.0]
    with pytest.raises(ValueError, match="portfolio: wanted the problems"):
        older.updated(performance({"q": (0.25, 4.0)}))


def test_equal_rankings_agree_and_reversed_ones_disagree() -> None:
    rng = np.random.default_rng(1)
    first = performance({"p": (0.5, 2.0), "q": (0.6, 1.5)})
    same, reversed_ = performance({"x": (0.9, 1.1)}), performance({"x": (1.5, 0.7), "y": (1.4, 0.6)})
    found = agreement(first, same, budget=300, rng=rng, repetitions=20)
    assert (found.rank_correlation, found.low, found.high, found.n_solvers) == pytest.approx((1, 1, 1, 3))
    assert agreement(first, reversed_, budget=300, rng=rng, repetitions=20).high == pytest.approx(-1)
    few = RecordedPerformance(
        ("p",), ("random-search",), *(first.budgets, first.runs[:1, :1]), *[first.loss[:, :1, :1]] * 2
    )
    with pytest.raises(ValueError, match="wanted at least three solvers in common"):
        agreement(first, few, budget=30, rng=rng)


def test_problems_by_their_names() -> None:
    made = performance({"nb201-a": (0.5, 2.0), "mlp-b": (0.6, 1.5)})
    assert made.only("mlp-", "fcnet-").problems == ("mlp-b",)


def test_the_shipped_table_of_analytic_problems() -> None:
    shipped = analytic_performance()
    assert len(shipped.problems) == 94  # on 16 bits PBO's f18, f24 and f25 have no known optimum
    assert np.isfinite(shipped.loss).all()
    assert (shipped.loss >= 0).all() and (shipped.standard_error >= 0).all()
    assert set(shipped.solvers) < set(shipped_performance().solvers)


def test_losses_need_random_search() -> None:
    made = performance({"p": (0.5, 2.0)})
    with pytest.raises(ValueError, match="wanted random-search among them"):
        RecordedPerformance(("p",), ("a", "b"), made.budgets, made.runs[1:], made.loss[:, 1:], made.loss[:, 1:])


@pytest.mark.parametrize(("budget", "nearest"), [(1, 30), (90, 30), (100, 300), (10_000, 300)])
def test_the_nearest_budget_is_taken(budget: int, nearest: int) -> None:
    assert performance({"p": (0.5, 2.0)}).nearest_budget(budget) == nearest


def test_a_budget_is_positive() -> None:
    with pytest.raises(ValueError, match="budget: wanted a positive number, found 0"):
        performance({"p": (0.5, 2.0)}).nearest_budget(0)


def test_the_ranking_is_by_the_geometric_mean() -> None:
    made = performance({"p": (0.25, 1.0), "q": (1.0, 4.0)})
    found = {entry.solver: entry.loss for entry in recommend_recorded(made, budget=300)}
    assert found == pytest.approx({"a": 0.5, "random-search": 1.0, "b": 2.0})


def test_the_shipped_table() -> None:
    shipped = shipped_performance()
    assert shipped.budgets.tolist() == [30, 100, 300]
    assert {"nb201-cifar10", "fcnet-protein", "mlp-vehicle", "nb201-digits"} <= set(shipped.problems)
    assert np.allclose(shipped.loss[:, shipped.solvers.index("random-search")], 1)
    assert (shipped.loss >= 0).all() and (shipped.standard_error >= 0).all()
    assert shipped.runs.min() >= 5


def test_what_wraps_a_library_is_better_than_random_search_on_recorded_problems() -> None:
    shipped = shipped_performance()
    mean = np.exp(np.log(np.clip(shipped.at(300), 0.25, 4.0)).mean(axis=1))
    losses = dict(zip(shipped.solvers, mean.tolist(), strict=True))
    for name in ("deap-ga", "deap-mu-plus-lambda", "deap-mu-comma-lambda", "pymoo-mixed", "pymoo-ga", "optuna-tpe"):
        assert losses[name] < 0.96, name
