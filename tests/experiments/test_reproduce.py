"""``iohnas reproduce``: lists, writes, refuses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from experiments.cli import make_app
from experiments.page import Claim, Page
from experiments.papers import Reproduction, new_page, reproductions
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.registry import Registry

runner = CliRunner()


@pytest.fixture
def registered() -> Iterator[None]:
    @reproductions.register("tiny-page", summary="a tiny page", family="nobody2026")
    def reproduce_tiny(out: Path, *, quick: bool = False, seed: int = 1) -> Page:
        page = new_page(out, "Tiny", "tiny-page", quick=quick, seed=seed)
        page.claim(Claim("one is one", published="1", ours=str(seed), verdict="holds", why=f"quick={quick}"))
        page.write()
        return page

    yield
    reproductions.unregister("tiny-page")


@pytest.mark.usefixtures("registered")
def test_a_page_is_written_and_its_claims_are_shown(tmp_path: Path) -> None:
    done = runner.invoke(
        make_app(["reproduce"]), ["reproduce", "tiny-page", "--out", str(tmp_path / "page"), "--quick"]
    )
    assert done.exit_code == 0, done.output
    assert "one is one" in done.output
    assert f"page: {tmp_path / 'page' / 'index.html'}" in done.output
    for name in ("README.md", "index.html"):
        text = (tmp_path / "page" / name).read_text()
        assert "quick=True" in text
        assert "iohnas reproduce tiny-page --seed 1 --quick" in text
        assert "A first look with a tiny budget" in text


@pytest.mark.usefixtures("registered")
def test_the_list_has_every_reproduction() -> None:
    done = runner.invoke(make_app(["reproduce"]), ["reproduce", "--list"])
    assert done.exit_code == 0
    assert all(name in done.output for name in reproductions.names())


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(("arguments", "said"), [([], "tiny-page"), (["tiny-pge"], "nearest names are tiny-page")])
def test_a_wrong_name_is_one_line(arguments: list[str], said: str, tmp_path: Path) -> None:
    done = runner.invoke(make_app(["reproduce"]), ["reproduce", *arguments, "--out", str(tmp_path / "page")])
    assert done.exit_code == 2
    assert said in done.stderr
    assert not (tmp_path / "page").exists()


def test_all_makes_what_can_be_made_and_names_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One page is written, one lacks its files: the command says so and succeeds; with none it fails."""
    both: Registry[Reproduction] = Registry("reproduction")

    @both.register("there", summary="a page", family="nobody2026")
    def reproduce_there(out: Path, *, quick: bool = False, seed: int = 1) -> Page:
        page = new_page(out, "There", "there", quick=quick, seed=seed)
        page.write()
        return page

    @both.register("lacking", summary="a page without files", family="nobody2026")
    def reproduce_lacking(out: Path, *, quick: bool = False, seed: int = 1) -> Page:
        raise DataUnavailableError("wanted a file, found none")

    for module in ("experiments.commands.reproduce", "experiments.papers.code"):
        monkeypatch.setattr(f"{module}.reproductions", both)
    arguments = ["reproduce", "all", "--quick", "--out", str(tmp_path)]
    done = runner.invoke(make_app(["reproduce"]), arguments)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "there" / "index.html").exists()
    assert "lacking: DataUnavailableError: wanted a file, found none" in done.output
    assert f"1 of 2 pages in {tmp_path}" in done.output
    both.unregister("there")
    failed = runner.invoke(make_app(["reproduce"]), arguments)
    assert failed.exit_code == 2
    assert "no page could be made" in failed.stderr
