"""Multi-branch networks, trained live on digits; ``nas_problems.cell.multi_branch`` has the space."""

from typing import TYPE_CHECKING

import nas_problems
from nas_problems.catalog.train import digits_problem
from nas_problems.cell.multi_branch import SPACE
from nas_problems.parameter import Config
from nas_problems.problem import Problem

if TYPE_CHECKING:
    from torch import nn

    from nas_problems.network.shape import ImageShape


def _build(config: Config, shape: "ImageShape") -> "nn.Module":
    from nas_problems.network.multi_branch import MultiBranchNetwork

    return MultiBranchNetwork(config, shape)


@nas_problems.register(
    "train-multibranch-digits",
    summary="Multi-branch network trained by torch on digits, validation error",
    family="train",
)
def make_problem() -> Problem:
    """The problem; see the module."""
    return digits_problem(_build, SPACE, name="train-multibranch-digits", function_id=22_801, source="elsken2019")
