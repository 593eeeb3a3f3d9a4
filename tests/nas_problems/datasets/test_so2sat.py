"""So2Sat LCZ42, on small files in the published layout."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import nas_problems
from nas_problems.catalog import train
from nas_problems.datasets.image_sets import load_image_set
from nas_problems.datasets.so2sat import FILES, load_so2sat
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.network.shape import ImageShape

h5py = pytest.importorskip("h5py", reason="So2Sat is in HDF5: pip install h5py")


def write(folder: Path, numbers: tuple[int, int, int], pixels: int = 32) -> Path:
    """Files of so many patches in the published layout."""
    rng = np.random.default_rng(0)
    for name, n in zip(FILES.values(), numbers, strict=True):
        with h5py.File(folder / name, "w") as file:
            file["sen1"] = rng.standard_normal((n, pixels, pixels, 8), dtype=np.float32)
            file["sen2"] = rng.random((n, pixels, pixels, 10), dtype=np.float32)
            file["label"] = np.eye(17)[np.arange(n) % 17]
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path, (34, 17, 17))


@pytest.mark.parametrize(("sensor", "n_channels"), [("S1", 8), ("S2", 10), ("both", 18)])
def test_sensors(folder: Path, sensor: str, n_channels: int) -> None:
    found = load_so2sat(folder, sensor)  # type: ignore[arg-type]  # one of three texts
    assert found.shape == ImageShape(n_channels, 32, 32, 17)
    assert [len(part) for part in (found.train, found.validation, found.test)] == [34, 17, 17]
    with h5py.File(folder / "testing.h5") as file:
        wanted = np.concatenate([file["sen1"][5], file["sen2"][5]], axis=-1).astype(np.float32)
    channels = {"S1": slice(0, 8), "S2": slice(8, 18), "both": slice(0, 18)}[sensor]
    assert np.array_equal(np.moveaxis(found.images[found.test[5]], 0, -1), wanted[..., channels])
    assert found.labels[found.test].tolist() == list(range(17))


def test_what_is_not_so2sat(folder: Path) -> None:
    with pytest.raises(ValueError, match="sensor: wanted one of"):
        load_so2sat(folder, "S3")  # type: ignore[arg-type]  # that is the test
    with pytest.raises(ValueError, match="split: wanted one of"):
        load_so2sat(folder, split="d3")  # type: ignore[arg-type]  # that is the test
    with pytest.raises(ValueError, match="share: wanted a number in"):
        load_so2sat(folder, share=0.0)
    with pytest.raises(ValueError, match="every: wanted at least 1"):
        load_so2sat(folder, every=0)
    with h5py.File(folder / "testing.h5", "a") as file:
        del file["label"]
    with pytest.raises(ValueError, match=r"testing.h5: wanted label, found sen1, sen2"):
        load_so2sat(folder)
    (folder / "testing.h5").unlink()
    with pytest.raises(DataUnavailableError, match=r"training.h5, validation.h5, testing.h5 in one folder"):
        load_so2sat(folder)


def test_a_share_of_the_training_part(tmp_path: Path) -> None:
    """Every class alike, a smaller share within a larger one, the other parts whole; read across blocks."""
    folder = write(tmp_path, (17 * 300, 17, 17), pixels=1)
    whole, half, less = (load_so2sat(folder, share=share) for share in (1.0, 0.5, 0.35))
    assert np.bincount(half.labels[half.train]).tolist() == [150] * 17
    assert np.bincount(less.labels[less.train]).tolist() == [105] * 17
    kept, all_of = ({images.images[row].tobytes() for row in images.train} for images in (less, half))
    assert kept < all_of < {whole.images[row].tobytes() for row in whole.train}
    assert np.array_equal(less.images[less.test], whole.images[whole.test])


def test_the_split_within_cities(tmp_path: Path) -> None:
    """d2 is a fifth of the training file for the test, a fifth of the rest to validate; no row twice."""
    folder = write(tmp_path, (17 * 20, 17, 17), pixels=2)
    found = load_so2sat(folder, "both", split="d2")
    assert [len(part) for part in (found.train, found.validation, found.test)] == [218, 54, 68]
    with h5py.File(folder / "training.h5") as file:
        sen2, label = file["sen2"][:], file["label"][:].argmax(axis=1)
    rows = {patch.tobytes(): row for row, patch in enumerate(np.moveaxis(sen2, -1, 1))}
    place = [rows[np.ascontiguousarray(image[8:]).tobytes()] for image in found.images]
    assert len(set(place)) == 340 and found.labels.tolist() == label[place].tolist()
    less = load_so2sat(folder, "both", split="d2", share=0.5)
    assert len(less.train) < 0.6 * len(found.train)
    assert {image.tobytes() for image in less.images[less.test]} == {
        image.tobytes() for image in found.images[found.test]
    }


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Path]:
    """Writes small files where problems look for them."""

    def written(pixels: int) -> Path:
        (tmp_path / "so2sat").mkdir()
        monkeypatch.setenv("IOHNAS_DATA", str(tmp_path))
        load_image_set.cache_clear()
        train.evaluator.cache_clear()
        return write(tmp_path / "so2sat", (170, 17, 17), pixels)

    return written


def test_registered_problems_train_on_every_sensor(stored: Callable[[int], Path]) -> None:
    """One epoch of the smallest cell gives all three scores, on other images for each sensor."""
    stored(4)
    names = ("validation_accuracy", "validation_balanced_accuracy", "validation_kappa", "test_kappa")
    parameters = []
    for sensor in ("s1", "s2", "both"):
        problem = nas_problems.make(f"train-nb201-so2sat-{sensor}[split=d2,share=0.5,fidelity=1,noise=seed-0]")
        assert problem.name == f"train-nb201-so2sat-{sensor}.d2.share-0.5"
        found = problem.evaluate(np.zeros((1, 6), dtype=np.int64), metrics=(*names, "n_parameters"))
        assert not found.failed.any(), found.reason
        assert 0 <= found.metrics["validation_accuracy"][0] <= 100
        assert -1 <= found.metrics["validation_kappa"][0] < found.metrics["validation_balanced_accuracy"][0]
        parameters.append(found.metrics["n_parameters"][0])
    assert np.diff(parameters).tolist() == [9 * 16 * 2, 9 * 16 * 8]  # the first convolution sees 8, 10, 18 channels


def test_problems_of_nas_bench_101(stored: Callable[[int], Path]) -> None:
    """The cell that is one edge, four epochs in batches of 128 at the published width."""
    stored(2)
    problem = nas_problems.make("train-nb101-so2sat-s1[share=0.1,fidelity=4,noise=seed-0,objective=validation_kappa]")
    assert problem.evaluator.protocol.batch_size == 128  # type: ignore[attr-defined]  # it trains
    code = problem.space.canonical(problem.space.lower[None])
    assert -1 <= problem(code)[0] <= 1


def test_options_of_problems() -> None:
    """A split or share that a problem does not have is refused before anything is loaded."""
    with pytest.raises(ValueError, match="split: wanted d1 or d2, found 'd3'"):
        nas_problems.make("train-nb101-so2sat-s1", split="d3")
    with pytest.raises(ValueError, match=r"share: wanted a number in \(0, 1\], found 2"):
        nas_problems.make("train-nb101-so2sat-s1[share=2]")
    with pytest.raises(ValueError, match="split: train-nb101-digits has one split of its data, found d1"):
        nas_problems.make("train-nb101-digits[split=d1]")
    with pytest.raises(ValueError, match="share: nb201-cifar10 has a fixed share of its data"):
        nas_problems.make("nb201-cifar10", share=0.5)
