"""Small image sets of single files: splits and contents as documented."""

import numpy as np
import pytest

from nas_problems.datasets.images import ImageSet
from nas_problems.datasets.small_sets import CIFAR10_SUBSET, FLOWERS17, load_cifar10_subset, load_flowers17


@pytest.mark.data
@pytest.mark.skipif(not CIFAR10_SUBSET.at_hand, reason="$IOHNAS_DATA has no images_cifar10_subset")
def test_a_part_of_cifar10_in_halves() -> None:
    images = load_cifar10_subset()
    assert (images.shape.n_channels, images.shape.height, images.shape.n_classes) == (3, 32, 10)
    assert [len(part) for part in (images.train, images.validation, images.test)] == [2500, 2500, 1000]
    assert np.bincount(images.labels[images.train]).tolist() == [250] * 10
    means = images.images[:, :, ::4, ::4].mean(axis=(0, 2, 3)) / 255
    np.testing.assert_allclose(means, [0.498, 0.491, 0.466], atol=0.02)  # as its notes say


@pytest.mark.data
@pytest.mark.skipif(not FLOWERS17.at_hand, reason="$IOHNAS_DATA has no images_flowers17_16x16")
def test_flowers_as_published() -> None:
    images = load_flowers17()
    assert (images.shape.n_channels, images.shape.width, images.shape.n_classes) == (3, 16, 17)
    assert [len(part) for part in (images.train, images.validation, images.test)] == [680, 340, 340]
    assert np.bincount(images.labels[images.test]).tolist() == [20] * 17


@pytest.mark.data
@pytest.mark.skipif(not FLOWERS17.at_hand, reason="$IOHNAS_DATA has no images_flowers17_16x16")
def test_they_pass_through_from_arrays() -> None:
    loaded = load_flowers17()
    pixels = np.moveaxis(loaded.images, 1, -1)
    images = ImageSet.from_arrays("flowers", pixels, loaded.labels, n_train=544, n_validation=544)
    np.testing.assert_array_equal(images.images, loaded.images)
    assert len(images.test) == 1360 - 2 * 544
