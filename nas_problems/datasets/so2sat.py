"""So2Sat LCZ42: satellite patches of 42 cities and their local climate zones, in its published HDF5 files."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import IntArray, brief
from nas_problems.datasets.cache import cache_folder
from nas_problems.datasets.images import ImageSet, rows_of_share
from nas_problems.datasets.upstream import DataUnavailableError

Sensor = Literal["S1", "S2", "both"]
Split = Literal["d1", "d2"]

FILES = {"train": "training.h5", "validation": "validation.h5", "test": "testing.h5"}
"""Part -> file. Each holds ``sen1`` (n, 32, 32, 8), ``sen2`` (n, 32, 32, 10) and ``label`` (n, 17), one-hot."""

SENSORS: Mapping[str, Sensor] = {"so2sat-s1": "S1", "so2sat-s2": "S2", "so2sat-both": "both"}
"""Name of an image set -> what it sees."""

_CHANNELS: Mapping[str, tuple[str, ...]] = {"S1": ("sen1",), "S2": ("sen2",), "both": ("sen1", "sen2")}
_BLOCK = 4096  # patches that are read at a time


def so2sat_folder() -> Path:
    """Where the files are looked for: ``$IOHNAS_DATA/so2sat`` if it exists, else ``so2sat`` in the cache."""
    given = os.environ.get("IOHNAS_DATA")
    if given and (folder := Path(given) / "so2sat").is_dir():
        return folder
    return cache_folder() / "so2sat"


def load_so2sat(
    folder: Path, sensor: Sensor = "S2", *, split: Split = "d1", share: float = 1.0, every: int = 1
) -> ImageSet:
    """So2Sat in one of its splits.

    Args:
        folder: Where the published files are.
        sensor: Radar (``S1``, 8 channels), optical (``S2``, 10 channels), or both (18 channels).
        split: ``d1``: the three published parts, which come from different cities. ``d2``: only the training part,
            a fifth of it, drawn, for the test, and a fifth of the rest to validate on.
        share: Share of the patches to train on, every class alike; those of a smaller share are among those of a
            larger one. Nothing else is read.
        every: Take every so many-th patch only; the whole training part has 352,366.

    Raises:
        ValueError: Another sensor or split, a share outside (0, 1], ``every`` below 1, or a file in another layout.
        DataUnavailableError: A file is missing.
        ImportError: h5py is not installed.

    Source: zhu2020, section III.
    """
    if sensor not in get_args(Sensor):
        raise ValueError(f"sensor: wanted one of {get_args(Sensor)}, found {brief(sensor)}")
    if split not in get_args(Split):
        raise ValueError(f"split: wanted one of {get_args(Split)}, found {brief(split)}")
    if every < 1:
        raise ValueError(f"every: wanted at least 1, found {every}")
    name, channels = f"so2sat-{sensor.lower()}", _CHANNELS[sensor]
    if split == "d2":
        return _within_cities(name, folder / FILES["train"], channels, share, every)
    images, labels, rows, start = [], [], [], 0
    for part, file in FILES.items():
        classes = _labels(folder / file, channels)
        kept = np.arange(0, len(classes), every)
        if part == "train":
            kept = kept[rows_of_share(classes[kept], share)]
        images.append(_patches(folder / file, channels, kept))
        labels.append(classes[kept])
        rows.append(np.arange(start, start + len(kept)))
        start += len(kept)
    joined = np.ascontiguousarray(np.moveaxis(np.concatenate(images), -1, 1))
    train, validation, test = rows
    return ImageSet(name, joined, np.concatenate(labels), train, validation, test, scale=1.0)


def _within_cities(name: str, path: Path, channels: tuple[str, ...], share: float, every: int) -> ImageSet:
    """The training part split by chance, so that neighbours of a patch may be in another part."""
    classes = _labels(path, channels)
    kept = np.arange(0, len(classes), every)
    number = np.arange(len(kept))[:, None, None].astype(np.int64)  # a patch's number stands in for it
    plan = ImageSet.from_arrays(name, np.broadcast_to(number, (len(kept), 1, 1)), classes[kept], scale=1.0)
    plan = plan.with_share(share)
    rows = np.concatenate([plan.train, plan.validation, plan.test])
    order = np.sort(rows)
    images = np.ascontiguousarray(np.moveaxis(_patches(path, channels, kept[order]), -1, 1))
    parts = {part: np.searchsorted(order, getattr(plan, part)) for part in FILES}
    return replace(plan, images=images, labels=classes[kept[order]], **parts)


def _opened(path: Path) -> Any:  # h5py.File: h5py has no stubs
    try:
        import h5py
    except ImportError as error:
        raise ImportError("So2Sat LCZ42 is in HDF5: pip install h5py") from error
    if not path.is_file():
        raise DataUnavailableError(f"{path}: So2Sat LCZ42 is the files {', '.join(FILES.values())} in one folder")
    return h5py.File(path)


def _labels(path: Path, channels: tuple[str, ...]) -> IntArray:
    """Classes of all patches, (n,)."""
    with _opened(path) as file:
        missing = [name for name in (*channels, "label") if name not in file]
        if missing:
            raise ValueError(f"{path}: wanted {', '.join(missing)}, found {', '.join(file)}")
        one_hot = np.asarray(file["label"])
        shapes = [file[name].shape for name in channels]
    if any(len(shape) != 4 or shape[0] != len(one_hot) for shape in shapes) or one_hot.ndim != 2:
        found = [*shapes, one_hot.shape]
        raise ValueError(f"{path}: wanted patches (n, 32, 32, channels) and labels (n, 17), found {found}")
    classes: IntArray = one_hot.argmax(axis=1).astype(np.int64)
    return classes


def _patches(path: Path, channels: tuple[str, ...], rows: IntArray) -> NDArray[np.float32]:
    """Patches of ascending rows, (rows, height, width, channels); read in blocks: HDF5 is slow row by row."""
    with _opened(path) as file:
        shapes = [file[name].shape for name in channels]
        patches = np.empty((len(rows), *shapes[0][1:3], sum(shape[3] for shape in shapes)), dtype=np.float32)
        for start in range(0, shapes[0][0], _BLOCK):
            first, last = np.searchsorted(rows, [start, start + _BLOCK])
            if first == last:
                continue
            channel = 0
            for name, shape in zip(channels, shapes, strict=True):
                block = file[name][start : start + _BLOCK]
                patches[first:last, ..., channel : channel + shape[3]] = block[rows[first:last] - start]
                channel += shape[3]
    return patches
