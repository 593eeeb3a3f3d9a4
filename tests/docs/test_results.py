"""Stored pages of the papers: whole, of the full budget, listed, linked, and stored as they were written."""

import csv
import re
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from docs import results
from experiments.page import Claim, Page
from experiments.papers import reproductions
from experiments.papers.code import CODE, digests_of, noted
from experiments.papers.times import timed

STORED = results.stored_pages()


@pytest.mark.parametrize("name", STORED)
def test_a_stored_page_is_whole(name: str) -> None:
    """Made by the whole command, with every file that it links to, its claims as in the csv, and its time."""
    folder = results.FOLDER / name
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert name in reproductions.names()
    assert re.search(rf"(?m)^Made by `iohnas reproduce {name} --seed \d+` in .* of processor time", text)
    links = set(re.findall(r"\]\(([^)#:]+)\)", text))
    assert {link for link in links if not (folder / link).exists()} == set()
    assert {path.name for path in folder.iterdir()} == links | {"README.md"}
    if (folder / "claims.csv").exists():
        verdicts = pd.read_csv(folder / "claims.csv")["verdict"]
        head = text.partition("([csv](claims.csv))")[0]
        assert re.findall(rf"\| ({'|'.join(results.VERDICTS)}) \|", head) == list(verdicts)
    with results.TIMES.open(encoding="utf-8", newline="") as file:
        assert any(row["page"] == name and float(row["whole"]) > 0 for row in csv.DictReader(file))


@pytest.mark.parametrize("name", STORED)
def test_a_stored_page_names_no_folder_of_the_machine_that_made_it(name: str) -> None:
    """No text has an absolute path."""
    for path in (results.FOLDER / name).iterdir():
        if path.suffix != ".png":
            assert not re.search(r"(?<![\w.:/-])/(?:home|root|tmp|work|usr)/", path.read_text(encoding="utf-8")), path


def test_the_list_and_the_links_are_those_of_the_stored_pages() -> None:
    """``python -m docs.results`` would change neither."""
    assert results.INDEX.read_text(encoding="utf-8") == results.index_text()
    items = results.ITEMS.read_text(encoding="utf-8")
    assert results.with_links(items) == items


