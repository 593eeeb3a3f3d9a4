"""Logs read back with the true values of their parameters."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import optimizers
from nas_problems import Problem, from_frame
from nas_problems.frame.problem import Candidates
from optimizers.decoded import codes_of, decoded
from optimizers.ioh_format import read_runs
from tests.nas_problems.tiny import flaky_problem, mixed_problem, table_problem


@pytest.mark.parametrize("problem", [table_problem(), mixed_problem(), table_problem().variant(instance=2)])
def test_the_frame_of_a_log_is_that_of_the_run(problem: Problem, tmp_path: Path) -> None:
    """Up to the six decimals of positions."""
    log = optimizers.run("random-search", problem, budget=15, seed=1, folder=tmp_path / "log")
    (run,) = read_runs(tmp_path / "log")
    found, wanted = decoded(run, problem), log.frame()
    assert found["evaluations"].tolist() == wanted["evaluation"].tolist()
    for name in problem.space.names:
        if wanted[name].dtype == np.float64:
            assert found[name].to_numpy() == pytest.approx(wanted[name].to_numpy(), rel=1e-4)
        else:
            assert found[name].tolist() == wanted[name].tolist()
    assert found["raw_y"].to_numpy() == pytest.approx(log.y)
    assert {"regret", "cost"} <= set(found.columns) and "x0" not in found.columns


def test_a_run_of_another_problem(tmp_path: Path) -> None:
    """Its positions would mean something else."""
    optimizers.run("random-search", table_problem(), budget=2, seed=1, folder=tmp_path / "log")
    (run,) = read_runs(tmp_path / "log")
    with pytest.raises(ValueError, match=r"wanted one of tiny-flaky .*, found tiny-table with 3 variables"):
        decoded(run, flaky_problem())


@pytest.mark.parametrize("instance", [1, 2])
@pytest.mark.parametrize("candidates", ["rows", "nearest"])
def test_rows_of_a_table_are_exact(candidates: Candidates, instance: int, tmp_path: Path) -> None:
    """Six decimals away from its row, a candidate of the table was none, and had its penalty."""
    rng = np.random.default_rng(3)
    rows = pd.DataFrame({"rate": 10 ** rng.uniform(-4, 0, 40), "drop": rng.random(40), "loss": rng.random(40)})
    problem = from_frame(rows, metric="loss", candidates=candidates, name="tried").variant(instance=instance)
    log = optimizers.run("random-search", problem, budget=20, seed=1, folder=tmp_path)
    (run,) = read_runs(tmp_path)
    found = decoded(run, problem)
    assert found[["rate", "drop"]].to_dict("records") == problem.space.decode(log.Z)
    Z = codes_of(problem.space, np.column_stack([run.columns["x0"], run.columns["x1"]]))
    np.testing.assert_array_equal(problem(Z), log.y)
    middle = np.zeros((1, 2))  # no row
    np.testing.assert_array_equal(codes_of(problem.space, middle), problem.space.from_box(middle))
