"""Our own table: its card belongs to its file, and it is what its evaluator trains."""

import hashlib

import numpy as np
import pytest

import nas_problems
from nas_problems.catalog.nb201_digits import PATH
from nas_problems.catalog.train import DIGITS_EPOCHS, DIGITS_PROTOCOL, DIGITS_SKELETON
from nas_problems.table.file import read_table
from nas_problems.table.verify import verify_table


def test_the_card_is_that_of_the_file() -> None:
    text = PATH.with_suffix(".md").read_text()
    table = read_table(PATH)
    assert hashlib.sha256(PATH.read_bytes()).hexdigest() in text and table.checksum in text
    assert PATH.stat().st_size < 5_000_000
    plan = table.plan
    assert (plan.protocol, plan.skeleton, plan.epochs) == (DIGITS_PROTOCOL, DIGITS_SKELETON, DIGITS_EPOCHS)
    assert len(table.codes) == 6466


def test_equal_cells_have_equal_values_and_more_epochs_more_accuracy() -> None:
    problem = nas_problems.make("nb201-digits")
    y = problem([[3, 0, 0, 2, 0, 0], [0, 0, 0, 2, 0, 0]])
    assert y[0] == y[1]
    means = [problem.variant(fidelity=epochs).tabulate().mean() for epochs in problem.fidelities.values]
    assert means == sorted(means, reverse=True)
    assert problem.optimum is not None and problem.optimum.y < 5


def test_parameters_by_hand() -> None:
    """Three cells of one 3x3 and one 1x1 convolution, stem, last normalisation, head."""
    found = nas_problems.make("nb201-digits").evaluate([[3, 0, 0, 0, 2, 0]], metrics=["n_parameters"])
    cell = (9 * 64 + 16) + (64 + 16)
    assert found.metrics["n_parameters"][0] == (9 * 8 + 16) + 3 * cell + 16 + (8 * 10 + 10)


@pytest.mark.slow
def test_a_sample_trained_again() -> None:
    pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")
    assert verify_table(read_table(PATH), 1, rng=np.random.default_rng(0)).holds(2.0)
