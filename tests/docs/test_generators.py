"""The pages that are made from the code name everything that there is."""

import importlib
from pathlib import PurePosixPath

import pytest

import nas_problems
import optimizers
from docs.generators import api, bibliography, command_line, registries
from docs.generators.doctests import fence
from ela.feature.registry import feature_sets
from experiments.cli import command_names
from experiments.executor import executors
from experiments.papers import reproductions
from nas_problems.registry import Registry
from optimizers import one_shot
from optimizers.registry import initializers


@pytest.mark.parametrize(
    ("page", "registry"),
    [
        ("problems", nas_problems.problems),
        ("solvers", optimizers.solvers),
        ("one_shot", one_shot.methods),
        ("initializers", initializers),
        ("features", feature_sets),
        ("executors", executors),
        ("reproductions", reproductions),
    ],
)
def test_a_page_names_everything_that_is_registered(page: str, registry: Registry[object]) -> None:
    text = registries.pages()[f"reference/{page}.md"]
    assert [name for name in registry.names() if f"`{name}`" not in text and f"## {name}\n" not in text] == []


def test_rows_have_as_many_cells_as_their_table() -> None:
    for text in registries.pages().values():
        for block in text.split("\n\n"):
            if block.startswith("| "):
                assert len({row.replace("\\|", "").count("|") for row in block.strip().splitlines()}) == 1


def test_every_command_has_a_heading_with_its_options() -> None:
    text = command_line.page()
    assert [name for name in command_names() if f"## `iohnas {name}`" not in text] == []
    assert "* `--budget <int>`: Evaluations of each run." in text


def test_every_module_has_a_page_in_the_navigation() -> None:
    pages = api.pages()
    assert pages["api/nas_problems/problem.md"].endswith("::: nas_problems.problem\n")
    assert "api/optimizers/initializers/centroid/index.md" in pages
    assert sorted(_paths(api.navigation())) == sorted(pages)


def _paths(tree: object) -> list[str]:
    if isinstance(tree, dict):
        return [path for branch in tree.values() for path in _paths(branch)]
    return [path for branch in tree for path in _paths(branch)] if isinstance(tree, list) else [str(tree)]


def test_what_a_package_re_exports_leads_to_where_it_is_defined() -> None:
    text = api.pages()["api/ela/index.md"]
    assert "[`Features`][ela.feature.compute.Features]" in text
    for package in ("nas_problems", "optimizers", "ela"):
        text = api.pages()[f"api/{package}/index.md"]
        assert [name for name in importlib.import_module(package).__all__ if name not in text] == []


def test_the_bibliography_has_names_titles_and_who_names_a_source() -> None:
    text = bibliography.page()
    title = "pymoo: Multi-Objective Optimization in Python"
    assert f"### blank2020 {{ #blank2020 }}\n\nJulian Blank and Kalyanmoy Deb. {title}. " in text
    entry = text.partition("{ #white2021 }")[2].partition("###")[0]
    assert "[`nas_problems.noise`][nas_problems.noise]" in entry
    assert "{" not in entry and "\\" not in text.replace("\\|", "")


def test_sources_are_linked_relative_to_the_page() -> None:
    html = "<p>white2021. Source: white2021, section 4.</p>"
    link = '<a href="../../reference/bibliography.html#white2021">white2021</a>'
    assert bibliography.link_sources(html, str(PurePosixPath("api/ela/x.html"))) == (
        f"<p>white2021. Source: {link}, section 4.</p>"
    )


def test_doctests_are_fenced() -> None:
    assert fence("Sum.\n\n>>> 1 + 1\n2\n\nNo more.") == "Sum.\n\n```pycon\n>>> 1 + 1\n2\n```\n\nNo more."
