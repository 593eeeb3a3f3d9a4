"""The page of results of one-shot methods: its numbers follow from the stored page and its recorded searches."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch", reason="one-shot methods need torch: pip install torch==2.13.0")

import nas_problems
from docs import one_shot
from experiments.papers.one_shot.plan import METHODS, Sizes
from experiments.papers.one_shot.published import TABLES
from experiments.papers.one_shot.sections import accuracy, final

TEXT = one_shot.PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def searches() -> pd.DataFrame:
    return pd.read_csv(one_shot.STORED / "searches.csv")


def test_searches_are_those_of_the_plan(searches: pd.DataFrame) -> None:
    assert set(searches["method"]) == set(METHODS)
    assert (searches.groupby("method")["seed"].nunique() == Sizes().n_seeds).all()
    assert searches["epoch"].max() == Sizes().epochs
    assert not searches.duplicated(["method", "seed", "epoch"]).any()


@pytest.mark.parametrize("mark", one_shot.PARTS)
def test_tables_are_those_of_the_stored_page(mark: str) -> None:
    assert f"{mark}\n\n{one_shot.PARTS[mark]()}\n<!-- end -->" in TEXT


@pytest.mark.parametrize("table", TABLES)
def test_accuracies_of_the_page_are_those_of_the_recorded_cells(table: str, searches: pd.DataFrame) -> None:
    problem = nas_problems.make(table)
    lines = {line.split(" | ")[0].removeprefix("| "): line for line in TEXT.splitlines() if " ± " in line}
    found = final(searches)
    assert len(found.groupby("method")) >= 6
    for method, part in found.groupby("method"):
        values = accuracy(problem, part["cell"].to_numpy())
        if len(values) > 1:
            assert f"{values.mean():.2f} ± {values.std(ddof=1):.2f}" in lines[str(method)], method


def test_the_cell_of_skip_connections_has_the_published_accuracy_of_darts() -> None:
    problem = nas_problems.make("nb201-cifar10")
    assert f"{100 - problem(np.ones((1, 6), dtype=np.int64))[0]:.2f}" == "39.77"
    assert "39.77 %" in TEXT.replace("\n", " ")
