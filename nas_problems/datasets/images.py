"""Image sets: arrays, and a split into training, validation and test part that is fixed and stored."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import IntArray
from nas_problems.network.shape import ImageShape


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
    """

    name: str
    images: NDArray[Any]
    labels: IntArray
    train: IntArray
    validation: IntArray
    test: IntArray
    scale: float = 255.0

    def __post_init__(self) -> None:
        if self.images.ndim != 4 or self.labels.shape != self.images.shape[:1]:
            shapes = f"{self.images.shape} and {self.labels.shape}"
            raise ValueError(f"images: wanted (n, channels, height, width) and labels (n,), found {shapes}")
        rows = np.concatenate([self.train, self.validation, self.test])
        if len(np.unique(rows)) != len(rows) or min(map(len, (self.train, self.validation, self.test))) < 1:
            raise ValueError("parts: wanted three parts without common rows, none of them empty")
        if not np.array_equal(np.unique(self.labels[self.train]), np.arange(self.labels.max() + 1)):
            raise ValueError("labels: wanted classes 0, 1, ... that all occur in the training part")

    @property
    def shape(self) -> ImageShape:
        """What a network needs to know."""
        n_channels, height, width = self.images.shape[1:]
        return ImageShape(n_channels, height, width, int(self.labels.max()) + 1)

    @classmethod
    def from_arrays(
        cls,
        name: str,
        images: NDArray[Any],
        labels: NDArray[Any],
        *,
        test: tuple[NDArray[Any], NDArray[Any]] | None = None,
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
            ValueError: Wrong shapes, or more rows wanted than there are.

        Differs: without a given test part, and with neither number, a fifth is for testing.
        """
        from sklearn.model_selection import train_test_split

        n = len(images)
        rows = np.arange(n)
        given = len(test[0]) if test is not None else 0
        n_left = n if test is not None else n - n // 5
        wanted_validation = n_left // 5 if n_validation is None else n_validation
        wanted_train = n_left - wanted_validation if n_train is None else n_train
        if wanted_train + wanted_validation > n - (test is None):
            raise ValueError(f"n_train + n_validation: wanted fewer than {n}, found {wanted_train + wanted_validation}")
        train, rest = train_test_split(rows, train_size=wanted_train, stratify=labels, random_state=seed)
        validation, others = rest, rest[:0]
        if len(rest) > wanted_validation:
            left = labels[rest]
            validation, others = train_test_split(rest, train_size=wanted_validation, stratify=left, random_state=seed)
        if test is not None:
            images = np.concatenate([images, test[0]])
            labels = np.concatenate([labels, test[1]])
            others = np.arange(n, n + given)
        if scale is None:
            scale = 255.0 if images.dtype == np.uint8 else float(images.max())
        planes = images[:, None] if images.ndim == 3 else np.moveaxis(images, -1, 1)
        return cls(
            name,
            np.ascontiguousarray(planes),
            labels.astype(np.int64),
            train.astype(np.int64),
            validation.astype(np.int64),
            others.astype(np.int64),
            scale,
        )

    def enlarged(self, factor: int) -> "ImageSet":
        """The same images with every pixel ``factor`` times in both directions."""
        images = self.images.repeat(factor, axis=2).repeat(factor, axis=3)
        return ImageSet(self.name, images, self.labels, self.train, self.validation, self.test, self.scale)

    def save_split(self, path: Path) -> None:
        """Store the three parts' row numbers as npz."""
        np.savez(path, train=self.train, validation=self.validation, test=self.test)

    def with_split(self, path: Path) -> "ImageSet":
        """The same images with a split that ``save_split`` stored.

        Raises:
            ValueError: A split of other images.
        """
        with np.load(path, allow_pickle=False) as stored:
            parts = {name: stored[name] for name in ("train", "validation", "test")}
        if max(int(part.max()) for part in parts.values()) >= len(self.labels):
            raise ValueError(f"{path}: wanted rows below {len(self.labels)}, found a split of more images")
        return ImageSet(self.name, self.images, self.labels, **parts, scale=self.scale)
