"""Residual networks: parameters and multiply-accumulates as published."""

import pytest

pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")

import torch

from nas_problems.network.layer import parameter_count
from nas_problems.network.measure import flop_count, mac_count
from nas_problems.network.resnet import ResNet
from nas_problems.network.shape import ImageShape

SENTINEL = ImageShape(10, 32, 32, 17)


@pytest.mark.parametrize(
    ("depth", "parameters", "macs"),
    [
        (8, 79_505, 13_534_272),  # traore2021compact, table 5.3: 0.08 and 13.53 million
        (20, 273_937, 41_845_824),  # its column 'ResNet32': 0.27 and 41.85 million
        (32, 468_369, 70_157_376),
        (110, 1_732_177, 254_182_464),  # 1.73 and 253.89 million
    ],
)
def test_sizes_are_those_of_table_5_3(depth: int, parameters: int, macs: int) -> None:
    network = ResNet(depth, n_channels=10, n_classes=17)
    assert parameter_count(network) == parameters
    assert mac_count(network, SENTINEL) == macs == flop_count(network, SENTINEL) // 2


def test_it_gives_logits_for_any_channels_and_classes() -> None:
    assert ResNet(8, n_channels=4, n_classes=3)(torch.zeros(2, 4, 12, 9)).shape == (2, 3)


def test_a_depth_that_is_not_6n_plus_2_is_refused() -> None:
    with pytest.raises(ValueError, match=r"depth: wanted 6 n \+ 2 = 8, .*, found 18"):
        ResNet(18, n_channels=3, n_classes=10)
