"""SNAS: all operations, weighted by a softened draw; weights and distribution follow the same loss."""

from nas_problems.supernet.mixture import relaxed_mixture
from optimizers.one_shot.registry import register
from optimizers.one_shot.setting import Setting
from optimizers.one_shot.supernet_search import SupernetSearch


@register("snas", summary="softened draws of all operations, one loss for weights and draws", family="differentiable")
class Snas(SupernetSearch):
    """One level: both are trained on the training part, in the same steps.

    Args:
        setting: On what it works.
        first_temperature: At the start; falls geometrically.
        last_temperature: In the last epoch.

    Source: xie2019, section 2.
    """

    def __init__(self, setting: Setting, *, first_temperature: float = 1.0, last_temperature: float = 0.03) -> None:
        super().__init__(setting)
        self.first_temperature, self.last_temperature = first_temperature, last_temperature

    @property
    def temperature(self) -> float:
        """Of the present epoch."""
        share = self.epoch / max(self.n_epochs - 1, 1)
        return float(self.first_temperature * (self.last_temperature / self.first_temperature) ** share)

    def run_epoch(self) -> None:
        """One pass over the training part."""
        self.start_epoch()
        rng = self.rng()
        for batch in self.batches(self.setting.train):
            mixture = relaxed_mixture(self.alpha, self.mask, temperature=self.temperature, rng=rng)
            self.alpha_step(self.loss(batch, mixture))
            self.weight_step(batch, mixture)
        self.epoch += 1
