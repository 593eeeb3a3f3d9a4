"""The table of all tables, figures and algorithms: complete, no cell empty, everything it names is there."""

import importlib
import re
from pathlib import Path

import pytest

import nas_problems
import optimizers
from experiments import papers
from experiments.papers import reproductions
from optimizers import one_shot

PAGE = (Path(__file__).parents[2] / "docs" / "papers.md").read_text(encoding="utf-8")
OUTCOMES = {"reproduced", "differs", "not here"}
COUNTS = {
    "Van Stein": 10,
    "Traoré: dissertation": 34,
    "Traoré, Camero, Zhu 2021: Fitness": 21,
    "Traoré, Camero, Zhu 2023: A Data": 21,
    "Traoré, Camero, Zhu 2021: Compact": 5,
    "Traoré, Camero, Zhu 2023: We": 11,
    "White": 9,
    "Elsken": 3,
    "Yang": 12,
}
"""Rows of each paper: its numbered tables, figures and algorithms, and what is named without a number."""


def rows() -> dict[str, list[list[str]]]:
    """Heading of a paper -> the cells of its rows."""
    tables: dict[str, list[list[str]]] = {}
    for section in PAGE.split("\n## ")[1:]:
        title, _, text = section.partition("\n")
        lines = [line for line in text.splitlines() if line.startswith("| ")][2:]
        tables[title] = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return tables


ROWS = rows()
EVERY = [row for table in ROWS.values() for row in table]


@pytest.mark.parametrize("title", sorted(COUNTS))
def test_every_item_of_a_paper_has_its_row(title: str) -> None:
    """As many rows as the paper has items, none twice."""
    found = [table for name, table in ROWS.items() if name.startswith(title)]
    assert len(found) == 1
    assert len(found[0]) == COUNTS[title]
    assert len({row[0] for row in found[0]}) == len(found[0])


def test_no_cell_is_empty_and_every_row_has_an_outcome() -> None:
    """Five cells in each row; only drawings, lists and what cannot be had are left out, with the reason."""
    assert all(len(row) == 5 and all(row) for row in EVERY)
    assert {row[2] for row in EVERY} == OUTCOMES
    assert all(len(row[4]) > 8 for row in EVERY if row[2] == "not here")


def source_of(page: str) -> str:
    """The source of a page: its module, or all modules of its package, and what it imports next to it."""
    name = page.replace("-", "_")
    here = Path(papers.__file__).parent
    files = [here / f"{name}.py"] if (here / f"{name}.py").exists() else sorted((here / name).rglob("*.py"))
    source = "\n".join(file.read_text(encoding="utf-8") for file in files)
    imported = [here / f"{other}.py" for other in re.findall(r"from experiments\.papers\.(\w+) import", source)]
    return "\n".join([source, *(file.read_text(encoding="utf-8") for file in imported if file.exists())])


MADE = {
    "estimation": {"curves-spearman"},
    "local-search": {"figure-4-2-test"},
    "learning-from-nas": {"figure-3", "figure-4", "figure-5"},
    "centroid-init": {"figure-8-mean", "figure-8-sampled"}
    | {f"{prefix}figure-{number}" for prefix in ("", "nb101-") for number in ("3-4", "5", "6", "7")}
    | {f"{prefix}methods" for prefix in ("", "nb101-")}
    | {
        f"nb101-{code}{what}"
        for code in ("", "long-")
        for what in ("populations", "best", "searches", "matrices", "matrices-36")
    },
    "metric-malfunction": {
        f"{kind}-{metric}" for kind in ("fdc", "locality", "neutrality") for metric in ("accuracy", "log-loss")
    }
    | {f"live-{kind}" for kind in ("fdc", "locality", "neutrality")},
}
"""Names that a page puts together."""

SHOWN = re.findall(r"`([a-z-]+): ([a-z0-9-]+)`", PAGE)[1:]  # the first one explains the notation


@pytest.mark.parametrize("page", sorted({page for page, _ in SHOWN}))
def test_what_a_page_shows_is_made_there(page: str) -> None:
    """Each table and figure that is pointed to is one of its page."""
    assert page in reproductions.names()
    source = source_of(page)
    names = {name for at, name in SHOWN if at == page} - MADE.get(page, set())
    assert {name for name in names if f'"{name}"' not in source} == set()


def test_names_that_pages_put_together_are_right() -> None:
    """The parts of the names in ``MADE``."""
    from experiments.papers.metric_malfunction.figures import KINDS
    from experiments.papers.metric_malfunction.page import SHORT

    shorts = {short.replace(" ", "-") for short in SHORT.values()}
    made = {f"{kind}-{short}" for kind in KINDS for short in shorts} | {f"live-{kind}" for kind in KINDS}
    assert made >= MADE["metric-malfunction"]
    assert 'f"{prefix}figure-3-4"' in source_of("centroid-init")
    assert '_named(setting, "populations")' in source_of("centroid-init")
    assert 'f"figure-{number}"' in source_of("learning-from-nas")
    assert 'f"figure-8-{noise}"' in source_of("centroid-init")
    assert 'f"figure-4-2-{what}"' in source_of("local-search")
    assert 'f"curves-{column.lower()}"' in source_of("estimation")


def test_modules_solvers_and_problems_that_are_named_exist() -> None:
    """Whatever is in code and is not a page."""
    for path in re.findall(r"`((?:nas_problems|optimizers|ela|experiments)\.[\w.]+)`", PAGE):
        module, _, attribute = path.rpartition(".")
        try:
            importlib.import_module(path)
        except ModuleNotFoundError as error:
            if error.name and error.name.startswith("torch"):
                continue
            assert hasattr(importlib.import_module(module), attribute), path
    known = set(optimizers.names(collected=False)) | set(optimizers.initializer_names()) | set(one_shot.names())
    cells = [cell for row in EVERY for cell in row[3:]]
    for text in cells:
        named = re.search(r"^(?:solvers?|initializer|one-shot method) (.*)", text)
        if named is not None:
            assert set(re.findall(r"`([a-z0-9-]+)`", named.group(1))) <= known, text
        assert set(re.findall(r"`(train-[a-z0-9-]+)`", text)) <= set(nas_problems.names()), text


def test_commands_that_are_named_exist() -> None:
    """Pages of ``iohnas reproduce``."""
    named = set(re.findall(r"`iohnas reproduce ([a-z-]+)`", PAGE))
    assert named
    assert named <= set(reproductions.names())
