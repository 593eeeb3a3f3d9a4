"""Hierarchical networks, trained live on digits; ``nas_problems.cell.hierarchical`` has the space."""

from typing import TYPE_CHECKING

import nas_problems
from nas_problems.catalog.train import digits_problem
from nas_problems.cell.hierarchical import SPACE
from nas_problems.parameter import Config
from nas_problems.problem import Problem

if TYPE_CHECKING:
    from torch import nn

    from nas_problems.network.shape import ImageShape


def _build(config: Config, shape: "ImageShape") -> "nn.Module":
    from nas_problems.network.hierarchical import HierarchicalNetwork

    return HierarchicalNetwork(config, shape)


@nas_problems.register(
    "train-hierarchical-digits",
    summary="Hierarchical network trained by torch on digits, validation error",
    family="train",
)
def make_problem() -> Problem:
    """The problem; see the module."""
    return digits_problem(
        _build, SPACE, name="train-hierarchical-digits", function_id=22_802, source="liu2018hierarchical"
    )
