"""Image sets: arrays, and a split into training, validation and test part that is fixed and stored."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nas_problems.array import IntArray, brief, check_array, check_count
from nas_problems.array_file import Layout, read_arrays, write_arrays
from nas_problems.checked import check_fields, checked
from nas_problems.network.shape import ImageShape

_SPLIT = "a split of images"
_SPLIT_LAYOUTS = {name: Layout("iu", (f"{name} rows",), low=0) for name in ("train", "validation", "test")}


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Images, their classes, and who belongs to which part.

    Args:
        name: Its name.
        images: Shape (n, channels, height, width).
        labels: Classes 0 ... n_classes - 1, shape (n,).
        train: Row numbers of the training part.
        validation: Row numbers of the validation part; solvers see no other.
        test: Row numbers of the test part.
        scale: Largest value that a pixel can have.

    Raises:
        ValueError: Shapes that do not agree, parts that overlap or are empty, or labels with gaps.

    >>> images = ImageSet.from_arrays("grey", np.zeros((60, 4, 4), dtype=np.uint8), np.arange(60) % 3)
    >>> images.shape
    ImageShape(n_channels=1, height=4, width=4, n_classes=3)
    """

    name: str
    images: NDArray[Any]
    labels: IntArray
    train: IntArray
    validation: IntArray
    test: IntArray
    scale: float = 255.0

    def __post_init__(self) -> None:
        check_fields(self)
        if not isinstance(self.images, np.ndarray):
            raise ValueError(f"images: wanted an array, found {brief(self.images)}")
        if self.images.ndim != 4 or self.labels.shape != self.images.shape[:1]:
            shapes = f"{self.images.shape} and {self.labels.shape}"
            raise ValueError(f"images: wanted (n, channels, height, width) and labels (n,), found {shapes}")
        rows = np.concatenate([self.train, self.validation, self.test])
        if len(np.unique(rows)) != len(rows) or min(map(len, (self.train, self.validation, self.test))) < 1:
            raise ValueError("parts: wanted three parts without common rows, none of them empty")
        classes = np.unique(self.labels[self.train])
        if not np.array_equal(classes, np.arange(self.labels.max() + 1)):
            raise ValueError(
                "labels: wanted classes 0, 1, ... that all occur in the training part, found "
                f"{', '.join(map(str, classes[:12]))}; np.unique(labels, return_inverse=True)[1] numbers any classes"
            )
        if not 0 < self.scale < math.inf:
            raise ValueError(f"scale: wanted a positive number, found {self.scale}")

    @property
    def shape(self) -> ImageShape:
        """What a network needs to know."""
        n_channels, height, width = self.images.shape[1:]
        return ImageShape(n_channels, height, width, int(self.labels.max()) + 1)

    @classmethod
    @checked
    def from_arrays(
        cls,
        name: str,
        images: ArrayLike,
        labels: ArrayLike,
        *,
        test: tuple[ArrayLike, ArrayLike] | None = None,
        n_train: int | None = None,
        n_validation: int | None = None,
        seed: int = 0,
        scale: float | None = None,
    ) -> "ImageSet":
        """Split arrays, every class alike.

        Args:
            name: Name of the set.
            images: (n, height, width) or (n, height, width, channels).
            labels: (n,) integers.
            test: Images and labels of a test part that is given; None: a part of ``images``.
            n_train: Rows to train on; None: all that are left.
            n_validation: Rows to validate on; None: 20 % of ``images``, of what the test part leaves.
            seed: Of the split.
            scale: Largest value of a pixel; None: 255 for bytes, else the largest that occurs.

        Raises:
            ValueError: Wrong shapes or types, a pixel that is not finite, classes that are not 0, 1, ..., more
                rows wanted than there are, or too few of a class to have it in every part.

        Differs: without a given test part, and with neither number, a fifth is for testing.
        """
        from sklearn.model_selection import train_test_split

        check_count(seed, "seed")
        if seed >= 2**32:
            raise ValueError(f"seed: wanted an integer below 2**32, found {seed}")
        pixels, classes = _checked(images, labels, "images")
        given = None if test is None else _checked(*test, "test")
        if given is not None and given[0].shape[1:] != pixels.shape[1:]:
            raise ValueError(f"test: wanted images of shape {pixels.shape[1:]}, found {given[0].shape[1:]}")
        for argument, number in (("n_train", n_train), ("n_validation", n_validation)):
            if number is not None:
                check_count(number, argument, minimum=1)
        n = len(pixels)
        rows = np.arange(n)
        n_left = n - n // 5 if given is None else n
        wanted_validation = n_left // 5 if n_validation is None else n_validation
        wanted_train = n_left - wanted_validation if n_train is None else n_train
        if wanted_train + wanted_validation > n - (given is None):
            raise ValueError(f"n_train + n_validation: wanted fewer than {n}, found {wanted_train + wanted_validation}")
        train, rest = train_test_split(rows, train_size=wanted_train, stratify=classes, random_state=seed)
        validation, others = rest, rest[:0]
        if len(rest) > wanted_validation:
            left = classes[rest]
            validation, others = train_test_split(rest, train_size=wanted_validation, stratify=left, random_state=seed)
        if given is not None:
            pixels, classes = np.concatenate([pixels, given[0]]), np.concatenate([classes, given[1]])
            others = np.arange(n, len(pixels))
        if scale is None:
            scale = 255.0 if pixels.dtype == np.uint8 else float(pixels.max())
        planes = pixels[:, None] if pixels.ndim == 3 else np.moveaxis(pixels, -1, 1)
        return cls(
            name,
            np.ascontiguousarray(planes),
            classes.astype(np.int64),
            train.astype(np.int64),
            validation.astype(np.int64),
            others.astype(np.int64),
            scale,
        )

    def enlarged(self, factor: int) -> "ImageSet":
        """The same images with every pixel ``factor`` times in both directions."""
        images = self.images.repeat(factor, axis=2).repeat(factor, axis=3)
        return ImageSet(self.name, images, self.labels, self.train, self.validation, self.test, self.scale)

    def reduced(self, factor: int) -> "ImageSet":
        """The same images with ``factor`` x ``factor`` pixels brought to their mean; a rest at the edge is cut off."""
        n, channels, height, width = self.images.shape
        rows, columns = height // factor, width // factor
        cut = self.images[:, :, : rows * factor, : columns * factor]
        blocks = cut.reshape(n, channels, rows, factor, columns, factor).mean(axis=(3, 5), dtype=np.float32)
        return ImageSet(self.name, blocks, self.labels, self.train, self.validation, self.test, self.scale)

    def with_share(self, share: float, *, seed: int = 0) -> "ImageSet":
        """The same images with a share of the training part, every class alike.

        With one seed, a smaller share is part of a larger one.

        Args:
            share: In (0, 1]; at least one image of every class is kept.
            seed: Of the draw.

        Raises:
            ValueError: Another share.
        """
        kept = self.train[rows_of_share(self.labels[self.train], share, seed=seed)]
        return dataclasses.replace(self, train=kept)

    def with_channels(self, channels: Sequence[int]) -> "ImageSet":
        """The same images in some of their channels, as one sensor of several sees them.

        Raises:
            ValueError: No channel, or one that the images do not have.
        """
        n = self.images.shape[1]
        if not channels or not all(0 <= channel < n for channel in channels):
            raise ValueError(f"channels: wanted some of 0 ... {n - 1}, found {list(channels)}")
        return dataclasses.replace(self, images=np.ascontiguousarray(self.images[:, list(channels)]))

    def at_resolution(self, share: float) -> "ImageSet":
        """The same images with a share of the pixels per side, each the mean over its area of the original.

        Args:
            share: In (0, 1]; the number of pixels is rounded, and at least 1.
        """
        height, width = (max(1, round(share * size)) for size in self.images.shape[2:])
        if (height, width) == self.images.shape[2:]:
            return self
        rows, columns = (area_means(n, size) for n, size in zip((height, width), self.images.shape[2:], strict=True))
        images = np.einsum("ih,nchw,jw->ncij", rows, self.images.astype(np.float32), columns, optimize=True)
        return dataclasses.replace(self, images=images.astype(np.float32))

    def save_split(self, path: Path) -> None:
        """Store the three parts' row numbers as npz."""
        parts = {"train": self.train, "validation": self.validation, "test": self.test}
        write_arrays(path, parts, what=_SPLIT, compressed=False)

    def with_split(self, path: Path) -> "ImageSet":
        """The same images with a split that ``save_split`` stored.

        Raises:
            FileNotFoundError: No such file.
            ValueError: A split of other images, or a file that is none, or is damaged.
        """
        parts = read_arrays(path, what=_SPLIT, layouts=_SPLIT_LAYOUTS, limit_bytes=2**30).arrays
        if max(int(part.max(initial=0)) for part in parts.values()) >= len(self.labels):
            raise ValueError(f"{path}: wanted rows below {len(self.labels)}, found a split of more images")
        return ImageSet(self.name, self.images, self.labels, **parts, scale=self.scale)


