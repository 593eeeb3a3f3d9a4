"""AutoAugment's policy for CIFAR-10 in trainings."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")

import torch
from torch import nn

from nas_problems.datasets.images import ImageSet
from nas_problems.network.augment import auto_augmented, check_auto_augment
from nas_problems.network.fit import Part, SeparateStack, StackTraining
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.network.session import device_parts
from nas_problems.network.shape import ImageShape

PROTOCOL = TrainingProtocol(epochs=2, batch_size=10, learning_rate=0.01, auto_augment=True)


def train_part() -> Part:
    """Forty photographs of noise, standardised."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (60, 8, 8, 3), dtype=np.uint8)
    images = ImageSet.from_arrays("noise", pixels, np.arange(60) % 3, n_train=40, n_validation=10)
    return device_parts(images, "cpu")[0]


@pytest.mark.usefixtures("torchvision")
def test_images_are_those_of_torchvision_and_stay_standardised() -> None:
    """Bytes in, torchvision's policy, and out again."""
    from torchvision import transforms

    part = train_part()
    assert part.mean is not None and part.deviation is not None
    before = torch.random.get_rng_state()
    found = auto_augmented(part.images, part.mean, part.deviation, 5)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(found, auto_augmented(part.images, part.mean, part.deviation, 5))
    assert not torch.equal(found, auto_augmented(part.images, part.mean, part.deviation, 6))
    scale, shift = part.deviation.view(3, 1, 1), part.mean.view(3, 1, 1)
    plain = ((part.images * scale + shift) * 255).round().to(torch.uint8)
    torch.manual_seed(5)
    policy = transforms.AutoAugment(transforms.AutoAugmentPolicy.CIFAR10)
    wanted = torch.stack([policy(image) for image in plain])
    assert not torch.equal(wanted, plain)
    torch.testing.assert_close((found * scale + shift) * 255, wanted.float(), atol=1e-3, rtol=0)


@pytest.mark.usefixtures("torchvision")
def test_a_training_sees_other_images_in_every_epoch_and_is_repeatable() -> None:
    """Equal weights after two trainings, one of them interrupted; others than without the policy."""

    def trained(protocol: TrainingProtocol, *stops: int) -> torch.Tensor:
        torch.manual_seed(0)
        network = nn.Sequential(nn.Flatten(), nn.Linear(192, 3))
        training = StackTraining(SeparateStack([network]), train_part(), protocol, seeds=(1,))
        for stop in stops:
            training.run_to(stop)
        return next(network.parameters()).detach()

    once = trained(PROTOCOL, 2)
    assert torch.equal(once, trained(PROTOCOL, 1, 2))
    assert not torch.equal(once, trained(replace(PROTOCOL, auto_augment=False), 2))


@pytest.mark.usefixtures("torchvision")
def test_what_has_not_three_channels_or_no_scale_is_refused() -> None:
    """One line, with what was found."""
    with pytest.raises(ValueError, match="auto_augment: wanted images of three channels, found 1"):
        check_auto_augment(ImageShape(1, 8, 8, 10))
    with pytest.raises(ValueError, match="auto_augment: wanted the mean and the deviation"):
        auto_augmented(torch.zeros(2, 3, 4, 4), None, None, 0)
