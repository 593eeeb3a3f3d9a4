"""SETN: uniform paths train the weights, a softmax of all learns where to look, and the best of a sample wins."""

import numpy as np
import torch

from nas_problems.space import Codes
from nas_problems.supernet.mixture import probabilities, softmax_mixture
from optimizers.one_shot.registry import register
from optimizers.one_shot.sampling import best_of_sample, draw_architecture
from optimizers.one_shot.setting import Setting
from optimizers.one_shot.supernet_search import SupernetSearch
from optimizers.option import PositiveInt


@register("setn", summary="uniform paths, then the best of those that a learned softmax draws", family="differentiable")
class Setn(SupernetSearch):
    """The template network judges candidates itself.

    Args:
        setting: On what it works.
        n_candidates: Architectures that are drawn and compared by inherited weights.
        n_images: Of the validation part, on which they are compared.

    Source: dong2019setn, section 3; dong2020, section 4.
    """

    def __init__(self, setting: Setting, *, n_candidates: PositiveInt = 100, n_images: PositiveInt = 256) -> None:
        super().__init__(setting)
        self.n_candidates, self.n_images = n_candidates, n_images

    def run_epoch(self) -> None:
        """One pass over the training part."""
        self.start_epoch()
        rng = self.rng()
        for batch, validation in self.paired_batches():
            self.weight_step(batch, self.path(self.cells.sample(rng)))
            self.alpha_step(self.loss(validation, softmax_mixture(self.alpha, self.mask)))
        self.epoch += 1

    def derive(self) -> Codes:
        """The best of the candidates that the softmax draws."""
        with torch.no_grad():
            strength = probabilities(self.alpha, self.mask).double().numpy()
        rng = np.random.default_rng([self.setting.seed, self.epoch, 1])
        drawn = [draw_architecture(self.cells, strength, rng) for _ in range(self.n_candidates)]
        return best_of_sample(self, drawn, self.n_images)
