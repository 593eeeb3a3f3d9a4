"""Compact networks by Gumbel draws (S), with a loss on their cost (+C) and a search for their depth (+D)."""

import numpy as np
import torch
from torch import Tensor

from nas_problems.space import Codes
from nas_problems.supernet.compact import CompactBackbone
from nas_problems.supernet.mixture import Mixture, gumbel_mixture, probabilities
from optimizers.one_shot.registry import register
from optimizers.one_shot.setting import Setting
from optimizers.one_shot.supernet_search import SupernetSearch


@register("compact", summary="Gumbel draws with a loss on cost and a search for depth", family="differentiable")
class Compact(SupernetSearch):
    """S: both off; S+C: ``complexity`` 0.01; S+D: a backbone whose space has depths; S+C+D: both.

    Args:
        setting: On what it works; the backbone is a ``CompactBackbone``.
        complexity: Factor of the loss on the cost: expected million multiply-accumulates of the operations.
        first_temperature: Of the draws at the start; falls linearly.
        last_temperature: In the last epoch.

    Raises:
        ValueError: Another backbone.

    Source: traore2021compact, section 3 and algorithm 1. The unit of the cost is not stated there.
    """

    def __init__(
        self,
        setting: Setting,
        *,
        complexity: float = 0.0,
        first_temperature: float = 10.0,
        last_temperature: float = 1.0,
    ) -> None:
        if not isinstance(setting.backbone, CompactBackbone):
            raise ValueError(f"backbone: compact wants a CompactBackbone, found {type(setting.backbone).__name__}")
        self.backbone, self.complexity = setting.backbone, complexity
        self.first_temperature, self.last_temperature = first_temperature, last_temperature
        max_depths = setting.backbone.cells.max_depths
        shape = (len(max_depths), max(max_depths, default=0))
        self.depths = torch.zeros(shape).requires_grad_() if max_depths else None
        self.too_deep = torch.arange(shape[1])[None] >= torch.tensor(max_depths)[:, None]
        self.macs = torch.from_numpy(setting.backbone.operation_macs(setting.shape) / 1e6).float()
        super().__init__(setting)

    def decisions(self) -> list[Tensor]:
        """Parameters of the cell, and of the depths."""
        return [self.alpha] if self.depths is None else [self.alpha, self.depths]

    @property
    def temperature(self) -> float:
        """Of the present epoch."""
        share = self.epoch / max(self.n_epochs - 1, 1)
        return self.first_temperature + share * (self.last_temperature - self.first_temperature)

    def mixture(self, rng: np.random.Generator) -> Mixture:
        """A drawn cell, and the depths' shares."""
        drawn = gumbel_mixture(self.alpha, self.mask, temperature=self.temperature, rng=rng)
        return Mixture(drawn.active, drawn.weights, self.depth_shares())

    def depth_shares(self) -> Tensor | None:
        """Softmax over the depths of every block, (blocks, depths); None where depth is not searched."""
        return None if self.depths is None else torch.softmax(self.depths.masked_fill(self.too_deep, -torch.inf), dim=1)

    def complexity_loss(self) -> Tensor:
        """Expected million multiply-accumulates: blocks' depth times the mean over operations of a cell's.

        Its gradient reaches only the cell's parameters.
        """
        shares = self.depth_shares()
        if shares is None:
            cells_per_block = torch.tensor(self.backbone.depths, dtype=torch.float32)
        else:
            n_cells = torch.arange(1, shares.shape[1] + 1, dtype=torch.float32)
            cells_per_block = (shares.detach() * n_cells).sum(dim=1)
        strength = probabilities(self.alpha, self.mask).sum(dim=(0, 1))
        return (cells_per_block[:, None] * self.macs * strength).sum() / self.macs.shape[1]

    def run_epoch(self) -> None:
        """One pass over the training part: weights, then decisions, batch by batch."""
        self.start_epoch()
        rng = self.rng()
        for batch, validation in self.paired_batches():
            self.weight_step(batch, self.mixture(rng))
            loss = self.loss(validation, self.mixture(rng))
            if self.complexity:
                loss = loss + self.complexity * self.complexity_loss().to(loss.device)
            self.alpha_step(loss)
        self.epoch += 1

    def derive(self) -> Codes:
        """The strongest operations and depths."""
        shares = self.depth_shares()
        depths = () if shares is None else tuple((shares.argmax(dim=1) + 1).tolist())
        return self.cells.encode(self.cells.strongest(self.scores(), depths))
