"""Problems placed by performance: the Mantel test, and the page."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.papers import reproductions
from experiments.papers.bbob_and_nas import mantel


def distances(x: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.abs(x[:, None] - x[None, :])


def test_equal_distances_correlate_and_others_do_not() -> None:
    """A matrix with itself has 1; independent ones about 0."""
    rng = np.random.default_rng(1)
    A, B = distances(rng.normal(size=30)), distances(rng.normal(size=30))
    same = mantel(A, A, rng=rng, repetitions=50)
    assert (same.correlation, same.low) == pytest.approx((1, 1))
    assert same.p == pytest.approx(1 / 51)
    other = mantel(A, B, rng=rng, repetitions=50)
    assert abs(other.correlation) < 0.3 and other.p > 0.02


def test_the_page(tmp_path: Path) -> None:
    """Every NAS and HPO problem has its nearest functions; footprints are shares."""
    page = reproductions["bbob-and-nas"].factory(tmp_path / "page", quick=True)
    nearest = pd.read_csv(tmp_path / "page" / "nearest.csv")
    assert {"nb201-cifar10", "fcnet-protein"} <= set(nearest["problem"])
    assert (nearest["distance"] <= nearest["distance in behaviour of that"] + 1e-12).all()
    shares = pd.read_csv(tmp_path / "page" / "footprints.csv").drop(columns="solver")
    assert ((shares >= 0) & (shares <= 1)).to_numpy().all() and (shares.sum() >= 1 - 1e-9).all()
    assert all(claim.rule for claim in page.claims)
    assert {"matrix.png", "instance-space.png", "everything.png"} <= {p.name for p in (tmp_path / "page").iterdir()}
