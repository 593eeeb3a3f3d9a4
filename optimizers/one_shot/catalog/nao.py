"""NAO: architectures that share weights teach a model of accuracy, whose gradient points to better ones."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nas_problems.array import FloatArray
from nas_problems.network.fit import derived_seed
from nas_problems.network.initialize import global_seed
from nas_problems.space import Codes
from optimizers.one_shot.autoencoder import ArchitectureModel, scaled
from optimizers.one_shot.registry import register
from optimizers.one_shot.setting import Setting
from optimizers.one_shot.supernet_search import ALPHA, SupernetSearch
from optimizers.option import PositiveInt, Probability

MAX_STEP = 100.0
"""Largest step along the gradient, where fewer new architectures come out than wanted."""


@register("nao", summary="a learned model of architectures, climbed by its gradient", family="predictor")
class Nao(SupernetSearch):
    """Seeds share weights; after a round they are judged, and better ones are decoded.

    Args:
        setting: On what it works; its epochs are divided into rounds.
        rounds: Times that new architectures are made.
        n_seeds: Random architectures at the start.
        n_top: Of the best, from which new ones are made.
        n_new: New architectures per round.
        n_random: Random ones that join per round.
        predictor_epochs: Full-batch steps of Adam for the model, per round.
        trade_off: Of the accuracy's error against the reconstruction's.
        n_images: Of the validation part, on which architectures are judged.

    Source: luo2018, section 3 and algorithm 1; yang2020, appendix A.1 (its released code draws 600 seeds, takes
    the top 100, makes 300 new ones and adds 100 random ones).
    """

    def __init__(
        self,
        setting: Setting,
        *,
        rounds: PositiveInt = 4,
        n_seeds: PositiveInt = 600,
        n_top: PositiveInt = 100,
        n_new: PositiveInt = 300,
        n_random: PositiveInt = 100,
        predictor_epochs: PositiveInt = 1000,
        trade_off: Probability = 0.9,
        n_images: PositiveInt = 256,
    ) -> None:
        self.rounds, self.n_top, self.n_new, self.n_random = rounds, n_top, n_new, n_random
        self.predictor_epochs, self.trade_off, self.n_images = predictor_epochs, trade_off, n_images
        space = setting.backbone.cells.space
        self.pool: Codes = space.sample(n_seeds, np.random.default_rng(derived_seed(ALPHA, setting.seed)))
        super().__init__(setting)

    def run_epoch(self) -> None:
        """One pass over the training part, on a path of the pool per batch; at a round's end, a new pool."""
        self.start_epoch()
        rng = self.rng()
        for batch in self.batches(self.setting.train):
            code = self.pool[rng.integers(len(self.pool))]
            self.weight_step(batch, self.path(self.cells.decode(code)))
        before = self.epoch * self.rounds // self.n_epochs
        self.epoch += 1
        if self.epoch < self.n_epochs and self.epoch * self.rounds // self.n_epochs > before:
            self.pool = self._new_pool()

    def judged(self) -> FloatArray:
        """Accuracy in percent of the pool by inherited weights, (n,)."""
        architectures = [self.cells.decode(code) for code in self.pool]
        return self.accuracies(architectures, self.judged_batch(self.n_images))

    def derive(self) -> Codes:
        """The best of the pool."""
        return np.asarray(self.pool[int(np.argmax(self.judged()))])

    def _new_pool(self) -> Codes:
        accuracy = self.judged()
        top = self.pool[np.argsort(-accuracy, kind="stable")[: self.n_top]]
        with global_seed(derived_seed(ALPHA, self.setting.seed, self.epoch)):
            model = ArchitectureModel(self.cells.space)
            self._fit(model, accuracy)
        space = self.cells.space
        fresh: list[Codes] = []
        known = {tuple(code) for code in space.canonical(self.pool).tolist()}
        tokens, step = model.tokens(top), 1.0
        while len(fresh) < self.n_new and step <= MAX_STEP:
            decoded = model.codes(model.improved(tokens, step))
            valid = decoded if space.validity is None else decoded[space.validity(decoded)]
            for code in space.canonical(valid) if len(valid) else ():
                if tuple(code.tolist()) not in known and len(fresh) < self.n_new:
                    known.add(tuple(code.tolist()))
                    fresh.append(code)
            step += 1.0
        drawn = space.sample(self.n_random, self.rng(ALPHA))
        return np.concatenate([top, np.array(fresh, dtype=np.int64).reshape(-1, top.shape[1]), drawn])

    def _fit(self, model: ArchitectureModel, accuracy: FloatArray) -> None:
        tokens, targets = model.tokens(self.pool), scaled(accuracy)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        for _ in range(self.predictor_epochs):
            optimizer.zero_grad()
            loss: Tensor = model.loss(tokens, targets, self.trade_off)
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()

    def state(self) -> dict[str, Any]:
        """See ``SupernetSearch.state``; with the pool."""
        return super().state() | {"pool": torch.from_numpy(self.pool)}

    def load(self, state: Mapping[str, Any]) -> None:
        """See ``SupernetSearch.load``."""
        super().load(state)
        self.pool = state["pool"].numpy()
