"""Objects say what they are in one line, and in a notebook in a small table; foreign names do nothing there."""

from html.parser import HTMLParser
from typing import Literal, get_origin

import numpy as np
import pytest

import nas_problems
import optimizers
from ela.landscape import Landscape
from nas_problems import Categorical, Evaluations, Integer, Metric, Problem, Real, SearchSpace, from_function
from nas_problems.notebook import curve, facts, short, table
from optimizers import RunLog
from tests.nas_problems import tiny

SPACE = SearchSpace((Integer("b", 1, 3), Categorical("op", ("conv", "<script>alert(1)</script>")), Real("r", 0, 1)))


class Reader(HTMLParser):
    """Names of all elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)


@pytest.mark.parametrize(
    ("found", "starts"),
    [
        (
            nas_problems.make("nb201-cifar10"),
            "<Problem nb201-cifar10: validation error (%), epochs 200, noise mean; table; ",
        ),
        (nas_problems.make("nb201-cifar10", noise="sampled", instance=2), "<Problem nb201-cifar10.sampled: "),
        (
            nas_problems.make("nb201-cifar10").space,
            "<SearchSpace: 6 parameters, 15,625 candidates: edge_0_1, edge_0_2, ",
        ),
        (SPACE, "<SearchSpace: 3 parameters, infinite: b, op, r>"),
        (
            optimizers.run("random-search", tiny.table_problem(), budget=7, seed=1),
            "<RunLog random-search on tiny-table: 7 eval",
        ),
        (Landscape.enumerate(tiny.table_problem()), "<Landscape: 36 nodes, all of a space with 3 parameters, values "),
        (
            tiny.table_problem().evaluate([[0, 0, 0]] * 30),
            "<Evaluations: 30 rows, 0 failed: ",
        ),
        (optimizers.solvers, "<"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_one_line_and_a_small_table(found: object, starts: str) -> None:
    assert repr(found).startswith(starts)
    assert "\n" not in repr(found)
    assert len(repr(found)) < 300
    tags = Reader(found._repr_html_()).tags  # type: ignore[attr-defined]  # what notebooks ask for
    assert tags <= {"div", "b", "table", "tr", "th", "td", "svg", "polyline"}


def test_the_best_of_a_run_is_what_was_measured() -> None:
    metric = Metric("accuracy", maximize=True)
    problem = from_function(lambda config: 0.75, SPACE, name="easy", metric=metric)
    log = optimizers.run("random-search", problem, budget=3, seed=1)
    assert repr(log) == "<RunLog random-search on easy: 3 evaluations, best accuracy 0.75, seed 1>"
    assert "best accuracy so far: 0.75 … 0.75" in log._repr_html_()


def test_a_run_without_an_incumbent_has_no_best_and_no_curve() -> None:
    def fails(config: object) -> float:
        raise ValueError(config)

    problem = from_function(fails, SPACE, name="fails", metric=Metric("loss"))
    log = optimizers.run("random-search", problem, budget=3, seed=1)
    assert repr(log) == "<RunLog random-search on fails: 3 evaluations, 3 failed, seed 1>"
    assert "svg" not in log._repr_html_()


def test_arrays_and_files_are_not_in_the_way() -> None:
    """Parameters are shown by their values; tables by what they hold; plug-ins without their files."""
    shown = SPACE._repr_html_()
    assert "1 ... 3" in shown and "conv, " in shown and "Categorical(" not in shown
    assert repr(tiny.table_problem().evaluator).startswith("<TableEvaluator: ")
    assert "\n" not in repr(nas_problems.make("nb201-cifar10").evaluator)
    assert len(repr(nas_problems.problems["nb201-cifar10"])) < 200


@pytest.mark.parametrize("known", [Problem, SearchSpace, RunLog, Landscape, Evaluations])
def test_no_annotation_keeps_jedi_from_completing_names(known: type) -> None:
    """Jedi, which IPython asks, gives up on a class with a property that is annotated with a bare Literal."""
    for name in dir(known):
        found = getattr(known, name)
        if isinstance(found, property):
            assert get_origin(getattr(found.fget, "__annotations__", {}).get("return")) is not Literal, name


def test_the_parts() -> None:
    assert short(np.int64(20_000)) == "20,000"
    assert short(True) == "True"
    left = 'style="text-align:left"'
    wanted = f"<table><tr><th {left}>a</th></tr><tr><td {left}>&lt;i&gt;</td></tr></table>"
    assert table(("a",), [("<i>",)]) == wanted
    assert curve(np.array([1.0]), "x") == ""
    assert curve(np.array([2.0, np.inf, 2.0]), '"x"').count("polyline") == 1
    assert "<script>" not in facts("<script>", {"<script>": "<script>"})


def test_registries_complete_their_names() -> None:
    assert "nb201-cifar10" in nas_problems.problems._ipython_key_completions_()
