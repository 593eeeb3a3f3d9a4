"""GDAS: one operation per edge, drawn by Gumbel noise; gradients of the softened draw."""

from nas_problems.supernet.mixture import Mixture, gumbel_mixture
from optimizers.one_shot.registry import register
from optimizers.one_shot.setting import Setting
from optimizers.one_shot.supernet_search import SupernetSearch


@register(
    "gdas", summary="one Gumbel-drawn path per step, with gradients of the softened draw", family="differentiable"
)
class Gdas(SupernetSearch):
    """Only drawn operations are computed, so that a step costs about what a stand-alone network's does.

    Args:
        setting: On what it works.
        first_temperature: At the start; falls linearly.
        last_temperature: In the last epoch.

    Source: dong2019, algorithm 1; dong2020, section 4.
    """

    def __init__(self, setting: Setting, *, first_temperature: float = 10.0, last_temperature: float = 0.1) -> None:
        super().__init__(setting)
        self.first_temperature, self.last_temperature = first_temperature, last_temperature

    @property
    def temperature(self) -> float:
        """Of the present epoch."""
        share = self.epoch / max(self.n_epochs - 1, 1)
        return self.first_temperature + share * (self.last_temperature - self.first_temperature)

    def run_epoch(self) -> None:
        """One pass over the training part."""
        self.start_epoch()
        rng = self.rng()

        def drawn() -> Mixture:
            return gumbel_mixture(self.alpha, self.mask, temperature=self.temperature, rng=rng)

        for batch, validation in self.paired_batches():
            self.weight_step(batch, drawn())
            self.alpha_step(self.loss(validation, drawn()))
        self.epoch += 1
