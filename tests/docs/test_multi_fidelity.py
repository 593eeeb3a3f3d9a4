"""The stored study of solvers that choose fidelities: page, picture and csv belong together."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from docs import multi_fidelity
from docs.pictures import CHECKSUM
from experiments.run_study import run_study
from experiments.study import Study


def test_page_and_csv_belong_together() -> None:
    table = multi_fidelity.medians(pd.read_csv(multi_fidelity.RUNS))
    page = multi_fidelity.PAGE.read_text(encoding="utf-8")
    assert multi_fidelity.table_lines(table) in page
    assert multi_fidelity.yahpo_lines(table) in page
    assert set(multi_fidelity.RANGES) < set(table["problem"])


def test_curves_end_with_the_median_of_the_runs() -> None:
    table = multi_fidelity.medians(pd.read_csv(multi_fidelity.RUNS)).set_index(["problem", "solver"])
    last = pd.read_csv(multi_fidelity.CURVES).groupby(["problem", "solver"]).last()
    assert set(last.index) == set(table.index)
    np.testing.assert_allclose(last["value"], table["regret"].loc[last.index], rtol=1e-5)
    np.testing.assert_array_equal(last["trainings"], table["budget"].loc[last.index])


def test_the_picture_is_of_these_numbers() -> None:
    with Image.open(multi_fidelity.PICTURE) as image:
        assert image.info[CHECKSUM] == multi_fidelity.digest()


def test_random_search_has_the_share_one_of_its_own_regret() -> None:
    lines = multi_fidelity.yahpo_lines(multi_fidelity.medians(pd.read_csv(multi_fidelity.RUNS))).splitlines()
    (random,) = [line for line in lines if "`random-search`" in line]
    assert random.endswith("| 0.124 | 0.169 | 0.081 | 1.00 | 1.00 |")


def test_a_study_takes_the_place_of_its_solvers_and_leaves_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multi_fidelity, "RUNS", tmp_path / "runs.csv")
    monkeypatch.setattr(multi_fidelity, "CURVES", tmp_path / "curves.csv")
    tables = []
    for n, (solvers, seed) in enumerate(((("random-search", "hyperband"), 1), (("hyperband",), 2))):
        folder = tmp_path / str(n)
        run_study(folder, Study(("nb201-digits",), solvers, budget=6, runs=2, seed=seed))
        multi_fidelity.store([folder])
        tables.append(pd.read_csv(multi_fidelity.RUNS).set_index(["solver", "run"])["end"])
    assert list(tables[1].index) == [(name, run) for name in ("hyperband", "random-search") for run in (1, 2)]
    assert tables[1]["random-search"].equals(tables[0]["random-search"])
    assert not tables[1]["hyperband"].equals(tables[0]["hyperband"])
    curves = pd.read_csv(multi_fidelity.CURVES)
    assert set(curves["solver"]) == {"hyperband", "random-search"}
    assert (curves.groupby("solver")["trainings"].last() == 6).all()