def test_links_lead_to_what_the_page_shows() -> None:
    """Each item that docs/papers.md links to is there."""
    items = results.ITEMS.read_text(encoding="utf-8")
    for name, item in re.findall(r"\(results/([\w-]+)/README\.md#([\w-]+)\)", items):
        assert f'<a id="{item}"></a>' in (results.FOLDER / name / "README.md").read_text(encoding="utf-8"), (name, item)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything that is written lies in a folder of the test."""
    (tmp_path / "times.csv").write_text("page,whole,quick\nfronts,,7\n")
    (tmp_path / "papers.md").write_text("`page: name` explains.\n\n## A\n\n| `fronts: numbers` | `survey: spaces` |\n")
    monkeypatch.setattr(results, "FOLDER", tmp_path / "results")
    monkeypatch.setattr(results, "INDEX", tmp_path / "results" / "README.md")
    monkeypatch.setattr(results, "TIMES", tmp_path / "times.csv")
    monkeypatch.setattr(results, "ITEMS", tmp_path / "papers.md")
    return tmp_path


def write_page(folder: Path, *, quick: bool = False, rows: int = 3) -> None:
    """A page as ``iohnas reproduce fronts`` writes it."""
    with timed(folder, quick=quick), noted(folder, "fronts"):
        page = Page(folder, "Fronts", f"iohnas reproduce fronts --seed 1{' --quick' if quick else ''}")
        page.claim(Claim("one is one", published="1", ours="1", verdict="holds", why="it is", rule="equal"))
        page.table(pd.DataFrame({"number": range(rows)}), name="numbers", caption="Numbers.")
        figure = Figure(figsize=(2, 2))
        figure.subplots().plot([0, 1])
        page.figure(figure, name="line", caption="A line.")
        page.write()


def test_a_page_is_stored_with_its_numbers_and_pixels(elsewhere: Path) -> None:
    """Text, csv and figure; no pdf; its time, its line in the list and its link among the items."""
    write_page(elsewhere / "page")
    results.main([str(elsewhere / "page")])
    stored = elsewhere / "results" / "fronts"
    assert {path.name for path in stored.iterdir()} == {"README.md", "claims.csv", "numbers.csv", "line.png", CODE}
    text = (stored / "README.md").read_text()
    assert "pdf" not in text
    assert "*A line.*\n" in text
    assert (stored / "numbers.csv").read_bytes() == (elsewhere / "page" / "numbers.csv").read_bytes()
    with Image.open(stored / "line.png") as ours, Image.open(elsewhere / "page" / "line.png") as theirs:
        assert ours.mode == theirs.mode
        assert ours.tobytes() == theirs.tobytes()
    assert re.fullmatch(r"page,whole,quick\nfronts,\d+,7\n", (elsewhere / "times.csv").read_text())
    assert "| [fronts](fronts/README.md) |" in results.INDEX.read_text()
    assert "| 1 | 0 | 0 | 0 |" in results.INDEX.read_text()
    items = results.ITEMS.read_text()
    assert items.startswith("`page: name` explains.")
    assert "| [`fronts: numbers`](results/fronts/README.md#numbers) | `survey: spaces` |" in items


def test_stored_pages_say_whether_they_are_older_than_their_code(elsewhere: Path) -> None:
    """By the modules of the page itself, by those of the library, and not at all where nothing was recorded."""
    write_page(elsewhere / "page")
    results.main([str(elsewhere / "page")])
    record = elsewhere / "results" / "fronts" / CODE
    assert "by [this code](code.csv)" in (record.parent / "README.md").read_text()
    assert list(results.ages()) == [("fronts", True, "of this code")]
    text, now = record.read_text(), digests_of("fronts")
    record.write_text(text.replace(f"nas_problems.problem,{now['nas_problems.problem']}", "nas_problems.gone,123456"))
    assert list(results.ages()) == [("fronts", True, "library changed: nas_problems.gone, nas_problems.problem")]
    own = "experiments.papers.fronts"
    record.write_text(text.replace(f"{own},{now[own]}", f"{own},123456"))
    assert list(results.ages()) == [("fronts", False, f"older than {own}")]
    with pytest.raises(SystemExit, match="1"):
        results.main(["--check"])
    record.unlink()
    assert list(results.ages()) == [("fronts", False, "no record of its code")]


def test_a_page_that_kept_parts_of_earlier_code_says_so(elsewhere: Path) -> None:
    """Digests of both are in the file, and the page counts as older."""
    (elsewhere / "page").mkdir()
    own = "experiments.papers.fronts"
    (elsewhere / "page" / CODE).write_text(f"module,digests\n{own},123456\n")
    write_page(elsewhere / "page")
    results.main([str(elsewhere / "page")])
    stored = elsewhere / "results" / "fronts"
    assert f"{own},123456 {digests_of('fronts')[own]}\n" in (stored / CODE).read_text()
    assert "by [this code](code.csv), parts of it by earlier code" in (stored / "README.md").read_text()
    assert list(results.ages()) == [("fronts", False, f"older than {own}")]


def test_a_large_table_is_left_out_and_said_so(elsewhere: Path) -> None:
    """The page says its size in place of the link."""
    write_page(elsewhere / "page", rows=60_000)
    results.main([str(elsewhere / "page")])
    stored = elsewhere / "results" / "fronts"
    assert not (stored / "numbers.csv").exists()
    assert "`numbers.csv`, 0.3 MB, is not stored" in (stored / "README.md").read_text()


def test_of_a_quick_page_only_the_time_is_stored(elsewhere: Path) -> None:
    """In the column of quick pages."""
    write_page(elsewhere / "page", quick=True)
    results.main([str(elsewhere / "page")])
    assert not (elsewhere / "results" / "fronts").exists()
    assert re.fullmatch(r"page,whole,quick\nfronts,,1\n", (elsewhere / "times.csv").read_text())


def test_what_is_not_a_finished_page_is_refused(elsewhere: Path) -> None:
    """An empty folder, and a page whose only computation was interrupted."""
    (elsewhere / "empty").mkdir()
    with pytest.raises(ValueError, match=r"empty: wanted a page that .* has finished"):
        results.store(elsewhere / "empty")
    write_page(elsewhere / "page")
    (elsewhere / "page" / "sessions.csv").write_text("quick,seconds,processor_seconds,finished\n0,5.0,4.0,0\n")
    with pytest.raises(ValueError, match=r"page: wanted a page that .* has finished"):
        results.store(elsewhere / "page")
