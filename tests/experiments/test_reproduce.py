"""``iohnas reproduce``: lists, writes, refuses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from experiments.cli import make_app
from experiments.page import Claim, Page
from experiments.papers import reproductions

runner = CliRunner()


@pytest.fixture
def registered() -> Iterator[None]:
    @reproductions.register("tiny-page", summary="a tiny page", family="nobody2026")
    def reproduce_tiny(out: Path, *, quick: bool = False, seed: int = 1) -> Page:
        page = Page(out, title="Tiny", command="iohnas reproduce tiny-page")
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
    assert "quick=True" in (tmp_path / "page" / "README.md").read_text()


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
