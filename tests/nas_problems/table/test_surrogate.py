"""Surrogates: fitted, held out, stored without pickles."""

from pathlib import Path

import numpy as np
import pytest

import nas_problems
from nas_problems.table.surrogate import Surrogate, agreement, fit_surrogate

CAR = nas_problems.make("mlp-car")


def test_a_surrogate_predicts_what_it_has_not_seen(tmp_path: Path) -> None:
    found = fit_surrogate(CAR, n=400, n_trees=20, rng=np.random.default_rng(0))
    assert found.record["n"] == 400 and found.record["problem"] == "mlp-car"
    assert found.record["held_out"]["r2"] > 0.5 and found.record["held_out"]["spearman"] > 0.6
    found.save(tmp_path / "s.npz")
    again = Surrogate.load(tmp_path / "s.npz")
    Z = CAR.space.sample(20, np.random.default_rng(1))
    assert np.array_equal(again.predict(CAR.space, Z), found.predict(CAR.space, Z))
    with np.load(tmp_path / "s.npz", allow_pickle=False) as stored:
        assert "record" in stored.files


def test_another_metric_and_equal_candidates() -> None:
    problem = nas_problems.make("nb201-cifar10")
    found = fit_surrogate(problem, metric="n_parameters", n=200, n_trees=5, rng=np.random.default_rng(0))
    assert found.record["metric"] == "n_parameters"
    dead = np.array([[3, 0, 0, 2, 0, 0], [0, 0, 0, 2, 0, 0]])  # one function
    assert len(set(found.predict(problem.space, dead).tolist())) == 1


def test_agreement_by_hand() -> None:
    y = np.array([1.0, 2.0, 3.0])
    assert agreement(y, y) == pytest.approx({"r2": 1.0, "spearman": 1.0, "kendall": 1.0})
    assert agreement(y, y[::-1]) == pytest.approx({"r2": -3.0, "spearman": -1.0, "kendall": -1.0})


def test_what_cannot_be_fitted(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="wanted at least 5 candidates that do not fail, found 3"):
        fit_surrogate(CAR, n=3, rng=rng)
    with pytest.raises(KeyError, match="no such metric"):
        fit_surrogate(CAR, metric="no such metric", n=10, rng=rng)
    with pytest.raises(ValueError, match="the space has infinitely many"):
        fit_surrogate(nas_problems.make("rf-digits"), rng=rng)
    found = fit_surrogate(CAR, n=20, n_trees=2, rng=rng)
    with pytest.raises(ValueError, match="space: wanted the parameters"):
        found.predict(nas_problems.make("nb201-cifar10").space, np.zeros((1, 6), dtype=np.int64))
    (tmp_path / "x.npz").write_bytes(b"x")
    with pytest.raises(ValueError, match="wanted a surrogate of iohnas"):
        Surrogate.load(tmp_path / "x.npz")
    with pytest.raises(FileNotFoundError):
        Surrogate.load(tmp_path / "none.npz")
