"""RSPS: random paths train shared weights, and the best of a random sample wins."""

import numpy as np

from nas_problems.space import Codes
from optimizers.one_shot.registry import register
from optimizers.one_shot.sampling import best_of_sample
from optimizers.one_shot.setting import Setting
from optimizers.one_shot.supernet_search import SupernetSearch
from optimizers.option import PositiveInt


@register("rsps", summary="random search with shared weights, one path per step", family="sampling")
class Rsps(SupernetSearch):
    """No architecture parameters at all.

    Args:
        setting: On what it works.
        n_candidates: Random architectures that are compared by inherited weights.
        n_images: Of the validation part, on which they are compared.

    Source: li2020, section 3.2.
    """

    def __init__(self, setting: Setting, *, n_candidates: PositiveInt = 100, n_images: PositiveInt = 256) -> None:
        super().__init__(setting)
        self.n_candidates, self.n_images = n_candidates, n_images

    def run_epoch(self) -> None:
        """One pass over the training part."""
        self.start_epoch()
        rng = self.rng()
        for batch in self.batches(self.setting.train):
            self.weight_step(batch, self.path(self.cells.sample(rng)))
        self.epoch += 1

    def derive(self) -> Codes:
        """The best of the random candidates."""
        rng = np.random.default_rng([self.setting.seed, self.epoch, 1])
        return best_of_sample(self, [self.cells.sample(rng) for _ in range(self.n_candidates)], self.n_images)
