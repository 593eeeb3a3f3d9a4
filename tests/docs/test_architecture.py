"""The page on the architecture: what it names is there, and its examples conform."""

import re
from pathlib import Path

from docs.examples import check

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "architecture.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_files_and_folders_that_are_named_exist() -> None:
    """Paths from the root; a bare one follows another of the same package in its row."""
    named = re.findall(r"`((?:nas_problems|optimizers|ela|experiments|tests)/[\w./]*)`", TEXT)
    assert len(named) > 20
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_types_are_where_the_page_says() -> None:
    """The first type of each row is defined below the first path of it."""
    rows = re.findall(r"^\| `(\w+)`.*\| `([\w/.]+)`[^|]*\|$", TEXT, flags=re.MULTILINE)
    assert len(rows) >= 7
    for name, path in rows:
        place = ROOT / path
        files = [place] if place.is_file() else sorted(place.rglob("*.py"))
        assert any(re.search(rf"^class {name}\b", file.read_text(), flags=re.MULTILINE) for file in files), name


def test_types_of_a_run_are_where_the_page_says() -> None:
    """Run, RunLog, LoggedRun, Result."""
    rows = re.findall(r"^(?:  -> )?(Run|RunLog|LoggedRun|Result) .* ([\w/]+(?:\.py|/))$", TEXT, flags=re.MULTILINE)
    assert [name for name, _ in rows] == ["Run", "RunLog", "LoggedRun", "Result"]
    for name, path in rows:
        place = ROOT / path
        files = [place] if place.is_file() else sorted(place.rglob("*.py"))
        assert any(f"class {name}:" in file.read_text() for file in files), name


def test_conformance_checks_that_are_named_exist() -> None:
    """``module.function`` in code."""
    for module, function in re.findall(r"`((?:\w+\.)+)(check_\w+)`", TEXT):
        file = ROOT.joinpath(*module.strip(".").split(".")).with_suffix(".py")
        assert f"def {function}(" in file.read_text(), function


def test_the_examples_conform(tmp_path: Path) -> None:
    """The solver of the page, its problem, its feature set and its indicator pass the suites."""
    assert check(PAGE, tmp_path) == 2
