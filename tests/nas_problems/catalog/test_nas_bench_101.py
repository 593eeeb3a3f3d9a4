"""``nb101-cifar10``: the published file, joined to the cells by the order of their hashes."""

import csv
import gzip
import pickle
from pathlib import Path

import numpy as np
import pytest

import nas_problems
from nas_problems import Problem
from nas_problems.cell.hash101 import hash_of_row
from nas_problems.datasets.converted import ConvertedFile
from nas_problems.datasets.nas_bench_101 import ACCURACIES, read_column
from nas_problems.datasets.upstream import DataUnavailableError

EXPECTED = ConvertedFile(
    "nasbench101_partial/nb101_test108.npz",
    "the same file, joined by other code",
    "8ddef5fe10875936a47f7e7b7a93372531470097d8d5024923a70044ca8394ec",
    "MIT",
)
needs_file = pytest.mark.skipif(not ACCURACIES.at_hand, reason="$IOHNAS_DATA has no nas_bench_101")


@pytest.fixture(scope="module")
def problem() -> Problem:
    return nas_problems.make("nb101-cifar10")


@pytest.mark.data
@needs_file
def test_the_best_cell(problem: Problem) -> None:
    assert problem.optimum is not None and len(problem.optimum.Z) == 1
    assert round(100 - problem.optimum.y, 4) == 94.3176
    (row,) = problem.space.rows_of(problem.optimum.Z)
    assert hash_of_row(int(row)) == "02e5a0247bbdcf2860b7e96f74961594"


@pytest.mark.data
@needs_file
def test_all_values_are_the_expected_ones(problem: Problem) -> None:
    if not EXPECTED.at_hand:
        pytest.skip(f"{EXPECTED.name} is not available")
    with np.load(EXPECTED.path()) as stored:
        codes, correct = np.cumsum(stored["code"], dtype=np.int64), stored["correct"]
    np.testing.assert_allclose(100 - problem.tabulate(), correct / 299.52, rtol=1e-12)
    Z = problem.space.from_rows(np.arange(len(correct)))
    assert np.array_equal((Z[:, :21] @ (1 << np.arange(21)[::-1])) * 243 + Z[:, 21:] @ 3 ** np.arange(5)[::-1], codes)


@pytest.mark.data
@needs_file
def test_it_says_that_it_is_the_test_metric(problem: Problem) -> None:
    assert problem.objectives[0].label == "test error (%)" and problem.test_metric is None
    assert "test error after 108 epochs" in nas_problems.problems["nb101-cifar10"].summary


@pytest.mark.data
@needs_file
def test_a_front_of_error_and_parameters(problem: Problem) -> None:
    front = problem.variant(objective=["test_accuracy", "n_parameters"]).pareto_front
    assert front is not None and problem.optimum is not None
    assert front.Y[0, 0] == problem.optimum.y and (np.diff(front.Y[:, 1]) <= 0).all()


def frame(columns: tuple[str, ...], values: np.ndarray) -> bytes:
    """What pandas pickles, as far as it is read: two blocks of bytes, and the names of the columns."""
    texts = ["pandas", "index", *columns, "name", "accuracy"]
    return gzip.compress(pickle.dumps([b"i" * 300, values.tobytes(), *texts], protocol=4))


def test_columns_are_found_by_name() -> None:
    values = np.arange(80.0).reshape(2, 40)
    content = frame(("a", "b"), values)
    assert read_column(content, "b", 40).tolist() == values[1].tolist()
    for name, n_rows in (("c", 40), ("a", 39)):
        with pytest.raises(ValueError, match=f"wanted {n_rows} rows with the column '{name}', found"):
            read_column(content, name, n_rows)


def test_nothing_in_a_pickle_is_run(tmp_path: Path) -> None:
    victim = tmp_path / "victim"

    class Trap:
        def __reduce__(self) -> tuple[object, tuple[object, ...]]:
            return Path.touch, (victim,)

    content = gzip.compress(pickle.dumps([Trap(), b"i" * 300, np.zeros(300).tobytes()], protocol=4))
    with pytest.raises(ValueError, match="table: wanted"):
        read_column(content, "accuracy", 300)
    assert not victim.exists()


def test_without_the_file_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOHNAS_DATA", str(tmp_path))
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path))

    def refuse(*args: object, **kwargs: object) -> str:
        raise OSError("no network")

    monkeypatch.setattr("pooch.retrieve", refuse)
    with pytest.raises(DataUnavailableError, match="could not be downloaded"):
        ACCURACIES.read()


@pytest.mark.data
@needs_file
@pytest.mark.parametrize(
    ("name", "cells", "operations", "values", "n", "least"),
    [
        ("rubenahrens_ga_ioh_196_points.csv", "upper_triangle_bits", "ops", "mean_val_acc_ep108", 196, 0.997),
        ("akashjorss_143_cells.csv", "upper_triangle_bits", "ops", "acc_ep108", 143, 0.996),
    ],
)
def test_accuracies_that_others_saw(
    problem: Problem, name: str, cells: str, operations: str, values: str, n: int, least: float
) -> None:
    """Other splits and single trainings of the same cells: correlations, not equality."""
    file = ConvertedFile(f"nasbench101_partial/{name}", "records of others", "", "see the source")
    if not file.at_hand:
        pytest.skip(f"{file.name} is not available")
    rows = list(csv.DictReader(file.path().read_text().splitlines()))
    codes = {"conv3x3-bn-relu": 0, "conv1x1-bn-relu": 1, "maxpool3x3": 2}
    Z = [[*map(int, row[cells]), *(codes[label] for label in row[operations].split(",")[1:-1])] for row in rows]
    assert len(Z) == n and problem.space.is_valid(Z).all()
    assert np.corrcoef(100 - problem(Z), [float(row[values]) for row in rows])[0, 1] > least
