"""The stored comparison of batches: page and csv belong together, and it can be made again."""

import numpy as np
import pandas as pd
import pytest

import nas_problems
import optimizers
from docs import batches


def test_page_and_csv_belong_together() -> None:
    table = pd.read_csv(batches.TABLE)
    assert batches.table_lines(table) in batches.PAGE.read_text(encoding="utf-8")
    n_runs = table.groupby("solver")["seed"].nunique().to_dict()
    assert n_runs == dict(batches.N_RUNS) and (table["regret"] >= 0).all()


def test_a_stored_run_is_made_again() -> None:
    """The cheapest one, to the last digit."""
    table = pd.read_csv(batches.TABLE)
    problem = nas_problems.make("nb201-cifar10")
    assert problem.optimum is not None
    stored = table.query("problem == 'nb201-cifar10' and solver == 'aging-evolution' and at_a_time == 4 and seed == 7")
    log = optimizers.run("aging-evolution", problem, budget=batches.BUDGET, seed=7, n_parallel=4)
    regret = np.minimum.accumulate(log.y) - problem.optimum.y
    for n, value in zip(stored["evaluations"], stored["regret"], strict=True):
        assert value == pytest.approx(regret[n - 1], abs=1e-12)


def test_a_ratio_where_some_runs_found_the_optimum() -> None:
    value, low, high = batches.ratio(np.array([0.0, 0.0, 0.0, 2.0]), np.array([0.0, 0.0, 1.0, 1.0]))
    assert value == 1.0 and low == 0.0 and high > 2
    assert batches.ratio(np.ones(9), np.full(9, 2.0)) == (0.5, 0.5, 0.5)
