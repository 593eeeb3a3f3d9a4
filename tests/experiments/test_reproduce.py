"""``iohnas reproduce``: lists, writes, refuses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from experiments.cli import make_app
from experiments.page import Claim, Page
from experiments.papers import new_page, reproductions

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
        assert "A first look from a tiny budget" in text


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
