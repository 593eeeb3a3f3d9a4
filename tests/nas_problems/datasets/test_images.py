"""Image sets: splits that stay apart, real small sets as arrays, and the named loaders."""

import gzip
import os
import struct
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from nas_problems.datasets.image_sets import IMAGE_SETS, load_image_set, read_mnist5k
from nas_problems.datasets.images import ImageSet
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.network.shape import ImageShape


def small(n: int = 60, seed: int = 0, n_train: int | None = None, n_validation: int | None = None) -> ImageSet:
    rng = np.random.default_rng(0)
    return ImageSet.from_arrays(
        "small",
        rng.integers(0, 256, (n, 4, 5, 3), dtype=np.uint8),
        np.arange(n) % 3,
        seed=seed,
        n_train=n_train,
        n_validation=n_validation,
    )


def test_parts_do_not_overlap_and_have_all_classes_alike() -> None:
    found = small()
    assert found.shape == ImageShape(3, 4, 5, 3) and found.scale == 255.0
    assert [len(part) for part in (found.train, found.validation, found.test)] == [39, 9, 12]
    assert sorted(np.concatenate([found.train, found.validation, found.test])) == list(range(60))
    assert np.bincount(found.labels[found.validation]).tolist() == [3, 3, 3]


def test_a_split_depends_on_its_seed_only_and_can_be_stored(tmp_path: Path) -> None:
    first, again, other = small(seed=1), small(seed=1), small(seed=2)
    assert np.array_equal(first.train, again.train) and not np.array_equal(first.train, other.train)
    first.save_split(tmp_path / "split.npz")
    assert np.array_equal(other.with_split(tmp_path / "split.npz").validation, first.validation)
    with pytest.raises(ValueError, match="found a split of more images"):
        small(30).with_split(tmp_path / "split.npz")


def test_a_given_test_part_stays_the_test_part() -> None:
    rng = np.random.default_rng(1)
    images, labels = rng.random((50, 4, 4)), np.arange(50) % 2
    found = ImageSet.from_arrays("given", images, labels, test=(images[:10] + 1, labels[:10]))
    assert [len(part) for part in (found.train, found.validation, found.test)] == [40, 10, 10]
    assert np.array_equal(found.images[found.test, 0], images[:10] + 1)


def test_enlarged_images_repeat_pixels() -> None:
    found = small()
    large = found.enlarged(2)
    assert large.shape == ImageShape(3, 8, 10, 3)
    assert np.array_equal(large.images[:, :, ::2, 1::2], found.images) and np.array_equal(large.test, found.test)


def test_what_is_no_image_set() -> None:
    with pytest.raises(ValueError, match="wanted fewer than 60, found 60"):
        small(n_train=50, n_validation=10)
    images, rows = np.zeros((4, 1, 2, 2)), np.arange(4)
    with pytest.raises(ValueError, match="without common rows"):
        ImageSet("x", images, rows % 2, rows[:2], rows[1:3], rows[3:])
    with pytest.raises(ValueError, match="labels: wanted classes 0, 1"):
        ImageSet("x", images, rows % 2 * 2, rows[:2], rows[2:3], rows[3:])
    with pytest.raises(ValueError, match="images: wanted"):
        ImageSet("x", images[0], rows, rows[:2], rows[2:3], rows[3:])


def test_digits() -> None:
    found = load_image_set("digits")
    assert found.shape == ImageShape(1, 8, 8, 10) and found.images.max() == 16
    assert [len(part) for part in (found.train, found.validation, found.test)] == [500, 700, 597]


def test_mnist5k_is_read_from_rows_of_numbers() -> None:
    rows = "\n".join(",".join(["0"] * 783 + ["255", str(i % 10)]) for i in range(100))
    found = read_mnist5k(gzip.compress(rows.encode()))
    assert found.shape == ImageShape(1, 28, 28, 10) and (found.images[:, 0, 27, 27] == 255).all()
    assert [len(part) for part in (found.train, found.validation, found.test)] == [64, 16, 20]


def test_names() -> None:
    assert "fashion-mnist" in IMAGE_SETS and "digits" in IMAGE_SETS
    with pytest.raises(KeyError, match="unknown image set 'minst'; the nearest names are mnist"):
        load_image_set("minst")


