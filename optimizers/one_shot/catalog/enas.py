"""ENAS: a controller draws paths; their shared weights and the controller are trained in turn."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from nas_problems.network.fit import derived_seed
from nas_problems.network.initialize import global_seed
from nas_problems.space import Codes
from optimizers.one_shot.controller import Controller
from optimizers.one_shot.registry import register
from optimizers.one_shot.sampling import best_of_sample
from optimizers.one_shot.setting import Setting
from optimizers.one_shot.supernet_search import ALPHA, DRAWS, SupernetSearch
from optimizers.option import PositiveInt, Probability


@register("enas", summary="an LSTM draws paths and learns by REINFORCE from shared weights", family="reinforcement")
class Enas(SupernetSearch):
    """An epoch of the weights alternates with steps of the controller.

    Args:
        setting: On what it works; ``alpha_rate`` is the controller's.
        controller_steps: REINFORCE steps after each epoch.
        entropy_weight: Of the draws' entropy in the reward.
        baseline_decay: Of the moving average that is taken from rewards.
        n_candidates: Architectures that are drawn in the end and compared by inherited weights.
        n_images: Of the validation part, on which they are compared.

    Source: pham2018, section 2; yang2020, appendix A.1.
    """

    def __init__(
        self,
        setting: Setting,
        *,
        controller_steps: PositiveInt = 300,
        entropy_weight: float = 0.1,
        baseline_decay: Probability = 0.99,
        n_candidates: PositiveInt = 20,
        n_images: PositiveInt = 256,
    ) -> None:
        with global_seed(derived_seed(ALPHA, setting.seed)):
            self.controller = Controller(setting.backbone.cells)
        self.controller_steps, self.entropy_weight = controller_steps, entropy_weight
        self.baseline_decay, self.baseline = baseline_decay, 0.0
        self.n_candidates, self.n_images = n_candidates, n_images
        super().__init__(setting)

    def decisions(self) -> list[Tensor]:
        """The controller's weights."""
        return list(self.controller.parameters())

    def _generator(self, word: int) -> torch.Generator:
        return torch.Generator().manual_seed(derived_seed(DRAWS, self.setting.seed, self.epoch, word))

    def run_epoch(self) -> None:
        """One pass over the training part, then the controller's steps."""
        self.start_epoch()
        generator = self._generator(0)
        for batch in self.batches(self.setting.train):
            with torch.no_grad():
                drawn = self.controller.draw(generator)
            self.weight_step(batch, self.path(drawn.architecture))
        validation = list(self.batches(self.setting.validation))
        for step in range(self.controller_steps):
            drawn = self.controller.draw(generator)
            accuracy = self.accuracies([drawn.architecture], validation[step % len(validation)])[0] / 100.0
            reward = float(accuracy) + self.entropy_weight * float(drawn.entropy.detach())
            self.baseline = self.baseline_decay * self.baseline + (1.0 - self.baseline_decay) * reward
            self.alpha_step(-drawn.log_probability * (reward - self.baseline))
        self.epoch += 1

    def derive(self) -> Codes:
        """The best of those that the controller draws, by inherited weights."""
        generator = self._generator(1)
        with torch.no_grad():
            drawn = [self.controller.draw(generator).architecture for _ in range(self.n_candidates)]
        return best_of_sample(self, drawn, self.n_images)

    def state(self) -> dict[str, Any]:
        """See ``SupernetSearch.state``; with the baseline."""
        return super().state() | {"baseline": self.baseline}

    def load(self, state: Mapping[str, Any]) -> None:
        """See ``SupernetSearch.load``."""
        super().load(state)
        self.baseline = state["baseline"]
