"""The matrix of solvers and problems, narrow and wide."""

import numpy as np
from matplotlib.figure import Figure

from experiments.landscape.figures import draw_matrix


def names(figure: Figure) -> list[str]:
    """Labels below the matrix."""
    return [label.get_text() for label in figure.axes[0].get_xticklabels()]


def test_few_problems_have_their_names() -> None:
    """One label per column."""
    assert names(draw_matrix(np.zeros((1, 2)), ["nb201-cifar10", "mlp-car"], ["a"])) == ["nb201-cifar10", "mlp-car"]


def test_many_problems_are_named_by_families() -> None:
    """One label per stretch of a family, with its dimension and its length, in the middle of the stretch."""
    problems = [
        "nb201-a",
        "nb201-b",
        *(f"bbob-f{i}[dimension=10]" for i in range(40)),
        *(f"bbob-f{i}" for i in range(40)),
    ]
    figure = draw_matrix(np.zeros((2, len(problems))), problems, ["a", "b"])
    assert names(figure) == ["nb201 (2)", "bbob, 10-d (40)", "bbob (40)"]
    assert figure.axes[0].get_xticks().tolist() == [0.5, 21.5, 61.5]
