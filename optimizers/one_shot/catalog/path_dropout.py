"""Path dropout: the mean of all operations, ever more of which are dropped; then the best of a random sample."""

import numpy as np

from nas_problems.space import Codes
from nas_problems.supernet.mixture import dropout_mixture, dropout_rate
from optimizers.one_shot.registry import register
from optimizers.one_shot.sampling import best_of_sample
from optimizers.one_shot.setting import Setting
from optimizers.one_shot.supernet_search import SupernetSearch
from optimizers.option import PositiveInt, Probability


@register("path-dropout", summary="all operations with ramping path dropout, then a random sample", family="sampling")
class PathDropout(SupernetSearch):
    """Bender et al.'s one-shot model.

    Args:
        setting: On what it works.
        final_rate: r: probability in the end that all k candidates of an edge would be dropped; each is dropped
            with r^(1/k).
        n_candidates: Random architectures that are compared by inherited weights.
        n_images: Of the validation part, on which they are compared.

    Source: bender2018, section 3.
    """

    def __init__(
        self,
        setting: Setting,
        *,
        final_rate: Probability = 0.05,
        n_candidates: PositiveInt = 100,
        n_images: PositiveInt = 256,
    ) -> None:
        super().__init__(setting)
        self.final_rate, self.n_candidates, self.n_images = final_rate, n_candidates, n_images

    def run_epoch(self) -> None:
        """One pass over the training part."""
        self.start_epoch()
        rng = self.rng()
        share = self.epoch / max(self.n_epochs - 1, 1)
        rate = dropout_rate(share, self.final_rate, len(self.cells.operations))
        for batch in self.batches(self.setting.train):
            self.weight_step(batch, dropout_mixture(self.mask, rate=rate, rng=rng))
        self.epoch += 1

    def derive(self) -> Codes:
        """The best of the random candidates."""
        rng = np.random.default_rng([self.setting.seed, self.epoch, 1])
        return best_of_sample(self, [self.cells.sample(rng) for _ in range(self.n_candidates)], self.n_images)
