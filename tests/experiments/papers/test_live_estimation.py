"""Cheaper estimates of live trainings: what a search is summed up to, and the page itself."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")

from experiments.papers.live_estimation import contenders, outcome_of, reproduce_live_estimation
from nas_problems.problem import Problem
from optimizers.runlog import RunLog
from tests.nas_problems.tiny import TABLE_SPACE, table_problem


def log_of(y: list[float], seconds: list[float]) -> RunLog:
    n = len(y)
    Z = TABLE_SPACE.from_index(np.arange(n))
    ones = np.ones(n)
    return RunLog("s", "p", 1, "uniform", Z, np.array(y), np.array(seconds), np.zeros(n, np.bool_), ones, ones)


def test_a_search_is_summed_up_by_its_seconds() -> None:
    """Evaluations that end after a share of the seconds do not count for it."""
    problem: Problem = table_problem().variant(objective="validation_accuracy")
    log = log_of([9.0, 7.0, 8.0, 3.0], [10.0, 20.0, 10.0, 80.0])
    found = outcome_of(log, problem, 100.0, test_metric="validation_accuracy")
    assert [found[f"after {share}"] for share in ("25%", "50%", "100%")] == [9.0, 7.0, 7.0]
    assert found["networks"] == 3 and found["test error"] == 100.0 - 50.0 - 1


def test_every_contender_can_be_made() -> None:
    assert len({contender.name for contender in contenders()}) == 4


@pytest.mark.slow
def test_the_page(tmp_path: Path) -> None:
    reproduce_live_estimation(tmp_path, quick=True)
    fidelities = pd.read_csv(tmp_path / "fidelities.csv")
    assert len(fidelities) == 3 + 3 + 2 + 2 + 3 + 2 and (fidelities["cost"] > 0).all()
    assert set(pd.read_csv(tmp_path / "proxies.csv")["proxy"]) >= {"synflow", "n_parameters"}
    assert len(pd.read_csv(tmp_path / "inheritance.csv")) == 4
