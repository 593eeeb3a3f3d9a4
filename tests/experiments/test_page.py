"""Pages: one folder with Markdown, csv, PNG and PDF."""

from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from experiments.page import Claim, Page


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(tmp_path / "page", title="A page", command="iohnas reproduce a-page")


def test_everything_added_is_written_and_linked(page: Page) -> None:
    page.heading("Results")
    page.text("Some words.")
    page.table(pd.DataFrame({"solver": ["a|b"], "regret": [0.123456789]}), name="table-1", caption="Regret.")
    figure = Figure()
    figure.subplots().plot([0, 1])
    page.figure(figure, name="figure-1", caption="A line.")
    page.claim(Claim("It is so", published="1", ours="2", verdict="does not hold", why="twice as large"))
    path = page.write()
    text = path.read_text()
    assert {file.name for file in path.parent.iterdir()} == {
        "README.md",
        "claims.csv",
        "table-1.csv",
        "figure-1.png",
        "figure-1.pdf",
    }
    assert "| a\\|b | 0.1235 |" in text
    assert "| It is so | 1 | 2 | does not hold | twice as large |" in text
    assert text.index("## Claims") < text.index("## Results") < text.index("figure-1.png")
    assert "iohnas reproduce a-page" in text.splitlines()[-1]
    assert pd.read_csv(path.parent / "table-1.csv")["regret"][0] == 0.123456789


def test_writing_twice_gives_the_same_page(page: Page) -> None:
    page.text("Some words.")
    first = page.write().read_text()
    assert page.write().read_text() == first


def test_a_name_is_used_once(page: Page) -> None:
    page.table(pd.DataFrame({"a": [1]}), name="x", caption="")
    with pytest.raises(ValueError, match="not on the page yet, found 'x'"):
        page.figure(Figure(), name="x", caption="")


def test_names_cannot_leave_the_folder(page: Page) -> None:
    with pytest.raises(ValueError, match=r"found '\.\./x'"):
        page.table(pd.DataFrame({"a": [1]}), name="../x", caption="")
