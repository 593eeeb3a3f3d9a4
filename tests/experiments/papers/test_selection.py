"""The page that scores recommendations, from a tiny budget."""

from pathlib import Path

import pandas as pd
import pytest

from experiments.papers import reproductions
from experiments.papers.other_landscapes import problem_names


def test_families_are_tables_and_live_problems() -> None:
    names = problem_names()
    assert names[0].startswith("nb201-")
    assert {"fcnet-protein", "mlp-car", "rf-digits"} <= set(names)
    assert not any(name.startswith(("chaincnn", "yahpo")) for name in names)


@pytest.mark.slow
def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path / "cache"))
    page = reproductions["selection"].factory(tmp_path / "page", quick=True)
    rows = pd.read_csv(tmp_path / "page" / "problems.csv")
    assert rows["problem"].tolist() == ["nb201-cifar10", "mlp-vehicle"]
    assert (rows["its loss  "] <= rows["its loss"] + 1e-12).all()  # nothing beats the virtual best
    losses = pd.read_csv(tmp_path / "page" / "losses.csv")
    assert (losses["random-search"] == 1).all()
    assert len(page.claims) == 2
    assert (tmp_path / "page" / "loss.png").is_file()
