"""The page on our own table, from a tiny budget."""

from pathlib import Path

import pytest

from experiments.papers import reproductions


@pytest.mark.slow
def test_the_page(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")
    page = reproductions["digits-table"].factory(tmp_path, quick=True)
    text = (tmp_path / "README.md").read_text()
    assert "6,466 distinct cells" in text and "noise mode seed-0" in text
    assert page.claims[0].verdict == "holds"
    for name in ("correlation-published.csv", "correlation-fidelity.csv", "search.csv", "accuracy.png"):
        assert (tmp_path / name).stat().st_size > 100
