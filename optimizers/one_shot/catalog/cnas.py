"""CNAS: first-order DARTS on its own operations, with Adam for the weights."""

import torch

from nas_problems.supernet.mixture import softmax_mixture
from optimizers.one_shot.registry import register
from optimizers.one_shot.setting import Setting
from optimizers.one_shot.supernet_search import SupernetSearch


@register("cnas", summary="first-order DARTS with Adam, made for its own space of six nodes", family="differentiable")
class Cnas(SupernetSearch):
    """Its own space is ``nas_problems.supernet.space.CNAS``; any other works as well.

    Args:
        setting: On what it works.

    Source: weng2019; yang2020, table 2.
    """

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)

    def make_weight_optimizer(self) -> torch.optim.Optimizer:
        """Adam, with its first moment as slow as that of architecture parameters."""
        return torch.optim.Adam(
            self.weights,
            lr=self.protocol.learning_rate,
            betas=(0.5, 0.999),
            weight_decay=self.protocol.weight_decay,
        )

    def run_epoch(self) -> None:
        """One pass over the training part."""
        self.start_epoch()
        for batch, validation in self.paired_batches():
            self.alpha_step(self.loss(validation, softmax_mixture(self.alpha, self.mask)))
            self.weight_step(batch, softmax_mixture(self.alpha, self.mask))
        self.epoch += 1
