"""Layers and the order in memory that networks are brought to."""

import copy
import pickle
import subprocess
import sys

import pytest

pytest.importorskip("torch", reason="networks need torch: pip install torch==2.13.0")

import torch
from torch import nn

from nas_problems.network.layer import channels_last
from nas_problems.network.measure import flop_count
from nas_problems.network.shape import ImageShape


def test_strided_convolutions_of_one_pixel_keep_their_values() -> None:
    """Every stride-th pixel is read first, as torch writes past its memory otherwise; gradients and names stay."""
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Conv2d(5, 4, 1, stride=(2, 3), bias=False), nn.Conv2d(4, 4, 1, stride=2, padding=1))
    ours = channels_last(copy.deepcopy(plain))
    assert [layer.stride for layer in ours] == [(1, 1), (2, 2)]
    assert list(ours.state_dict()) == list(plain.state_dict())
    images = torch.randn(3, 5, 8, 9)
    found, wanted = pickle.loads(pickle.dumps(ours))(images), plain(images)
    torch.testing.assert_close(found, wanted)
    torch.autograd.backward(ours(images).square().sum())
    torch.autograd.backward(wanted.square().sum())
    for a, b in zip(ours.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad)
    assert flop_count(ours, ImageShape(5, 8, 9, 2)) == flop_count(plain, ImageShape(5, 8, 9, 2))


PROGRAM = """
import numpy as np, torch
from nas_problems.network.fit import Part, StackTraining, initial_state
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.network.shape import ImageShape
from nas_problems.supernet.darts import DartsBackbone
from nas_problems.supernet.family import BackboneFamily
from nas_problems.supernet.space import DARTS

torch.set_num_threads(1)
images = torch.randn(500, 1, 8, 8, generator=torch.Generator().manual_seed(0))
part = Part(images, torch.arange(500) % 10)
family = BackboneFamily(ImageShape(1, 8, 8, 10), DartsBackbone(channels=2, n_cells=2))
for seed in range(3):
    code = DARTS.space.sample(1, np.random.default_rng(seed))
    protocol = TrainingProtocol(epochs=1, batch_size=64, auxiliary_weight=0.4)
    stack = family.stack(DARTS.space.decode(code), protocol)
    initial_state(stack, seed=seed, key=0)
    StackTraining(stack, part, protocol, seeds=(seed,)).run_to(1)
print("done")
"""


def test_training_narrow_cells_keeps_to_its_memory() -> None:
    """The process that trains cells of two channels ends as it should: it was aborted by the allocator."""
    found = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "done\n"), found.stderr[-2000:]
