"""What cheaper estimates are worth."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.papers.estimation import compare, reproduce_estimation


def test_an_estimate_that_is_off_by_a_constant_loses_nothing() -> None:
    full = np.random.default_rng(1).random(50)
    found = compare(full + 7, full)
    assert [found.kendall, found.spearman, found.recall] == pytest.approx([1, 1, 1])
    assert found.bias == pytest.approx(7)


def test_an_estimate_by_hand() -> None:
    full = np.arange(20.0)
    estimate = full.copy()
    estimate[[0, 19]] = estimate[[19, 0]]  # the best and the worst change places
    found = compare(estimate, full)
    assert found.recall == 0.5  # of 0 and 1, the best tenth, 1 is still among the two best
    assert found.kendall == pytest.approx(1 - 2 * (2 * 18 + 1) / (20 * 19 / 2))
    assert found.bias == 0


@pytest.mark.data
def test_the_page_has_the_correlations_of_twelve_epochs_that_are_known(tmp_path: Path) -> None:
    page = reproduce_estimation(tmp_path, quick=True)
    fidelities = pd.read_csv(tmp_path / "fidelities.csv")
    digits = fidelities[fidelities["problem"] == "nb201-digits"]
    assert digits["cost"].tolist() == [1 / 8, 1 / 4, 1 / 2]
    if not (tmp_path / "short.csv").exists():
        pytest.skip("the 12-epoch values of NAS-Bench-201 are absent: set IOHNAS_DATA")
    short = pd.read_csv(tmp_path / "short.csv")
    assert short["Spearman"].tolist() == pytest.approx(short["published"].tolist(), abs=1e-3)
    assert page is not None
