"""AutoAugment, crops, flips, cutout, mixup: drawn for an epoch on the CPU, so that a device changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from nas_problems.network.available import import_torchvision
from nas_problems.network.initialize import global_seed
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.network.shape import ImageShape


@dataclass(frozen=True, eq=False)
class Augmentation:
    """What happens to one batch.

    Args:
        size: Width of the square that is cut out, in pixels; 0: none is.
        centres: Row and column of the squares' centres, (batch, 2).
        share: Of the own image in a mixture; 1: nothing is mixed.
        partners: Whom each image is mixed with, (batch,).
        padding: Zeros around the images before they are cropped to their size again.
        offsets: Row and column of the crops in the padded images, (batch, 2).
        flipped: Which images are mirrored, left to right, (batch,) bool; None: none of them.
    """

    size: int
    centres: Tensor
    share: float
    partners: Tensor
    padding: int
    offsets: Tensor
    flipped: Tensor | None

    def __call__(self, images: Tensor) -> Tensor:
        """Images (batch, ..., height, width) -> changed copies of them."""
        if self.padding:
            images = crop(images, self.padding, self.offsets)
        if self.flipped is not None:
            images = torch.where(self.flipped.view(-1, *(1,) * (images.dim() - 1)), images.flip(-1), images)
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

    Source: devries2017, section 3; zhang2018, section 2; he2016, section 4.2.
    """
    centres, shares, partners, offsets, flips = [], [], [], [], []
    for n in sizes:
        centre = np.zeros((n, 2), dtype=np.int64)
        if protocol.cutout:
            centre[:, 0], centre[:, 1] = rng.integers(0, height, n), rng.integers(0, width, n)
        centres.append(centre)
        shares.append(float(rng.beta(protocol.mixup, protocol.mixup)) if protocol.mixup else 1.0)
        partners.append(rng.permutation(n) if protocol.mixup else np.arange(n))
        offsets.append(rng.integers(0, 2 * protocol.crop + 1, (n, 2)) if protocol.crop else np.zeros((n, 2), np.int64))
        flips.append(rng.random(n) < 0.5 if protocol.flip else np.zeros(n, dtype=np.bool_))
    drawn = (torch.from_numpy(np.concatenate(parts)).to(device) for parts in (centres, partners, offsets, flips))
    places, others, corners, flipped = (torch.split(values, list(sizes)) for values in drawn)
    return [
        Augmentation(
            protocol.cutout,
            places[i],
            shares[i],
            others[i],
            protocol.crop,
            corners[i],
            flipped[i] if protocol.flip else None,
        )
        for i in range(len(sizes))
    ]


def check_auto_augment(shape: ImageShape) -> None:
    """Whether AutoAugment's policy can be applied, before any network is trained.

    Raises:
        ImportError: torchvision is not installed.
        ValueError: Other than three channels.
    """
    if shape.n_channels != 3:
        raise ValueError(f"auto_augment: wanted images of three channels, found {shape.n_channels}")
    import_torchvision("transforms", "auto_augment")


def auto_augmented(images: Tensor, mean: Tensor | None, deviation: Tensor | None, seed: int) -> Tensor:
    """Every image changed by a random sub-policy of AutoAugment's for CIFAR-10, as torchvision has it.

    The policy is one of bytes: pixels are brought back to 0 ... 255 for it, and standardised again. It comes before
    crops and flips.

    Args:
        images: Standardised, (n, 3, height, width).
        mean: Of the channels, (3,).
        deviation: Of the channels, (3,).
        seed: Of all draws.

    Raises:
        ImportError: torchvision is not installed.
        ValueError: It is not known how the images were standardised.

    Source: cubuk2019, table 7.
    """
    if mean is None or deviation is None:
        raise ValueError(
            "auto_augment: wanted the mean and the deviation by which images were standardised, found none"
        )
    transforms = import_torchvision("transforms", "auto_augment")
    policy = transforms.AutoAugment(transforms.AutoAugmentPolicy.CIFAR10)
    scale, shift = deviation.view(3, 1, 1).cpu(), mean.view(3, 1, 1).cpu()
    plain = ((images.cpu() * scale + shift) * 255.0).round().clamp(0, 255).to(torch.uint8)
    with global_seed(seed):
        changed = torch.stack([policy(image) for image in plain])
    return ((changed / 255.0 - shift) / scale).to(images.device)


def crop(images: Tensor, padding: int, offsets: Tensor) -> Tensor:
    """Parts of the images' own size out of images with zeros around them.

    Args:
        images: (batch, ..., height, width).
        padding: Zeros on every side, in pixels.
        offsets: Row and column of the parts' corners in the padded images, (batch, 2), 0 ... 2 padding.

    Source: he2016, section 4.2.
    """
    height, width = images.shape[-2:]
    planes = images.flatten(1, -3) if images.dim() > 4 else images
    padded = nn.functional.pad(planes, (padding,) * 4)
    rows = offsets[:, :1] + torch.arange(height, device=images.device)
    columns = offsets[:, 1:] + torch.arange(width, device=images.device)
    which = torch.arange(len(images), device=images.device)
    parts = padded[which[:, None, None], :, rows[:, :, None], columns[:, None, :]]  # channels come last
    return parts.permute(0, 3, 1, 2).reshape(images.shape)


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
