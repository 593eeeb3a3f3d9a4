"""Every block of every tutorial runs in its order, in an empty folder, and prints what the page shows."""

from pathlib import Path

import pytest

from docs.examples import check, examples

TUTORIALS = sorted(Path(__file__).parents[2].joinpath("docs", "tutorials").glob("*.md"))
WITH_CODE = [page for page in TUTORIALS if examples(page)]


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_CODE, ids=lambda page: page.stem)
def test_the_examples_run(page: Path, tmp_path: Path) -> None:
    assert check(page, tmp_path) >= 1


def test_every_tutorial_has_code_and_is_listed() -> None:
    index = TUTORIALS[0].with_name("index.md").read_text(encoding="utf-8")
    assert [page.stem for page in TUTORIALS if page not in WITH_CODE] == ["index"]
    assert [page.name for page in WITH_CODE if f"({page.name})" not in index] == []
