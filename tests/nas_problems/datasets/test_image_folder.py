"""Photographs in folders: sizes, split, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nas_problems.datasets.image_folder import read_image_folder
from nas_problems.datasets.upstream import DataUnavailableError


def write_photographs(folder: Path) -> None:
    """Ten of each of two classes: wide red ones, high blue ones; and a file that is none."""
    for label, (size, colour) in {"rowing": ((40, 20), (250, 0, 0)), "bocce": ((20, 60), (0, 0, 250))}.items():
        (folder / label).mkdir(parents=True)
        for number in range(10):
            Image.new("RGB", size, colour).save(folder / label / f"{number}.png")
    (folder / "rowing" / "notes.txt").write_text("no photograph")


def test_classes_are_split_alike(tmp_path: Path) -> None:
    write_photographs(tmp_path / "sport8")
    images = read_image_folder(tmp_path / "sport8", pixels=8)
    assert (images.name, images.images.shape, images.shape.n_classes) == ("sport8", (20, 3, 8, 8), 2)
    assert [len(part) for part in (images.train, images.validation, images.test)] == [8, 8, 4]
    assert np.bincount(images.labels[images.test]).tolist() == [2, 2]
    blue = images.images[images.labels == 0]  # bocce comes before rowing
    assert (blue[:, 2] == 250).all() and not blue[:, 0].any()


def test_the_centre_is_cut_out(tmp_path: Path) -> None:
    write_photographs(tmp_path)
    pixels = np.zeros((32, 64, 3), dtype=np.uint8)
    pixels[:, 20:44] = 200  # the middle of a wide photograph
    Image.fromarray(pixels).save(tmp_path / "rowing" / "0.png")
    images = read_image_folder(tmp_path, pixels=14)
    middle = next(image for image in images.images if image[1].any())
    assert (middle[:, :, 2:-2] == 200).all()


def test_wrong_folders_and_shares(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailableError, match="wanted a folder with a folder per class, found 0 of these"):
        read_image_folder(tmp_path / "nothing")
    with pytest.raises(ValueError, match=r"shares: wanted two positive numbers below 1 in sum, found \(0.5, 0.5\)"):
        read_image_folder(tmp_path, shares=(0.5, 0.5))
