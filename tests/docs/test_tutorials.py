"""Every block of every tutorial runs in its order, in an empty folder, and prints what the page shows."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from docs.examples import ExampleError, check, examples

TUTORIALS = sorted(Path(__file__).parents[2].joinpath("docs", "tutorials").glob("*.md"))
INDEX = TUTORIALS[0].with_name("index.md")
WITH_CODE = [page for page in TUTORIALS if examples(page)]
README = INDEX.parents[2] / "README.md"

_WRITES = re.compile(r"""--out (\S+)|folder="([^"]+)"|to_csv\("([^"]+)"|open\("([^"]+)", "w"|[^2]> (\w\S*)""")


def in_order() -> list[Path]:
    """The tutorials in the order of their table of contents."""
    return [INDEX.with_name(name) for name in re.findall(r"\]\((\w+\.md)\)", INDEX.read_text(encoding="utf-8"))]


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_CODE, ids=lambda page: page.stem)
def test_the_examples_run(page: Path, tmp_path: Path) -> None:
    assert check(page, tmp_path) >= 1


@pytest.mark.slow
def test_all_pages_run_one_after_the_other_in_one_folder(tmp_path: Path) -> None:
    """As a reader runs them, README first, then the tutorials in their order: what one leaves does not hurt others."""
    failed = {}
    for page in (README, *in_order()):
        try:
            check(page, tmp_path)
        except ExampleError as error:
            failed[page.stem] = str(error)
    assert failed == {}


def test_every_tutorial_has_code_and_is_listed() -> None:
    assert sorted(in_order()) == WITH_CODE
    assert [page for page in TUTORIALS if page not in WITH_CODE] == [INDEX]


def test_no_page_writes_what_another_page_writes() -> None:
    """So that a reader can follow the README and all tutorials in one folder."""
    pages = defaultdict(set)
    for page in (README, *in_order()):
        for example in examples(page):
            files = [example.title] if example.title else []
            if example.is_run:
                files += [name for names in _WRITES.findall(example.code) for name in names if name]
            for file in files:
                pages[file].add(page.stem)
    assert len(pages) >= 30
    assert {file: stems for file, stems in pages.items() if len(stems) > 1} == {}
