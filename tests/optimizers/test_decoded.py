"""Logs read back with the true values of their parameters."""

from pathlib import Path

import numpy as np
import pytest

import optimizers
from nas_problems import Problem
from optimizers.decoded import decoded
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
