"""Units of work of the page: stacks of cells that are trained on digits; needs torch."""

from dataclasses import dataclass, field
from functools import cache

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.catalog.nas_bench_201 import SPACE
from nas_problems.catalog.train import DIGITS_PROTOCOL, DIGITS_SKELETON
from nas_problems.datasets.image_sets import load_digits
from nas_problems.network.family import CellFamily
from nas_problems.network.fit import Part, StackTraining, initial_state, one_thread
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.network.session import device_parts
from nas_problems.network.shape import ImageShape
from nas_problems.network.skeleton import CellSkeleton


@dataclass(frozen=True, slots=True)
class Training:
    """Cells that are trained together.

    Args:
        cells: Their codes.
        protocol: How to train.
        skeleton: What surrounds the cells.
        seed: Of weights and of the order of the images.
    """

    cells: tuple[tuple[int, ...], ...]
    protocol: TrainingProtocol = DIGITS_PROTOCOL
    skeleton: CellSkeleton = field(default=DIGITS_SKELETON)
    seed: int = 0


@cache
def _digits() -> tuple[ImageShape, Part, Part]:
    images = load_digits()
    train, _, test = device_parts(images, "cpu")
    return images.shape, train, test


def train(unit: Training) -> FloatArray:
    """Test accuracy in percent after every epoch, (epochs, cells); NaN where a network diverged."""
    shape, part, test = _digits()
    family, configs = CellFamily(shape, unit.skeleton), SPACE.decode(np.array(unit.cells))
    states = [
        initial_state(family.plain(config, unit.protocol), seed=unit.seed, key=int(SPACE.index_of(np.array([cell]))[0]))
        for config, cell in zip(configs, unit.cells, strict=True)
    ]
    stack = family.stack(configs, unit.protocol)
    stack.load(states)  # type: ignore[operator]  # a Stack, as well as a module
    training = StackTraining(stack, part, unit.protocol, seeds=(unit.seed,))
    found = []
    with one_thread():
        for epoch in range(1, unit.protocol.epochs + 1):
            training.run_to(epoch)
            found.append(training.accuracy(test))
    return np.array(found)
