"""Our own table with holes: its card belongs to its file, and what is recorded is not predicted."""

import hashlib

import numpy as np

import nas_problems
from nas_problems.catalog.nb101_digits import PATH
from nas_problems.table.file import read_table

NAMES = ("validation_accuracy", "validation_balanced_accuracy", "validation_kappa", "latency_milliseconds")


def test_the_card_is_that_of_the_file() -> None:
    """The file is small, and has 300 distinct cells."""
    text = PATH.with_suffix(".md").read_text()
    table = read_table(PATH)
    assert hashlib.sha256(PATH.read_bytes()).hexdigest() in text and table.checksum in text
    assert PATH.stat().st_size < 200_000
    assert len(np.unique(table.codes, axis=0)) == 300 and table.plan.n_random == 300


def test_recorded_cells_are_what_was_counted() -> None:
    """Accuracy is the count of right answers; the three scores belong together; nothing is predicted."""
    table, problem = read_table(PATH), nas_problems.make("nb101-digits")
    found = problem.evaluate(table.codes, metrics=[*NAMES, "is_predicted"]).metrics
    assert not found["is_predicted"].any()
    wanted = 100 * table.arrays["validation_right"][-1, :, 0] / 700
    assert np.allclose(found["validation_accuracy"], wanted)
    assert np.abs(found["validation_balanced_accuracy"] - wanted).max() < 5  # classes are nearly equally frequent
    assert np.abs(100 * found["validation_kappa"] - (wanted - 10) / 0.9).max() < 3
    assert (found["latency_milliseconds"] > 0).all()


def test_others_are_predicted_within_what_was_recorded() -> None:
    """Of two objectives at once."""
    problem = nas_problems.make("nb101-digits[objective=validation_accuracy+latency_milliseconds]")
    Z = problem.space.sample(20, np.random.default_rng(0))
    recorded = problem(read_table(PATH).codes)
    y = problem(Z)
    assert y.shape == (20, 2)
    assert (recorded.min(axis=0) - 1e-9 <= y).all() and (y <= recorded.max(axis=0) + 1e-9).all()
