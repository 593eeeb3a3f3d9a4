"""Photographs in a folder per class, such as MIT67 (indoor scenes) and Sport8, as an image set."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import check_count
from nas_problems.datasets.images import ImageSet
from nas_problems.datasets.upstream import DataUnavailableError

if TYPE_CHECKING:
    from PIL import Image

_ENLARGED = 256 / 224  # the shorter side before the centre is cut out


def read_image_folder(
    folder: Path | str,
    *,
    pixels: int = 224,
    name: str | None = None,
    shares: tuple[float, float] = (0.4, 0.4),
    seed: int = 0,
) -> ImageSet:
    """Read ``<folder>/<class>/<photograph>``, each class split alike.

    A photograph's shorter side is brought to 256/224 of ``pixels``, and the centre is cut out, as for the test of the
    224 pixel protocol. Files that Pillow cannot read are left out.

    Args:
        folder: Where the classes are.
        pixels: Height and width of the images.
        name: Of the set; None: the folder's.
        shares: Of the images to train on and to validate on; the rest is for the test. The paper takes 40/40/20.
        seed: Of the split.

    Raises:
        DataUnavailableError: No such folder, or fewer than two classes in it.
        ValueError: Fewer than one pixel, or shares that leave nothing for the test.

    Source: yang2020, appendix A.2.
    """
    place = Path(folder)
    check_count(pixels, "pixels", minimum=1)
    if min(shares) <= 0 or sum(shares) >= 1:
        raise ValueError(f"shares: wanted two positive numbers below 1 in sum, found {shares}")
    classes = sorted(path for path in place.iterdir() if path.is_dir()) if place.is_dir() else []
    if len(classes) < 2:
        raise DataUnavailableError(f"{place}: wanted a folder with a folder per class, found {len(classes)} of these")
    images, labels = [], []
    for label, path in enumerate(classes):
        for file in sorted(path.iterdir()):
            read = _read(file, pixels)
            if read is not None:
                images.append(read)
                labels.append(label)
    n_train, n_validation = (round(share * len(labels)) for share in shares)
    return ImageSet.from_arrays(
        name or place.name, np.stack(images), np.array(labels), n_train=n_train, n_validation=n_validation, seed=seed
    )


def _read(file: Path, pixels: int) -> NDArray[np.uint8] | None:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(file) as opened:
            return centre_of(opened, pixels)
    except (UnidentifiedImageError, OSError):
        return None


def centre_of(photograph: "Image.Image", pixels: int) -> NDArray[np.uint8]:
    """The centre of a photograph whose shorter side was brought to 256/224 of ``pixels``: (pixels, pixels, 3) bytes.

    Source: yang2020, appendix A.2.
    """
    from PIL import Image

    image = photograph.convert("RGB")
    scale = pixels * _ENLARGED / min(image.size)
    size = (max(round(image.width * scale), pixels), max(round(image.height * scale), pixels))
    left, top = (size[0] - pixels) // 2, (size[1] - pixels) // 2
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR).crop((left, top, left + pixels, top + pixels)))
