"""Solvers chosen for problems that were held out."""

from pathlib import Path

import numpy as np
import pandas as pd

import nas_problems
from ela.feature import FeatureTable
from ela.recorded import RecordedPerformance, shipped_performance
from experiments.landscape.recommend import landscape_features
from experiments.page import Page
from experiments.papers.held_out import held_out, write_held_out

NAMES = ("fcnet-naval", "fcnet-protein", "mlp-car", "mlp-kc1")


def known() -> tuple[RecordedPerformance, dict[str, FeatureTable]]:
    shipped = shipped_performance()
    features = {name: landscape_features(nas_problems.make(name), 60, 1, parts=2) for name in NAMES}
    return shipped.without(*(name for name in shipped.problems if name not in NAMES)), features


def test_nobody_chooses_from_what_was_held_out() -> None:
    performance, features = known()
    best_on_mlp = performance.without("fcnet-naval", "fcnet-protein").at(300)
    favourite = performance.solvers[int(np.log(best_on_mlp).mean(axis=1).argmin())]
    rows = {str(row["problem"]): row for row in held_out(performance, features, budget=300, kind="family")}
    assert set(rows) == set(NAMES)
    assert rows["fcnet-naval"]["single best"] == rows["fcnet-protein"]["single best"] == favourite


def test_losses_are_those_of_the_table() -> None:
    performance, features = known()
    for row in held_out(performance, features, budget=100, kind="problem"):
        column = performance.at(100)[:, performance.problems.index(str(row["problem"]))]
        for who in ("chosen", "single best", "virtual best"):
            assert row[f"{who}: loss"] == column[performance.solvers.index(str(row[who]))]
        assert row["virtual best: loss"] == column.min()


def test_the_section(tmp_path: Path) -> None:
    page = Page(tmp_path, "Held out", "test")
    write_held_out(page, quick=True, seed=1)
    page.write()
    table = pd.read_csv(tmp_path / "held-out.csv")
    means = pd.read_csv(tmp_path / "held-out-mean.csv")
    assert len(table) == 6 * table["problem"].nunique()
    assert (means["virtual best: loss"] <= means["chosen: loss"]).all()
    assert [claim.verdict in ("holds", "does not hold") for claim in page.claims] == [True, True]
