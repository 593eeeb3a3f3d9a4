"""The page on one-shot methods: files of its work, claims from made-up searches, and the page from a tiny budget."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")

import nas_problems
from experiments.page import Page
from experiments.papers import reproductions
from experiments.papers.one_shot import published, work
from experiments.papers.one_shot.plan import METHODS, Sizes, configured
from experiments.papers.one_shot.sections import accuracy, claim_order, final, write_collapse, write_found
from nas_problems.catalog.nas_bench_201 import SPACE

TINY = Sizes(epochs=2, n_seeds=1, derive_every=1, n_ranked=4, n_rank_seeds=1, marks=(1, 2))


def test_every_method_of_the_table_can_be_configured() -> None:
    labels = [configured(label).label for label in METHODS]
    assert len(set(labels)) == len(labels)


def test_work_is_done_once(tmp_path: Path) -> None:
    first = work.searched(tmp_path, "GDAS", 1, TINY)
    assert first["epoch"].tolist() == [1, 2] and (first["method"] == "GDAS").all()
    (path,) = tmp_path.glob("search-gdas-2-1.csv")
    path.write_text("epoch,seconds,cell\n2,1.5,77\n")
    assert work.searched(tmp_path, "GDAS", 1, TINY)["cell"].tolist() == [77]


def test_ranked_cells_are_distinct_and_connected() -> None:
    cells = work.ranked_cells(50)
    assert len(np.unique(SPACE.index_of(SPACE.canonical(cells)))) == 50
    assert (cells[:, 5] != 0).all()


def made_up() -> pd.DataFrame:
    """Eight searches of each of four methods: GDAS finds a good cell, DARTS skip connections alone."""
    good, medium = SPACE.index_of(np.array([[3, 3, 3, 1, 3, 3], [4, 3, 4, 1, 3, 4]]))
    skip = int(SPACE.index_of(published.SKIP_CELL)[0])
    cells = {"GDAS": good, "RSPS": medium, "DARTS, first order": skip, "ENAS": skip}
    rows = [
        {
            "method": method,
            "seed": seed,
            "epoch": epoch,
            "seconds": float(epoch),
            "cell": cell if epoch == 2 else medium,
        }
        for method, cell in cells.items()
        for seed in range(8)
        for epoch in (1, 2)
    ]
    return pd.DataFrame(rows)


def test_verdicts_follow_from_the_searches(tmp_path: Path) -> None:
    page = Page(tmp_path, "Page", "command")
    searches = made_up()
    assert len(final(searches)) == 32
    claim_order(page, write_found(page, searches))
    write_collapse(page, searches)
    assert [claim.verdict for claim in page.claims] == ["holds", "holds"]
    assert "4.00 at first" not in page.claims[1].ours and "6.00 in the end" in page.claims[1].ours


def test_cells_are_looked_up() -> None:
    problem = nas_problems.make("nb201-cifar10")
    assert problem.optimum is not None
    best = SPACE.index_of(problem.optimum.Z[:1])
    assert accuracy(problem, best)[0] == pytest.approx(91.61, abs=0.005)  # NAS-Bench-201, table 5: optimum
    skips = accuracy(problem, SPACE.index_of(published.SKIP_CELL))[0]
    assert skips < 65


@pytest.mark.slow
def test_the_page_from_a_tiny_budget(tmp_path: Path) -> None:
    page = reproductions["one-shot"].factory(tmp_path, quick=True, seed=1)
    assert len(page.claims) == 4
    assert (tmp_path / "found.csv").exists() and (tmp_path / "ranks.csv").exists()
    assert len(list((tmp_path / "logs").iterdir())) == 8
