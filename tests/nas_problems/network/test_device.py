"""Networks, stacks and augmentation on another device than the CPU: torch's ``meta`` refuses what is left behind."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("torch", reason="networks need torch: pip install torch==2.13.0")

import torch

from nas_problems.catalog.macro import SPACE as MACRO_SPACE
from nas_problems.catalog.nas_bench_201 import SPACE as CELL_SPACE
from nas_problems.catalog.train import MLP_SPACE, SMALL_CHAIN
from nas_problems.cell.graph101 import SPACE as GRAPH_SPACE
from nas_problems.network.augment import draw_augmentations
from nas_problems.network.family import FAMILIES, CellFamily, Family
from nas_problems.network.initialize import global_seed
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.network.shape import ImageShape
from nas_problems.network.skeleton import CellSkeleton
from nas_problems.parameter import Config
from nas_problems.space import SearchSpace
from nas_problems.supernet.compact import CompactBackbone
from nas_problems.supernet.darts import DartsBackbone
from nas_problems.supernet.family import BackboneFamily
from nas_problems.supernet.space import COMPACT, DARTS

SHAPE = ImageShape(3, 16, 16, 4)
META = torch.device("meta")
KNOBS = TrainingProtocol(cutout=3, mixup=0.5, crop=1, flip=True)


def first(space: SearchSpace) -> list[Config]:
    """A candidate, twice."""
    return [*space.decode(space.sample(1, np.random.default_rng(2))) * 2]


CASES: dict[str, tuple[Family, list[Config], TrainingProtocol]] = {
    "chaincnn": (FAMILIES["chaincnn"](SHAPE), [*SMALL_CHAIN.decode(SMALL_CHAIN.lower[None]) * 2], KNOBS),
    "macro": (FAMILIES["macro"](SHAPE), first(MACRO_SPACE), KNOBS),
    "mlp": (FAMILIES["mlp"](SHAPE), first(MLP_SPACE), KNOBS),
    "nb101": (FAMILIES["nb101"](SHAPE), first(GRAPH_SPACE), KNOBS),
    "compact": (
        BackboneFamily(SHAPE, CompactBackbone(channels=8, depths=(1, 1))),
        first(COMPACT.space),
        dataclasses.replace(KNOBS, drop_path=0.2),
    ),
    "darts": (
        BackboneFamily(SHAPE, DartsBackbone(channels=2, n_cells=3)),
        first(DARTS.space),
        dataclasses.replace(KNOBS, drop_path=0.2, auxiliary_weight=0.4),
    ),
    "nb201": (
        CellFamily(SHAPE, CellSkeleton(channels=2, n_cells=1)),
        [*CELL_SPACE.decode(np.array([[3, 1, 2, 4, 0, 3], [1, 0, 4, 4, 2, 3]]))],
        dataclasses.replace(KNOBS, drop_path=0.2, auxiliary_weight=0.4),
    ),
}


def test_every_family_is_there() -> None:
    assert set(CASES) == set(FAMILIES)


@pytest.mark.parametrize("name", CASES)
def test_a_step_stays_on_the_device(name: str) -> None:
    family, configs, protocol = CASES[name]
    stack = family.stack(configs, protocol).to(META).train()
    (change,) = draw_augmentations(protocol, [8], 16, 16, np.random.default_rng(0), META)
    outputs = stack(change(torch.empty((8, 3, 16, 16), device=META)))
    logits = outputs if isinstance(outputs, tuple) else (outputs,)
    assert len(logits) == 1 + (protocol.auxiliary_weight > 0)
    assert all(part.shape == (8, 2, 4) and part.device == META for part in logits)
    torch.autograd.backward(sum(part.sum() for part in logits))
    assert all(values.grad is not None and values.grad.device == META for values in stack.parameters())


@pytest.mark.parametrize("device", ["cuda", "cuda:1"])
def test_the_generator_of_a_gpu_is_seeded_and_put_back(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    generators = (torch.Generator().manual_seed(7), torch.Generator().manual_seed(8))
    monkeypatch.setattr("torch.cuda.default_generators", generators)
    monkeypatch.setattr("torch.cuda.current_device", lambda: 0)
    chosen = generators[torch.device(device).index or 0]
    drawn = []
    for _ in range(2):
        before = [generator.get_state() for generator in (*generators, torch.default_generator)]
        with global_seed(3, torch.device(device)):
            drawn.append((float(torch.rand(1, generator=chosen)), float(torch.rand(1))))
        after = [generator.get_state() for generator in (*generators, torch.default_generator)]
        assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert drawn[0] == drawn[1]
