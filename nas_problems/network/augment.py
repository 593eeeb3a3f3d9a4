"""Cutout and mixup: drawn for a whole epoch on the CPU, so that a device does not change them, and moved at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from nas_problems.network.protocol import TrainingProtocol


@dataclass(frozen=True, eq=False)
class Augmentation:
    """What happens to one batch.

    Args:
        size: Width of the square that is cut out, in pixels; 0: none is.
        centres: Row and column of the squares' centres, (batch, 2).
        share: Of the own image in a mixture; 1: nothing is mixed.
        partners: Whom each image is mixed with, (batch,).
    """

    size: int
    centres: Tensor
    share: float
    partners: Tensor

    def __call__(self, images: Tensor) -> Tensor:
        """Images (batch, ..., height, width) -> changed copies of them."""
        if self.size:
            images = cut_out(images, self.size, self.centres)
        if self.share < 1.0:
            images = self.share * images + (1.0 - self.share) * images[self.partners]
        return images


def draw_augmentations(
    protocol: TrainingProtocol,
    sizes: Sequence[int],
    height: int,
    width: int,
    rng: np.random.Generator,
    device: torch.device,
) -> list[Augmentation]:
    """What happens to every batch of an epoch.

    Args:
        protocol: How much of it.
        sizes: Numbers of images of the batches.
        height: Of the images, in pixels.
        width: Of the images, in pixels.
        rng: Draws all of it.
        device: Where the images are.

    Source: devries2017, section 3; zhang2018, section 2.
    """
    centres, shares, partners = [], [], []
    for n in sizes:
        found = np.zeros((n, 2), dtype=np.int64)
        if protocol.cutout:
            found[:, 0], found[:, 1] = rng.integers(0, height, n), rng.integers(0, width, n)
        centres.append(found)
        shares.append(float(rng.beta(protocol.mixup, protocol.mixup)) if protocol.mixup else 1.0)
        partners.append(rng.permutation(n) if protocol.mixup else np.arange(n))
    places, others = (torch.from_numpy(np.concatenate(drawn)).to(device) for drawn in (centres, partners))
    parts = zip(torch.split(places, list(sizes)), shares, torch.split(others, list(sizes)), strict=True)
    return [Augmentation(protocol.cutout, *part) for part in parts]


def cut_out(images: Tensor, size: int, centres: Tensor) -> Tensor:
    """A copy with one square of zeros per image; where its centre is near the edge, a part of it is outside.

    Args:
        images: (batch, ..., height, width).
        size: Width of the square in pixels.
        centres: Row and column, (batch, 2).

    Source: devries2017, section 3.
    """
    inside = []
    for extent, centre in zip(images.shape[-2:], centres.unbind(dim=1), strict=True):
        offset = torch.arange(extent, device=images.device)[None] - centre[:, None]
        inside.append((offset >= -(size // 2)) & (offset < size - size // 2))
    square = inside[0][:, :, None] & inside[1][:, None, :]
    return images.masked_fill(square.view(len(images), *(1,) * (images.dim() - 3), *square.shape[1:]), 0.0)
