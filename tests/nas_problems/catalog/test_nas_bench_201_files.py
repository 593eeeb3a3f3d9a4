"""NAS-Bench-201 with and without the files that know more, NAS-Bench-Macro, SpikeNAS-Bench."""

import gzip
import hashlib
import pickle
from pathlib import Path

import numpy as np
import pytest

import nas_problems
from nas_problems.catalog import macro, nas_bench_201, spikenas
from nas_problems.datasets import nats_bench
from nas_problems.datasets.converted import ConvertedFile
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.testing import check_problem

needs_test = pytest.mark.skipif(not nats_bench.TEST_200.at_hand, reason="$IOHNAS_DATA has no nats_bench_csv")
needs_12 = pytest.mark.skipif(not nats_bench.EPOCHS_12.at_hand, reason="$IOHNAS_DATA has no mini_nasbench201")
needs_macro = pytest.mark.skipif(not macro.FILE.at_hand, reason="$IOHNAS_DATA has no nas_bench_macro")
needs_spikenas = pytest.mark.skipif(
    not (spikenas.CURVES.at_hand and spikenas.FINAL.at_hand), reason="$IOHNAS_DATA has no spikenas_bench"
)


def test_without_files_the_problem_is_as_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_files = nas_problems.make("nb201-cifar10")
    monkeypatch.setenv("IOHNAS_DATA", str(tmp_path / "empty" / "data"))
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path / "cache"))
    problem = nas_problems.make("nb201-cifar10")
    assert list(problem.fidelities.values) == [200]
    assert problem.test_metric is None
    assert (problem.label, problem.log_id) == (with_files.label, with_files.log_id)
    assert np.array_equal(problem.tabulate(), with_files.tabulate())
    Z = problem.space.sample(20, np.random.default_rng(0))
    one, other = (p.variant(noise="sampled")(Z, rng=np.random.default_rng(1)) for p in (problem, with_files))
    assert np.array_equal(one, other)


@pytest.mark.data
@needs_test
@pytest.mark.parametrize(
    ("dataset", "best", "mean"),
    [("cifar10", 94.3733, 87.063), ("cifar100", 73.5133, 61.406), ("imagenet16-120", 47.3111, 33.586)],
)
def test_test_accuracy(dataset: str, best: float, mean: float) -> None:
    problem = nas_problems.make(f"nb201-{dataset}")
    assert problem.test_metric == "test_accuracy"
    error = problem.variant(objective="test_accuracy").tabulate()
    assert 100 - error.min() == pytest.approx(best, abs=1e-3)
    assert 100 - error.mean() == pytest.approx(mean, abs=1e-3)


@pytest.mark.data
@needs_12
def test_twelve_epochs() -> None:
    problem = nas_problems.make("nb201-cifar10", fidelity=12)
    assert problem.label == "nb201-cifar10.epochs-12"
    Z = nas_bench_201.codes_of(
        ["|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|"]
    )
    found = problem.evaluate(Z)
    assert found.metrics["validation_accuracy"][0] == pytest.approx(63.364, abs=1e-6)
    full = nas_problems.make("nb201-cifar10").evaluate(Z)
    assert found.cost_seconds[0] == pytest.approx(full.cost_seconds[0] * 12 / 200)
    assert found.metrics["n_parameters"] == full.metrics["n_parameters"]


@pytest.mark.data
@needs_12
@needs_test
def test_conformance_with_all_files() -> None:
    check_problem(nas_problems.make("nb201-imagenet16-120"))


@pytest.mark.data
@needs_macro
def test_macro() -> None:
    problem = nas_problems.make("macro-cifar10")
    optimum = problem.optimum
    assert optimum is not None
    assert 100 - optimum.y == pytest.approx(93.1267, abs=1e-4)
    assert "22212202" in {"".join(map(str, z)) for z in optimum.Z.tolist()}
    assert 100 - problem.tabulate().mean() == pytest.approx(90.2466, abs=1e-4)
    first = problem.variant(noise="seed-0")(np.array([[0, 2, 0, 1, 2, 1, 0, 0]]))
    assert 100 - first[0] == pytest.approx(89.47, abs=1e-5)
    check_problem(problem)


@pytest.mark.data
@needs_spikenas
def test_spikenas() -> None:
    problem = nas_problems.make("spikenas-cifar10")
    test = problem.variant(objective="test_accuracy").tabulate()
    assert 100 - test.min() == pytest.approx(89.30)
    assert 100 - test.mean() == pytest.approx(85.25568, abs=1e-4)
    best = problem.space.from_index([int(test.argmin())])[0]
    assert int(best @ 5 ** np.arange(6)) == 12_617  # digits of the published number, least significant first
    parameters = problem.evaluate(problem.space.from_index(np.arange(5**6))).metrics["n_parameters"]
    convolutions = (problem.space.from_index(np.arange(5**6)) >= 2).sum(axis=1)
    assert all(len(np.unique(parameters[convolutions == k])) == 1 for k in range(7))
    assert problem.variant(fidelity=1).tabulate().mean() > problem.tabulate().mean()


CONTENT = gzip.compress(b"a,b\n1,2\n")
FILE = ConvertedFile("family/table.csv.gz", "someone/something", hashlib.sha256(CONTENT).hexdigest(), "MIT")


@pytest.mark.parametrize("place", ["data", ".", "cache/upstream"])
def test_a_converted_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setenv("IOHNAS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path / "cache"))
    path = tmp_path / place / FILE.name
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    assert FILE.at_hand
    assert FILE.read() == CONTENT
    path.write_bytes(b"other")
    with pytest.raises(ValueError, match="wanted sha256"):
        FILE.read()


def test_a_missing_file_says_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOHNAS_DATA", str(tmp_path))
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path / "cache"))
    assert not FILE.at_hand
    with pytest.raises(DataUnavailableError, match=r"family/table.csv.gz: not in .* conversion of someone/something"):
        FILE.read()


def test_a_pickled_frame_is_read_and_not_unpickled() -> None:
    """Cells and columns of a DataFrame; nothing that the pickle names is looked up, and another frame is refused."""
    names = [f"{name}-{part}" for name in ("cifar10", "cifar100", "imagenet") for part in ("test", "val")]
    block = np.arange(12.0).reshape(6, 2)
    cells = ["|none~0|+|none~0|none~1|", "|skip_connect~0|"]

    class Harmful:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return print, ("unpickled",)

    found, columns = nats_bench.read_frame(pickle.dumps([Harmful(), names, bytearray(block.tobytes()), cells], 5))
    assert found == cells
    assert columns["imagenet16-120-val"].tolist() == [10.0, 11.0]
    with pytest.raises(ValueError, match="wanted the columns"):
        nats_bench.read_frame(pickle.dumps([names[1:], bytearray(block.tobytes()), cells], 5))
