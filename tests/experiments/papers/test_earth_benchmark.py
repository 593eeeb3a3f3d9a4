"""The page on drawn cells, from surrogates of few trees."""

from pathlib import Path

import pandas as pd
import pytest

from experiments.papers import reproductions


@pytest.mark.slow
def test_the_page(tmp_path: Path) -> None:
    """Distributions of 300 cells, models compared on both measures, and a front."""
    page = reproductions["earth-benchmark"].factory(tmp_path, quick=True)
    assert "300 drawn cells on digits" in (tmp_path / "README.md").read_text()
    assert all(claim.verdict in ("holds", "does not hold") for claim in page.claims) and len(page.claims) == 2
    compared = pd.read_csv(tmp_path / "surrogates.csv")
    assert set(compared["measure"]) == {"validation accuracy", "latency milliseconds"}
    assert {"forest", "boosting", "ensemble"} <= set(compared["model"])
    for name in ("distributions.png", "front.png", "quantiles.csv"):
        assert (tmp_path / name).stat().st_size > 100
