"""Cells and meta-architecture, trained live on digits; ``nas_problems.cell.meta_architecture`` has the space."""

from typing import TYPE_CHECKING

import nas_problems
from nas_problems.catalog.train import digits_problem
from nas_problems.cell.meta_architecture import SPACE
from nas_problems.parameter import Config
from nas_problems.problem import Problem

if TYPE_CHECKING:
    from torch import nn

    from nas_problems.network.shape import ImageShape


def _build(config: Config, shape: "ImageShape") -> "nn.Module":
    from nas_problems.network.meta_architecture import MetaNetwork

    return MetaNetwork(config, shape)


@nas_problems.register(
    "train-meta-digits",
    summary="Cell and meta-architecture trained by torch on digits, validation error",
    family="train",
)
def make_problem() -> Problem:
    """The problem; see the module."""
    return digits_problem(_build, SPACE, name="train-meta-digits", function_id=22_803, source="elsken2019")
