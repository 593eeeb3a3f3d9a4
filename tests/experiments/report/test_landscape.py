"""Footprints and places among BBOB on a study's page."""

from pathlib import Path

import pandas as pd
import pytest

from ela.footprint import MEASURES, footprint, footprint_table
from experiments.folder import StudyFolder
from experiments.page import Page
from experiments.report import write_report
from experiments.report.landscape import add_landscapes
from tests.nas_problems import tiny


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(tmp_path / "page", "A page", "iohnas report")


def test_footprints_are_computed_where_that_is_cheap(finished: StudyFolder, tmp_path: Path) -> None:
    page = write_report(finished, tmp_path / "page", landscape=True).page
    table = pd.read_csv(page.parent / "footprints.csv", index_col="measure")
    wanted = footprint(tiny.table_problem(), seed=1)
    assert list(table.columns) == ["tiny-table"]
    assert table.at["fitness_mean", "tiny-table"] == pytest.approx(wanted.fitness_mean)
    assert (page.parent / "footprint-radar.png").is_file()
    assert "No footprint of tiny-mixed: not a recorded table" in page.read_text()
    assert "--landscape" in page.read_text()
    assert table.notna().all(axis=None)
    assert {name for name, why in wanted.reasons.items() if why} == set(MEASURES) - set(table.index)


def test_what_other_commands_left_is_shown(tmp_path: Path, page: Page) -> None:
    for name in ("footprint", "tiny-table"):
        (tmp_path / "landscape" / name).mkdir(parents=True)
    table = footprint_table([footprint(tiny.table_problem(), seed=1)]).T
    table.index.name = "measure"
    table.to_csv(tmp_path / "landscape" / "footprint" / "footprints.csv")
    nearest = pd.DataFrame(
        {"function": [f"f{i} x" for i in (3, 5, 7, 9)], "share of nearest rows": [0.4, 0.3, 0.2, 0.1]}
    )
    nearest.assign(**{"2.5 %": 0.0, "97.5 %": 1.0, "distance": 2.0}).to_csv(
        tmp_path / "landscape" / "tiny-table" / "nearest.csv", index=False
    )
    add_landscapes(page, tmp_path, None, compute=False)
    page.write()
    shown = pd.read_csv(page.folder / "footprints.csv", index_col="measure")
    assert shown.at["fdc", "tiny-table"] == pytest.approx(float(str(table.at["fdc", "tiny-table"])))
    places = pd.read_csv(page.folder / "bbob.csv")
    assert places["function"].tolist() == ["f3 x", "f5 x", "f7 x"]
    assert set(places["problem"]) == {"tiny-table"}


def test_two_measures_make_a_table_but_no_radar(tmp_path: Path, page: Page) -> None:
    (tmp_path / "landscape" / "x").mkdir(parents=True)
    (tmp_path / "landscape" / "x" / "footprints.csv").write_text("measure,p\nfdc,0.5\nneutrality,0.1\n")
    add_landscapes(page, tmp_path, None, compute=False)
    page.write()
    assert pd.read_csv(page.folder / "footprints.csv")["measure"].tolist() == ["candidates", "fdc", "neutrality"]
    assert not list(page.folder.glob("*.png"))


def test_damaged_results_are_named(tmp_path: Path, page: Page) -> None:
    (tmp_path / "landscape" / "x").mkdir(parents=True)
    for name in ("footprints.csv", "nearest.csv"):
        (tmp_path / "landscape" / "x" / name).write_text("nonsense")
    add_landscapes(page, tmp_path, None, compute=True)
    assert page.write().read_text().count("cannot be read") == 2


def test_without_results_there_is_no_section(tmp_path: Path, page: Page) -> None:
    add_landscapes(page, tmp_path, None, compute=False)
    assert "Landscapes" not in page.write().read_text()
