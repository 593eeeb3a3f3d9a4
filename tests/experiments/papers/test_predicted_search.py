"""Solvers that predict across the space, in one budget."""

from pathlib import Path

import pandas as pd
import pytest

from experiments.papers import new_page
from experiments.papers.predicted_search import PROBLEMS, SOLVERS, write_predicted_search


@pytest.mark.slow
def test_the_section_has_all_solvers_and_goes_on_where_it_was(tmp_path: Path) -> None:
    """Its runs are files: what is in them is read, not run again."""

    def frame() -> pd.DataFrame:
        page = new_page(tmp_path, "Page", "page", quick=True, seed=1)
        write_predicted_search(page, n_runs=2, budget=14, seed=1)
        page.write()
        return pd.read_csv(tmp_path / "predicted-search.csv")

    first = frame()
    assert set(first["solver"]) == set(SOLVERS) and set(first["problem"]) <= set(PROBLEMS)
    assert (first["end"] <= first["half"]).all() and (first["end"] >= -1e-9).all()
    path = next((tmp_path / "runs").glob("*random-search*"))
    stored = pd.read_csv(path)
    stored["end"] = 77.0
    stored.to_csv(path, index=False)
    assert (frame()["end"] == 77.0).sum() == 1
