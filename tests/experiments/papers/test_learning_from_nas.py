"""The parts of the page that need no data, and the page itself where the data is available."""

from pathlib import Path

import numpy as np
import pytest

from ela.feature.registry import LEARNING_FROM_NAS
from experiments.papers import reproductions
from experiments.papers.learning_from_nas.numbers import (
    FEATURES,
    FLACCO_NAMES,
    bounds_of_variables,
    flacco_adjusted_r2,
    kind_of,
)
from nas_problems.catalog.chain_cnn import INITIAL
from nas_problems.datasets.chain_cnn import FILES


def test_published_numbers_are_complete() -> None:
    assert tuple(FEATURES) == LEARNING_FROM_NAS == tuple(FLACCO_NAMES)
    low, high = bounds_of_variables()
    assert len(low) == len(high) == 23 and all(np.less(low, high))
    assert kind_of("dense_size_1") == "dense_size_"
    assert [kind_of(name) for name in INITIAL.names].count("k_") == 6


def test_flacco_subtracts_the_coefficients_twice() -> None:
    # R2 = 0.6, n = 800, p = 276: m = 523
    adjusted = 1 - 0.4 * 799 / 523
    expected = 1 - 0.4 / ((523 - 277 - 1) / 522)
    assert flacco_adjusted_r2("ela_meta.lin_w_interact.adj_r2", adjusted, 800) == pytest.approx(expected)
    assert flacco_adjusted_r2("ela_meta.lin_simple.intercept", 0.3, 800) == 0.3


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.skipif(not all(file.at_hand for file in FILES.values()), reason="$IOHNAS_DATA has no learning_from_nas")
def test_the_page(tmp_path: Path) -> None:
    page = reproductions["learning-from-nas"].factory(tmp_path, quick=True)
    text = (tmp_path / "README.md").read_text()
    assert "surrogate" in text and "encoding target" in text
    features = [claim for claim in page.claims if claim.text.startswith("20 features of")]
    assert [claim.ours for claim in features] == ["19 within 2 sd; 20 with flacco's adjusted R2"] * 3
    for name in ("figure-2", "figure-3", "figure-6", "figure-7", "figure-8a", "figure-8b-published-ward"):
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
