"""Pages: one folder with HTML, Markdown, csv, PNG and PDF."""

import errno
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from experiments.folder.disk import UnwritableError
from experiments.page import Boxes, Claim, Page, picture
from experiments.page.block import Drawing
from experiments.page.chart import Heat


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(tmp_path / "page", title="A page", command="iohnas reproduce a-page")


def line() -> Figure:
    figure = Figure()
    figure.subplots().plot([0, 1])
    return figure


def test_pictures_that_take_longest_are_drawn_first(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    save_all = picture.save_all

    def watched(figures: Mapping[str, Drawing], folder: Path, formats: Sequence[str]) -> dict[str, picture.Inlined]:
        asked.extend(figures)
        return save_all(figures, folder, formats)

    monkeypatch.setattr(picture, "save_all", watched)
    shares = Heat({"problem": (["row"], ["solver"], np.ones((1, 1)))}, "share")
    page.figure(line(), name="figure", caption="A line.")
    page.chart(shares, figures=[line, line], data=None, name="shares", caption="Shares.")
    page.write()
    assert asked == ["shares-1", "shares-2", "figure"]


def test_everything_added_is_written_and_linked(page: Page) -> None:
    page.fact("runs", 3)
    page.heading("Results")
    page.text("Some words.")
    page.table(pd.DataFrame({"solver": ["a|b"], "regret": [0.123456789]}), name="table-1", caption="Regret.")
    page.figure(line(), name="figure-1", caption="A line.")
    page.claim(Claim("It is so", published="1", ours="2", verdict="does not hold", why="twice", rule="1 +- 0.1"))
    path = page.write()
    names = {"index.html", "README.md", "claims.csv", "table-1.csv", "figure-1.png", "figure-1.pdf", ".files.sha256"}
    assert {file.name for file in path.parent.iterdir()} == names
    text = (path.parent / "README.md").read_text()
    assert "runs: **3**" in text
    assert "| a\\|b | 0.1235 |" in text
    assert "| It is so | does not hold | 1 | 2 | 1 ± 0.1 | twice |" in text
    assert text.index("## Claims") < text.index("## Results") < text.index("figure-1.png")
    assert "iohnas reproduce a-page" in text.splitlines()[-1]
    assert pd.read_csv(path.parent / "table-1.csv")["regret"][0] == 0.123456789
    html = path.read_text()
    assert path.name == "index.html"
    for word in (
        "A page",
        "Some words.",
        "a|b",
        "0.1235",
        "Regret.",
        "A line.",
        "It is so",
        "✗ does not hold",
        "<b>Rule:</b> 1 ± 0.1",
    ):
        assert word in html, word
    assert "iohnas reproduce a-page" in html[html.index("<footer>") :]
    assert "Figures are static; each is in a file of its own, too (png, pdf)." in html


def test_claims_are_counted_in_words(page: Page) -> None:
    for verdict in ("holds", "holds", "does not hold"):
        page.claim(Claim("It is so", published="1", ours="2", verdict=verdict))
    html = page.write().read_text()
    assert "✓ 2 hold<" in html and "✗ 1 does not hold<" in html


def test_a_chart_has_pictures_and_data(page: Page) -> None:
    boxes = Boxes({"p": {"a": np.ones(2)}}, {"p": "regret (%)"})
    data = pd.DataFrame({"solver": ["a", "a"], "regret": [1.0, 2.0]})
    page.chart(boxes, figures=[line, line], data=data, name="final", caption="Final values.")
    path = page.write()
    assert {"final-1.png", "final-2.pdf", "final.csv"} <= {file.name for file in path.parent.iterdir()}
    html = path.read_text()
    assert html.count("data:image/png;base64,") == 2
    assert 'data-chart="final"' in html
    assert "![Final values.](final-2.png)" in (path.parent / "README.md").read_text()


def test_writing_twice_gives_the_same_page(page: Page) -> None:
    page.text("Some words.")
    page.figure(line(), name="figure-1", caption="A line.")
    first = page.write().read_bytes()
    assert page.write().read_bytes() == first


def test_a_name_is_used_once(page: Page) -> None:
    page.table(pd.DataFrame({"a": [1]}), name="x", caption="")
    for name in ("x", "claims", "index"):
        with pytest.raises(ValueError, match=f"not on the page yet, found '{name}'"):
            page.figure(Figure(), name=name, caption="")


def test_names_cannot_leave_the_folder(page: Page) -> None:
    with pytest.raises(ValueError, match=r"found '\.\./x'"):
        page.table(pd.DataFrame({"a": [1]}), name="../x", caption="")


def test_a_colour_map_keeps_its_colours(page: Page) -> None:
    """Of a picture whose colours are values none is replaced by another one; of others a few hundred are enough."""
    mapped = Figure()
    mapped.subplots().imshow(np.linspace(0, 1, 4096).reshape(64, 64), cmap="RdBu_r")
    many = Figure()
    colors = np.column_stack([np.linspace(0, 1, 100)] * 3)
    many.subplots().scatter(np.arange(100), np.arange(100), c=colors)
    for name, figure in {"mapped": mapped, "many": many, "line": line()}.items():
        page.figure(figure, name=name, caption="")
    folder = page.write().parent
    for name, mode in {"mapped": "RGB", "many": "RGB", "line": "P"}.items():
        with Image.open(folder / f"{name}.png") as image:
            assert image.mode == mode, name


def test_wide_tables_are_known_to_the_printer(page: Page) -> None:
    """Nine columns and more go across the paper."""
    for n in (8, 9):
        page.table(pd.DataFrame({f"c{i}": [1] for i in range(n)}), name=f"t{n}", caption="")
    html = page.write().read_text()
    assert '<div class="table" tabindex="0" role="region" aria-label="table t8">' in html
    assert '<div class="table wide" tabindex="0" role="region" aria-label="table t9">' in html


def test_the_best_stands_out_in_both_forms(page: Page) -> None:
    frame = pd.DataFrame({"solver": ["a", "b", "c"], "regret": [1.0, 1.5, 9.0]})
    page.table(frame, name="t", caption="", marks={"regret": ["best", "tied", ""]})
    path = page.write()
    text = (path.parent / "README.md").read_text()
    assert "| a | **1** |\n| b | 1.5 ≈ |\n| c | 9 |" in text
    assert '<td class="number best">1</td>' in path.read_text()


def test_empty_margins_are_cropped_in_both_formats(page: Page) -> None:
    """A square in the lower left quarter of a figure of 8 x 4 inches."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    figure.add_artist(Rectangle((0.1, 0.1), 0.25, 0.5, transform=figure.transFigure, color="black"))
    page.figure(figure, name="square", caption="A square.")
    folder = page.write().parent
    with Image.open(folder / "square.png") as image:
        assert image.size == pytest.approx((2.0 * 150 + 24, 2.0 * 150 + 24), abs=6)
    box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+)", (folder / "square.pdf").read_bytes())
    assert box is not None
    assert [float(number) / 72 for number in box.groups()] == pytest.approx([2.16, 2.16], abs=0.04)


def test_planted_links_are_replaced_and_not_followed(tmp_path: Path) -> None:
    """What a link leads to stays as it is, be it under the name of a table, of the page or of the list of files."""
    victim = tmp_path / "victim"
    victim.write_text("mine")
    folder = tmp_path / "page"
    folder.mkdir()
    for name in ("t.csv", "README.md", "index.html", ".files.sha256"):
        (folder / name).symlink_to(victim)
    page = Page(folder, title="A page", command="x")
    page.table(pd.DataFrame({"a": [1]}), name="t", caption="T.")
    page.write()
    assert victim.read_text() == "mine"
    assert not any(path.is_symlink() for path in folder.iterdir())


def test_a_page_that_cannot_be_written_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def page() -> Page:
        made = Page(tmp_path / "page", title="A page", command="iohnas report x")
        made.table(pd.DataFrame({"a": [1]}), name="t", caption="T.")
        return made

    with monkeypatch.context() as patched:
        patched.setattr("experiments.page.builder.write_csv", full)
        with pytest.raises(UnwritableError, match=r"the disk is full; make room; .* then again: iohnas report x"):
            page().write()
        assert not (tmp_path / "page").exists()
    page().write()
    before = {path.name: path.read_bytes() for path in (tmp_path / "page").iterdir()}
    monkeypatch.setattr("experiments.page.builder.to_html", full)
    with pytest.raises(UnwritableError):
        page().write()
    assert {path.name: path.read_bytes() for path in (tmp_path / "page").iterdir()} == before
