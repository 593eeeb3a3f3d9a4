"""Small settings for tests: images whose classes differ by their mean, and tiny backbones."""

import numpy as np
import torch

from nas_problems.network.fit import Part
from nas_problems.network.shape import ImageShape
from optimizers.one_shot import SearchProtocol, Setting
from tests.nas_problems.supernet.architectures import BACKBONES

SHAPE = ImageShape(1, 6, 6, 2)


def part(n: int, seed: int) -> Part:
    """Two classes of noisy images, one brighter than the other."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    images = rng.normal(size=(n, 1, 6, 6)) + labels[:, None, None, None]
    return Part(torch.from_numpy(images.astype(np.float32)), torch.from_numpy(labels))


def setting(backbone: str = "nb201", *, epochs: int = 3, seed: int = 1, alpha_rate: float = 0.05) -> Setting:
    """A setting with 16 images to train on and 12 to validate on."""
    protocol = SearchProtocol(epochs=epochs, batch_size=8, learning_rate=0.05, alpha_rate=alpha_rate)
    return Setting(BACKBONES[backbone], SHAPE, part(16, 1), part(12, 2), protocol, seed)
