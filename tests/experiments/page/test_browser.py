"""The page in a real browser: no error, every chart drawn, the controls work."""

from pathlib import Path

import pytest

from experiments.folder import StudyFolder
from experiments.report import write_report
from tests.experiments.page.browser import CHROMIUM, drive, printed
from tests.experiments.page.test_html import HOSTILE, full_page

needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; on Debian: apt-get install chromium")


@needs_browser
@pytest.mark.slow
@pytest.mark.parametrize("width", [1300, 520])
def test_the_page_of_a_study_works(finished: StudyFolder, tmp_path: Path, width: int) -> None:
    page = write_report(finished, tmp_path / "page").page
    said = drive(page, tmp_path, width=width)
    assert said["problemsSeen"] == []
    assert said["charts"] == ["convergence", "seconds", "ecdf", "final", "ranks", "incumbents"]
    assert said["drawn"] == said["panels"] == 2 + 2 + 3 + 2 + 1 + 2
    assert said["stills"] == 0
    assert said["curvesWithoutOne"] < said["curves"] == said["curvesAgain"]
    assert said["rowsWithoutOne"] < said["rows"]
    assert said["curvesWithNone"] == 0
    assert said["problems"] == ["", "tiny-mixed", "tiny-table"]
    assert set(said["panelsOfOne"]) == {"tiny-mixed", "all 2 problems", ""}
    assert {said["xBefore"], said["xAfter"]} == {"log", "linear"}
    assert said["inkBefore"] != said["inkAfter"]
    assert said["sorted"] == "ascending"
    assert said["width"][0] <= said["width"][1]  # nothing wider than the window


@needs_browser
@pytest.mark.slow
def test_hostile_names_do_nothing(tmp_path: Path) -> None:
    """A dialog would block the page, a request would violate its policy."""
    said = drive(full_page(tmp_path / "page", f"{HOSTILE} $x^2$").write(), tmp_path)
    assert said["problemsSeen"] == []
    assert said["drawn"] == said["panels"] == 4


@needs_browser
@pytest.mark.slow
def test_a_page_on_paper_has_every_picture(finished: StudyFolder, tmp_path: Path) -> None:
    """Charts are drawn on sight; on paper the static pictures take their place, without any scrolling."""
    page = write_report(finished, tmp_path / "page").page
    pdf = printed(page, tmp_path).read_bytes()
    n_pictures = page.read_text().count('<img src="data:image/png')
    assert n_pictures == 6
    assert pdf.count(b"/Subtype /Image") >= n_pictures
