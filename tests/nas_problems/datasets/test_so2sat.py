"""So2Sat LCZ42, on small files in the published layout."""

from pathlib import Path

import numpy as np
import pytest

from nas_problems.datasets.so2sat import FILES, load_so2sat
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.network.shape import ImageShape

h5py = pytest.importorskip("h5py", reason="So2Sat is in HDF5: pip install h5py")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for name, n in zip(FILES.values(), (34, 17, 17), strict=True):
        with h5py.File(tmp_path / name, "w") as file:
            file["sen1"] = rng.standard_normal((n, 32, 32, 8))
            file["sen2"] = rng.random((n, 32, 32, 10))
            file["label"] = np.eye(17)[np.arange(n) % 17]
    return tmp_path


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
    with pytest.raises(ValueError, match="every: wanted at least 1"):
        load_so2sat(folder, every=0)
    with h5py.File(folder / "testing.h5", "a") as file:
        del file["label"]
    with pytest.raises(ValueError, match=r"testing.h5: wanted label, found sen1, sen2"):
        load_so2sat(folder)
    (folder / "testing.h5").unlink()
    with pytest.raises(DataUnavailableError, match=r"training.h5, validation.h5, testing.h5 in one folder"):
        load_so2sat(folder)
