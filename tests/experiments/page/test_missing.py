"""What a page says of something that is missing names no folder of the machine that made it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import experiments
from experiments.page.missing import left_out, reason_to_show, without_folders
from experiments.page.prose import to_html
from experiments.papers import begun_curves
from experiments.papers.begun_curves import write_begun_curves
from nas_problems.datasets.converted import ConvertedFile
from nas_problems.datasets.upstream import DataUnavailableError, UpstreamFile

SHOWN = {"left_out", "reason_to_show"}
PAGES = sorted(path for part in ("papers", "report") for path in Path(experiments.__path__[0], part).rglob("*.py"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("/home/me/data/a.csv: no", "…/a.csv: no"),
        (
            "not in /home/me/data, /srv/x/y ($IOHNAS_DATA)",
            "not in …/data, …/y ($IOHNAS_DATA)",
        ),
        ("'/home/me/a b.csv' and (/var/lib/b.npz)", "'…/a b.csv' and (…/b.npz)"),
        ("C:\\Users\\me\\data\\a.csv: no", "…/a.csv: no"),
        ("https://example.org/a/b/c.csv (HTTP 404)", "https://example.org/a/b/c.csv (HTTP 404)"),
        ("file:///home/me/a.csv", "file:///home/me/a.csv"),
        ("train/test of 3/4, and/or a/b.csv, ./x/y, ../x/y", "train/test of 3/4, and/or a/b.csv, ./x/y, ../x/y"),
        ("two\nlines of /a/b/c", "two lines of …/c"),
        ("/", "/"),
        ("", ""),
    ],
)
def test_of_an_absolute_path_the_name_is_left(text: str, wanted: str) -> None:
    assert without_folders(text) == wanted


def test_folders_with_a_name_are_called_by_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("IOHNAS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path / "cache.d"))
    assert without_folders(f"{tmp_path}/data/x/a.csv") == "$IOHNAS_DATA/x/a.csv"
    assert without_folders(f"not in {tmp_path}/cache.d, {tmp_path}/cacheXd/e") == "not in $IOHNAS_CACHE, ~/cacheXd/e"
    assert without_folders(f"{tmp_path}/database/a.csv") == "~/database/a.csv"
    monkeypatch.setenv("IOHNAS_DATA", "../shared/data")
    assert without_folders("../shared/data/a.csv, data/a") == "$IOHNAS_DATA/a.csv, data/a"
    monkeypatch.setenv("IOHNAS_DATA", "data")
    assert without_folders("the data of a") == "the data of a"
    monkeypatch.setenv("HOME", "/")
    assert without_folders("3 / 4 of /x/y") == "3 / 4 of …/y"


def test_messages_of_files_that_cannot_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOHNAS_DATA", str(tmp_path / "mine"))
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path / "secret"))
    converted = ConvertedFile("a/b.npz", "the published rows", "0" * 64, "MIT")
    with pytest.raises(DataUnavailableError) as caught:
        converted.path()
    text = reason_to_show(caught.value)
    assert text.startswith("a/b.npz: not in $IOHNAS_DATA") and str(tmp_path) not in text
    upstream = UpstreamFile("a/b.csv", "http://127.0.0.1:9/b.csv", "0" * 64, "MIT")
    with pytest.raises(DataUnavailableError) as caught:
        upstream.path()
    assert str(tmp_path) not in reason_to_show(caught.value)


def test_markdown_in_a_message_is_shown_as_it_is() -> None:
    assert to_html(left_out(KeyError("a*b* [x](javascript:y) <b>"))) == "<p>a*b* [x](javascript:y) &lt;b&gt;</p>"


def shown_errors(tree: ast.AST) -> Iterator[ast.Name]:
    """Uses of a caught exception in what a handler formats or turns into a string, but for those that are made fit."""
    for handler in (node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.name):
        raised = {id(part) for node in ast.walk(handler) if isinstance(node, ast.Raise) for part in ast.walk(node)}
        fit = {
            id(part)
            for node in ast.walk(handler)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SHOWN
            for part in ast.walk(node)
        }
        for node in ast.walk(handler):
            if isinstance(node, ast.Name) and node.id == handler.name and id(node) not in raised | fit:
                yield node


def test_what_is_looked_for_is_found() -> None:
    found = ast.parse("try:\n f()\nexcept E as error:\n page.text(f'{error}')\n left_out(error)\n raise V(error)")
    assert [node.lineno for node in shown_errors(found)] == [4]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_no_page_shows_an_exception_as_it_is(path: Path) -> None:
    found = list(shown_errors(ast.parse(path.read_text(encoding="utf-8"))))
    assert not found, f"{path}, line {found[0].lineno}: wanted left_out({found[0].id})"


def test_a_section_without_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> object:
        raise DataUnavailableError("/mnt/of/mine/curves.npz: not there")

    monkeypatch.setattr(begun_curves, "SETS", {"curves": absent})
    page = Texts()
    write_begun_curves(page, n_draws=1, seed=1)  # type: ignore[arg-type]
    assert "- curves: …/curves.npz: not there" in page.texts


class Texts:
    """A page of which only the texts are kept."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def text(self, text: str) -> None:
        """Keep it."""
        self.texts.append(text)

    def __getattr__(self, name: str) -> object:
        return lambda *given, **options: None
