"""MANAS: an agent on every edge draws an operation, and learns from the loss of the path that all of them drew."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import torch

from nas_problems.array import FloatArray, IntArray
from nas_problems.supernet.mixture import path_mixture
from nas_problems.supernet.space import ABSENT, Architecture
from optimizers.one_shot.registry import register
from optimizers.one_shot.setting import Setting
from optimizers.one_shot.supernet_search import SupernetSearch
from optimizers.option import Probability


@register("manas", summary="an agent per edge, one path per step, losses shared out", family="agents")
class Manas(SupernetSearch):
    """Agents with the estimated cumulative loss B of each operation draw by softmax(-B / temperature).

    Args:
        setting: On what it works.
        variant: ``least-squares``: once per epoch, the observed losses are regressed on the drawn operations;
            ``bandit``: every loss is given to the drawn operations, divided by their probability.
        gamma: Share of uniform draws in the bandit variant.
        baseline: Taken from every loss in the bandit variant.
        first_temperature: At the start, in units of a typical difference of losses; falls geometrically.
        last_temperature: In the last epoch.
        ridge: Of the regression.

    Differs: the paper's temperatures (1000 to 200) belong to losses summed over a training on CIFAR-10; here
    they are in units of the estimates' standard deviation, so that they fit any length of search.

    Source: carlucci2019, algorithms 1 to 3; yang2020, appendix A.1.
    """

    def __init__(
        self,
        setting: Setting,
        *,
        variant: Literal["least-squares", "bandit"] = "least-squares",
        gamma: Probability = 0.1,
        baseline: float = 5.0,
        first_temperature: float = 2.0,
        last_temperature: float = 0.4,
        ridge: float = 1.0,
    ) -> None:
        super().__init__(setting)
        self.variant, self.gamma, self.baseline, self.ridge = variant, gamma, baseline, ridge
        self.first_temperature, self.last_temperature = first_temperature, last_temperature
        self.losses: FloatArray = np.zeros(self.cells.shape)

    @property
    def temperature(self) -> float:
        """Of the present epoch, in the losses' unit."""
        share = self.epoch / max(self.n_epochs - 1, 1)
        unit = float((self.losses - self.losses.mean(axis=2, keepdims=True)).std()) or 1.0
        return unit * float(self.first_temperature * (self.last_temperature / self.first_temperature) ** share)

    def strength(self) -> FloatArray:
        """Probabilities of the agents' draws, (kinds, edges, operations)."""
        scaled = -self.losses / self.temperature
        weights = np.exp(scaled - scaled.max(axis=2, keepdims=True))
        drawn = weights / weights.sum(axis=2, keepdims=True)
        if self.variant == "bandit":
            drawn = (1.0 - self.gamma) * drawn + self.gamma / drawn.shape[2]
        return np.asarray(drawn)

    def run_epoch(self) -> None:
        """One pass over the training part; agents draw a path for every batch."""
        self.start_epoch()
        rng = self.rng()
        strength = self.strength()
        with np.errstate(divide="ignore"):  # a probability can be too small for a number
            logits = np.log(strength)
        drawn, observed = [], []
        for batch, validation in self.paired_batches():
            path = self._kept((logits + rng.gumbel(size=logits.shape)).argmax(axis=2), rng)
            mixture = path_mixture(Architecture(tuple(map(tuple, path.tolist()))))
            self.weight_step(batch, mixture)
            with torch.no_grad():
                observed.append(self.loss(validation, mixture))
            drawn.append(path[:, :, None] == np.arange(self.cells.shape[2]))
        self._learn(np.array(drawn, dtype=np.float64), torch.stack(observed).double().cpu().numpy(), strength)
        self.epoch += 1

    def _kept(self, path: IntArray, rng: np.random.Generator) -> IntArray:
        """The path with only the edges that nodes keep, drawn uniformly."""
        if self.cells.n_kept is None:
            return path
        kept = np.full_like(path, ABSENT)
        for kind in range(len(path)):
            for incoming in self.cells.node_edges:
                edges = rng.choice(incoming, min(self.cells.n_kept, len(incoming)), replace=False)
                kept[kind, edges] = path[kind, edges]
        return kept

    def _learn(self, hot: FloatArray, observed: FloatArray, strength: FloatArray) -> None:
        """Share the observed losses out to the drawn operations, (steps, kinds, edges, operations)."""
        if self.variant == "bandit":
            shares = (observed - self.baseline)[:, None, None, None] * hot / strength
            self.losses = self.losses + shares.mean(axis=0)
            return
        X = hot.reshape(len(hot), -1)
        centred = observed - observed.mean()
        gram = X.T @ X + self.ridge * np.eye(X.shape[1])
        self.losses = self.losses + np.linalg.solve(gram, X.T @ centred).reshape(self.cells.shape)

    def scores(self) -> FloatArray:
        """The agents' probabilities."""
        return self.strength()

    def state(self) -> dict[str, Any]:
        """See ``SupernetSearch.state``; with the agents' losses."""
        return super().state() | {"losses": torch.from_numpy(self.losses)}

    def load(self, state: Mapping[str, Any]) -> None:
        """See ``SupernetSearch.load``."""
        super().load(state)
        self.losses = state["losses"].numpy()
