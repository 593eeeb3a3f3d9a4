"""Tables of recorded searches: text, other text, and tables put together."""

import numpy as np
import pytest

from nas_problems.array import FloatArray
from optimizers.selector.fit import bounded
from optimizers.selector.portfolio import Portfolio
from optimizers.selector.recorded import analytic_searches, of_ratios, read_csv, recorded_searches, to_csv, updated

SOLVERS = ("random-search", "a", "b")


def searches(
    ratios: dict[str, tuple[float, float]], *, solvers: tuple[str, ...] = SOLVERS, budgets: tuple[int, ...] = (30, 300)
) -> Portfolio:
    """Of random search and two solvers on some problems, the same at all budgets."""
    column: FloatArray = np.array([[1.0, *pair] for pair in ratios.values()]).T  # (S, P)
    ratio = np.stack([column] * len(budgets))
    runs = np.full(column.shape, 5)
    return of_ratios(tuple(ratios), solvers, np.array(budgets), runs, ratio, 0.1 * ratio)


def test_text_is_read_back() -> None:
    """Ratios and their standard errors in the text, logarithms in the table."""
    made = searches({"p": (0.5, 2.0), "q": (0.25, 1.5)})
    text = to_csv(made)
    assert "p,a,30,5,0.5,0.05" in text.splitlines()
    read = read_csv(text)
    assert (read.problems, read.solvers, read.budgets.tolist()) == (made.problems, made.solvers, made.budgets.tolist())
    assert read.loss[0, :, 0].tolist() == [0, -1, 1]
    assert np.allclose(read.loss, made.loss) and np.allclose(read.error, made.error)
    assert np.array_equal(read.runs, made.runs)
    assert to_csv(read) == text


def test_incomplete_or_foreign_text() -> None:
    """The message has what is missing."""
    lines = to_csv(searches({"p": (0.5, 2.0)})).splitlines()
    with pytest.raises(ValueError, match="b has no run on p with 300 evaluations"):
        read_csv("\n".join(lines[:-1]))
    with pytest.raises(ValueError, match="wanted the columns"):
        read_csv("solver,loss\n")
    with pytest.raises(ValueError, match="wanted random-search among them"):
        read_csv("\n".join(line for line in lines if "random-search" not in line))


def test_no_regret_at_all_is_a_finite_loss() -> None:
    """A ratio of 0 has a logarithm here."""
    assert np.isfinite(searches({"p": (0.0, 2.0)}).loss).all()


def test_newer_losses_take_the_place_of_older_ones() -> None:
    """Solver by solver; the problems must be the same."""
    older = searches({"p": (0.5, 2.0)})
    both = updated(older, searches({"p": (0.25, 4.0)}, solvers=("random-search", "a", "c")))
    assert both.solvers == ("a", "b", "c", "random-search")
    assert both.loss[0, :, 0].tolist() == [-2, 1, 2, 0]
    assert both.evaluations.shape == (4, 1, 0)
    with pytest.raises(ValueError, match="portfolio: wanted the problems"):
        updated(older, searches({"q": (0.25, 4.0)}))


def test_the_shipped_table() -> None:
    """Losses of NAS and HPO problems at three budgets."""
    shipped = recorded_searches()
    assert shipped.budgets.tolist() == [30, 100, 300]
    assert {"nb201-cifar10", "fcnet-protein", "mlp-vehicle", "nb201-digits"} <= set(shipped.problems)
    assert np.allclose(shipped.loss[:, shipped.solvers.index("random-search")], 0)
    assert np.isfinite(shipped.loss).all() and (shipped.error >= 0).all()
    assert shipped.runs.min() >= 5


def test_the_shipped_table_of_analytic_problems() -> None:
    """On 16 bits PBO's f18, f24 and f25 have no known optimum."""
    shipped = analytic_searches()
    assert len(shipped.problems) == 94
    assert np.isfinite(shipped.loss).all() and (shipped.error >= 0).all()
    assert set(shipped.solvers) < set(recorded_searches().solvers)


def test_what_wraps_a_library_is_better_than_random_search_on_recorded_problems() -> None:
    """By the geometric mean of the losses."""
    shipped = recorded_searches().at(300)
    losses = dict(zip(shipped.solvers, (2 ** bounded(shipped).mean(axis=1)).tolist(), strict=True))
    for name in ("deap-ga", "deap-mu-plus-lambda", "deap-mu-comma-lambda", "pymoo-mixed", "pymoo-ga", "optuna-tpe"):
        assert losses[name] < 0.96, name


@pytest.mark.parametrize(("budget", "nearest"), [(1, 30), (90, 30), (100, 300), (10_000, 300)])
def test_the_nearest_budget_is_taken(budget: int, nearest: int) -> None:
    """On a log scale."""
    assert searches({"p": (0.5, 2.0)}).at(budget).budgets.tolist() == [nearest]
