"""So2Sat LCZ42: satellite patches of 42 cities and their local climate zones, in its published HDF5 files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from nas_problems.datasets.images import ImageSet
from nas_problems.datasets.upstream import DataUnavailableError

Sensor = Literal["S1", "S2", "both"]

FILES = {"train": "training.h5", "validation": "validation.h5", "test": "testing.h5"}
"""Part -> file. Each holds ``sen1`` (n, 32, 32, 8), ``sen2`` (n, 32, 32, 10) and ``label`` (n, 17), one-hot."""

_CHANNELS: Mapping[str, tuple[str, ...]] = {"S1": ("sen1",), "S2": ("sen2",), "both": ("sen1", "sen2")}


def load_so2sat(folder: Path, sensor: Sensor = "S2", *, every: int = 1) -> ImageSet:
    """The three published parts, which come from different cities, as they are.

    Args:
        folder: Where the three files are.
        sensor: Radar (``S1``, 8 channels), optical (``S2``, 10 channels), or both (18 channels).
        every: Take every so many-th patch only; the whole training part has 352,366.

    Raises:
        ValueError: Another sensor, ``every`` below 1, or a file in another layout.
        DataUnavailableError: A file is missing.
        ImportError: h5py is not installed.

    Source: zhu2020, section III.
    """
    if sensor not in get_args(Sensor):
        raise ValueError(f"sensor: wanted one of {get_args(Sensor)}, found {sensor!r}")
    if every < 1:
        raise ValueError(f"every: wanted at least 1, found {every}")
    images, labels, rows, start = [], [], [], 0
    for name in FILES.values():
        patches, classes = _read(folder / name, _CHANNELS[sensor], every)
        images.append(patches)
        labels.append(classes)
        rows.append(np.arange(start, start + len(classes)))
        start += len(classes)
    joined = np.ascontiguousarray(np.moveaxis(np.concatenate(images), -1, 1))
    train, validation, test = rows
    return ImageSet(f"so2sat-{sensor.lower()}", joined, np.concatenate(labels), train, validation, test, scale=1.0)


def _read(path: Path, channels: tuple[str, ...], every: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    try:
        import h5py
    except ImportError as error:
        raise ImportError("So2Sat LCZ42 is in HDF5: pip install h5py") from error
    if not path.is_file():
        raise DataUnavailableError(f"{path}: So2Sat LCZ42 is the files {', '.join(FILES.values())} in one folder")
    with h5py.File(path) as file:
        missing = [name for name in (*channels, "label") if name not in file]
        if missing:
            raise ValueError(f"{path}: wanted {', '.join(missing)}, found {', '.join(file)}")
        parts: list[NDArray[Any]] = [np.asarray(file[name][::every], dtype=np.float32) for name in channels]
        one_hot = np.asarray(file["label"][::every])
    if any(part.ndim != 4 or len(part) != len(one_hot) for part in parts) or one_hot.ndim != 2:
        shapes = [part.shape for part in (*parts, one_hot)]
        raise ValueError(f"{path}: wanted patches (n, 32, 32, channels) and labels (n, 17), found {shapes}")
    return np.concatenate(parts, axis=-1), one_hot.argmax(axis=1).astype(np.int64)