PIXELS = np.random.default_rng(0).integers(0, 256, (60, 4, 5), dtype=np.uint8)
CLASSES = np.arange(60) % 3
WRONG: dict[str, tuple[Any, Any, dict[str, Any], str]] = {
    "flat": (PIXELS.reshape(60, 20), CLASSES, {}, r"images: wanted numbers of shape .*, found \(60, 20\) of uint8"),
    "none": (PIXELS[:0], CLASSES[:0], {}, r"images: wanted numbers of shape .*, found \(0, 4, 5\)"),
    "NaN": (
        np.where(PIXELS > 200, np.nan, PIXELS),
        CLASSES,
        {},
        r"images: wanted finite pixels, found \d+ that are not",
    ),
    "dark": (PIXELS * 0.0, CLASSES, {}, r"scale: wanted a positive number, found 0\.0"),
    "few labels": (PIXELS, CLASSES[:50], {}, r"images: wanted 60 integer labels, found \(50,\)"),
    "one-hot": (PIXELS, np.eye(3)[CLASSES], {}, r"images: wanted 60 integer labels, found \(60, 3\) of float64"),
    "texts": (PIXELS, CLASSES.astype(str), {}, "images: wanted 60 integer labels"),
    "from one": (PIXELS, CLASSES + 1, {}, r"labels: wanted classes 0, 1, .*, found 1, 2, 3; np\.unique"),
    "no training": (PIXELS, CLASSES, {"n_train": 0}, "n_train: wanted an integer >= 1, found 0"),
    "test": (
        PIXELS,
        CLASSES,
        {"test": (PIXELS[:, :3], CLASSES)},
        r"test: wanted images of shape \(4, 5\), found \(3, 5\)",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_arrays_that_are_no_image_set(name: str) -> None:
    images, labels, options, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        ImageSet.from_arrays("wrong", images, labels, **options)


def test_lists_are_arrays() -> None:
    found = ImageSet.from_arrays("lists", PIXELS.tolist(), CLASSES.tolist(), scale=255.0)
    assert np.array_equal(found.images[:, 0], PIXELS) and found.labels.tolist() == CLASSES.tolist()


def write_idx(path: Path, array: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    header = struct.pack(">BBBB", 0, 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(header + array.tobytes())


@pytest.mark.usefixtures("torchvision")
def test_files_of_torchvision_are_read_and_never_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOHNAS_DATA", str(tmp_path))
    folder = tmp_path / "torchvision" / "FashionMNIST" / "raw"
    folder.mkdir(parents=True)
    with pytest.raises(DataUnavailableError, match=r"fashion-mnist: not in .*download=True"):
        load_image_set("fashion-mnist")
    rng = np.random.default_rng(0)
    for part, n in (("train", 100), ("t10k", 20)):
        write_idx(folder / f"{part}-images-idx3-ubyte", rng.integers(0, 256, (n, 28, 28), dtype=np.uint8))
        write_idx(folder / f"{part}-labels-idx1-ubyte", (np.arange(n) % 10).astype(np.uint8))
    try:
        found = load_image_set("fashion-mnist")
    finally:
        load_image_set.cache_clear()
    assert found.shape == ImageShape(1, 28, 28, 10)
    assert [len(part) for part in (found.train, found.validation, found.test)] == [80, 20, 20]


def shared(name: str) -> Path:
    folder = os.environ.get("IOHNAS_DATA")
    path = Path(folder or "-").parent / name
    if not path.is_file():
        pytest.skip(f"{name} is not next to $IOHNAS_DATA")
    return path


@pytest.mark.data
def test_real_arrays_usps() -> None:
    with np.load(shared("images_usps_16x16/usps.npz"), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    test = (arrays["x_test"], arrays["y_test"])
    found = ImageSet.from_arrays("usps", arrays["x_train"], arrays["y_train"], test=test, scale=1000.0)
    assert found.shape == ImageShape(1, 16, 16, 10)
    assert [len(part) for part in (found.train, found.validation, found.test)] == [5833, 1458, 2007]


@pytest.mark.data
def test_real_arrays_flowers() -> None:
    with np.load(shared("images_flowers17_16x16/flowers17_16x16.npz"), allow_pickle=False) as stored:
        found = ImageSet.from_arrays(
            "flowers17", stored["x_train"], stored["y_train"], test=(stored["x_test"], stored["y_test"])
        )
    assert found.shape == ImageShape(3, 16, 16, 17) and len(found.test) == 340


class Mismatched(ModuleType):
    """torchvision where it was built for another torch."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError("operator torchvision::nms does not exist")


def test_a_torchvision_for_another_torch_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", Mismatched("torchvision"))
    wanted = r"cifar10 needs torchvision: pip install .* \(RuntimeError: operator torchvision::nms does not exist\)"
    with pytest.raises(ImportError, match=wanted):
        load_image_set("cifar10")


def test_reduced_images_are_means_of_blocks() -> None:
    images = load_image_set("digits").enlarged(2)
    np.testing.assert_array_equal(images.reduced(2).images, load_image_set("digits").images)
    odd = images.reduced(3)
    assert odd.images.shape[2:] == (5, 5)
    np.testing.assert_allclose(odd.images[0, 0, 0, 0], images.images[0, 0, :3, :3].mean())
