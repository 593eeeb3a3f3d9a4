"""Hierarchical networks, trained live on digits; ``nas_problems.cell.hierarchical`` has the space."""

from typing import TYPE_CHECKING

import nas_problems
from nas_problems.catalog.train import DIGITS_EPOCHS, DIGITS_PROTOCOL
from nas_problems.cell.hierarchical import SPACE
from nas_problems.evaluators.training import from_network
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
    return from_network(
        _build,
        SPACE,
        "digits",
        name="train-hierarchical-digits",
        protocol=DIGITS_PROTOCOL,
        epochs=DIGITS_EPOCHS,
        function_id=22_802,
        limit_seconds=600.0,
        source="liu2018hierarchical",
    )
