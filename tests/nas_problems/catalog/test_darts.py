"""DARTS cells by our own model, where the measured genotypes are there."""

import numpy as np
import pytest

import nas_problems
from nas_problems.catalog import darts
from nas_problems.cell.feature_darts import cell_features
from nas_problems.cell.genotype import read_genotype
from tests.nas_problems.datasets.test_nas_bench_301 import TEXT

needs_genotypes = pytest.mark.skipif(not darts.GENOTYPES.at_hand, reason="$IOHNAS_DATA has no nas_frustratingly_hard")


def test_features_by_hand() -> None:
    """Of the normal cell: two skips, each other operation once; longest path and edges from the inputs of both."""
    found = cell_features(read_genotype(TEXT)[None])[0, -18:].reshape(9, 2)
    assert found[:7, 0].tolist() == [1, 1, 2, 1, 1, 1, 1] and found[2, 1] == 8
    assert found[7].tolist() == [4, 2] and found[8].tolist() == [4, 6]


@needs_genotypes
def test_measured_cells_are_recorded_and_others_predicted() -> None:
    """Recorded values are those of the file in every noise mode; the mean is the published one."""
    Z, accuracy = darts.measured()
    assert len(Z) == 214 and accuracy.mean() == pytest.approx(97.03, abs=0.005)
    problem = nas_problems.make("darts-cifar10", noise="sampled")
    found = problem.evaluate(Z, metrics=["test_accuracy", "is_predicted"], rng=np.random.default_rng(0))
    assert np.array_equal(found.metrics["test_accuracy"], accuracy) and not found.metrics["is_predicted"].any()
    others = problem.space.sample(20, np.random.default_rng(1))
    found = problem.evaluate(others, metrics=["test_accuracy", "is_predicted"], rng=np.random.default_rng(0))
    assert found.metrics["is_predicted"].all() and np.abs(found.metrics["test_accuracy"] - 97.03).max() < 2


@needs_genotypes
def test_how_much_the_model_knows() -> None:
    """More than nothing, and less than half: random cells differ little."""
    found = darts.held_out()
    assert 0.2 < found["r2"] < 0.5 and 0.3 < found["kendall"] < 0.5