def rows_of_share(labels: IntArray, share: float, *, seed: int = 0) -> IntArray:
    """Rows that make up a share, every class alike, ascending; see ``ImageSet.with_share``.

    Raises:
        ValueError: A share that is not in (0, 1].
    """
    if not 0 < share <= 1:
        raise ValueError(f"share: wanted a number in (0, 1], found {share}")
    if share == 1:
        return np.arange(len(labels))
    order = np.random.default_rng(seed).permutation(len(labels))
    grouped = order[np.argsort(labels[order], kind="stable")]
    counts = np.bincount(labels)
    starts = np.cumsum(counts) - counts
    place = np.arange(len(labels)) - np.repeat(starts, counts)
    kept = np.repeat(np.maximum(np.rint(share * counts), 1), counts)
    return np.sort(grouped[place < kept])


def area_means(n: int, size: int) -> NDArray[np.float32]:
    """Weights (n, size) of ``size`` pixels in a row for the means over ``n`` equal lengths."""
    edges = np.linspace(0.0, size, n + 1)
    left, right = np.maximum(edges[:-1, None], np.arange(size)), np.minimum(edges[1:, None], np.arange(1, size + 1))
    return np.asarray(np.maximum(right - left, 0.0) * n / size, dtype=np.float32)


def _checked(images: ArrayLike, labels: ArrayLike, name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Images and labels as arrays that fit each other."""
    pixels, classes = check_array(images, name), check_array(labels, f"{name}, labels")
    if pixels.ndim not in (3, 4) or pixels.dtype.kind not in "biuf" or not len(pixels):
        wanted = "numbers of shape (n, height, width) or (n, height, width, channels)"
        raise ValueError(f"{name}: wanted {wanted}, found {pixels.shape} of {pixels.dtype}")
    if pixels.ndim == 4 and pixels.shape[1] in (1, 3) and pixels.shape[2] == pixels.shape[3] > 3:
        hint = "np.moveaxis(images, 1, -1) brings the channels to the end"
        raise ValueError(f"{name}: wanted (n, height, width, channels), found {pixels.shape}; {hint}")
    if pixels.dtype.kind == "f" and not np.isfinite(pixels).all():
        raise ValueError(f"{name}: wanted finite pixels, found {np.count_nonzero(~np.isfinite(pixels))} that are not")
    if classes.shape != pixels.shape[:1] or classes.dtype.kind not in "iu":
        raise ValueError(f"{name}: wanted {len(pixels)} integer labels, found {classes.shape} of {classes.dtype}")
    return pixels, classes
