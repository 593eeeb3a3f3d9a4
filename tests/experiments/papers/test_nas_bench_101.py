"""The page on NAS-Bench-101, where its file is there."""

from pathlib import Path

import pytest

from experiments.papers import nas_bench_101, reproductions
from nas_problems.datasets.nas_bench_101 import ACCURACIES


@pytest.mark.slow
@pytest.mark.skipif(not ACCURACIES.at_hand, reason="$IOHNAS_DATA has no nas_bench_101")
def test_the_page(tmp_path: Path) -> None:
    """The best cell is the published one, and parts of others agree where they are there."""
    page = reproductions["nas-bench-101"].factory(tmp_path, quick=True)
    assert page.claims[0].verdict == "holds" and page.claims[0].ours == "94.3176 %"
    assert (tmp_path / "searches.csv").stat().st_size > 50
    assert (tmp_path / "rankings.csv").stat().st_size > 50 and (tmp_path / "surrogates.csv").stat().st_size > 50
    if all(file.at_hand for file in nas_bench_101.FILES.values()):
        assert page.claims[1].verdict == "holds"
        assert "839 rows in 3 files" in page.claims[1].why
