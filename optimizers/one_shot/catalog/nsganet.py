"""NSGA-Net: a genetic algorithm with two objectives, error and cost; every candidate is trained on its own."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from nas_problems.array import FloatArray, IntArray
from nas_problems.network.fit import SeparateStack, StackTraining, derived_seed, initial_state
from nas_problems.network.measure import mac_count
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.space import Codes
from optimizers.one_shot.registry import register
from optimizers.one_shot.setting import Setting
from optimizers.option import PositiveInt, Probability

INITIAL, VARIATION = 21, 22
"""Streams of randomness: the first word of ``derived_seed``."""


@register("nsganet", summary="NSGA-II on error and cost, each candidate trained for a few epochs", family="evolution")
class NsgaNet:
    """No shared weights: an epoch of the search is a generation.

    Its own space is ``nas_problems.supernet.space.NSGANET``; any other works as well.

    Args:
        setting: On what it works; the protocol's epochs are the generations, the first population among them.
        population: Candidates that survive a generation.
        offspring: New candidates per generation.
        train_epochs: Epochs that a candidate is trained for.
        crossover: Probability that two parents are crossed at two points.
        eta: Of the polynomial mutation; small: far.

    Source: lu2019, section 3; yang2020, appendix A.1.
    """

    def __init__(
        self,
        setting: Setting,
        *,
        population: PositiveInt = 40,
        offspring: PositiveInt = 20,
        train_epochs: PositiveInt = 20,
        crossover: Probability = 0.9,
        eta: float = 3.0,
    ) -> None:
        self.setting, self.cells, self.space = setting, setting.backbone.cells, setting.backbone.cells.space
        self.population, self.offspring, self.train_epochs = population, offspring, train_epochs
        self.crossover, self.eta = crossover, eta
        self.epoch = 0
        self.Z: Codes = np.empty((0, self.space.n_parameters), dtype=np.int64)
        self.objectives: FloatArray = np.empty((0, 2))

    @property
    def n_epochs(self) -> int:
        """Generations."""
        return self.setting.protocol.epochs

    def run_epoch(self) -> None:
        """A generation; the first one is random."""
        seed = self.setting.seed
        if self.epoch == 0:
            new = self._distinct(self.space.sample(self.population, np.random.default_rng(derived_seed(INITIAL, seed))))
        else:
            new = self._offspring(np.random.default_rng(derived_seed(VARIATION, seed, self.epoch)))
        objectives = np.array([self.evaluate(code) for code in new]).reshape(-1, 2)
        self.Z, self.objectives = np.concatenate([self.Z, new]), np.concatenate([self.objectives, objectives])
        kept = survivors(self.objectives, self.population)
        self.Z, self.objectives = self.Z[kept], self.objectives[kept]
        self.epoch += 1

    def evaluate(self, code: Codes) -> tuple[float, float]:
        """Validation error in percent after a short training from scratch, and million multiply-accumulates."""
        given, protocol = self.setting, self.setting.protocol
        network = given.backbone.stand_alone(given.shape, self.cells.decode(code))
        key = derived_seed(*code.tolist())
        initial_state(network, seed=given.seed, key=key)
        training = TrainingProtocol(
            epochs=self.train_epochs,
            batch_size=protocol.batch_size,
            learning_rate=protocol.learning_rate,
            momentum=protocol.momentum,
            weight_decay=protocol.weight_decay,
            schedule="cosine",
        )
        stack = SeparateStack([network]).to(given.train.labels.device)
        running = StackTraining(stack, given.train, training, seeds=(derived_seed(given.seed, key),))
        running.run_to(self.train_epochs)
        accuracy = float(running.accuracy(given.validation)[0])
        return 100.0 - (accuracy if np.isfinite(accuracy) else 0.0), mac_count(network.cpu(), given.shape) / 1e6

    def _distinct(self, Z: Codes) -> Codes:
        """Rows whose canonical form is new, each once."""
        known = {tuple(row) for row in self.space.canonical(self.Z).tolist()} if len(self.Z) else set()
        rows = []
        for code, form in zip(Z, self.space.canonical(Z).tolist(), strict=True):
            if tuple(form) not in known:
                known.add(tuple(form))
                rows.append(code)
        return np.array(rows, dtype=np.int64).reshape(-1, Z.shape[1])

    def _offspring(self, rng: np.random.Generator) -> Codes:
        rank, crowding = ranks(self.objectives), crowding_distance(self.objectives, ranks(self.objectives))

        def parent() -> Codes:
            a, b = rng.integers(len(self.Z), size=2)
            return np.asarray(self.Z[a if (rank[a], -crowding[a]) <= (rank[b], -crowding[b]) else b])

        children: list[Codes] = []
        while len(children) < 4 * self.offspring:  # enough to be left with as many as wanted
            child, other = parent().copy(), parent()
            if rng.random() < self.crossover:
                first, last = np.sort(rng.integers(0, len(child) + 1, 2))
                child[first:last] = other[first:last]
            children.append(mutated(child, self.space.upper, self.eta, rng))
        Z = np.array(children)
        valid = Z if self.space.validity is None else Z[self.space.validity(Z)]
        return self._distinct(valid)[: self.offspring]

    def derive(self) -> Codes:
        """The candidate with the smallest error; of equal ones, the cheapest."""
        return np.asarray(self.Z[np.lexsort((self.objectives[:, 1], self.objectives[:, 0]))[0]])

    def state(self) -> dict[str, Any]:
        """The population and its objectives."""
        return {"epoch": self.epoch, "Z": torch.from_numpy(self.Z), "objectives": torch.from_numpy(self.objectives)}

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.epoch, self.Z, self.objectives = state["epoch"], state["Z"].numpy(), state["objectives"].numpy()


def mutated(code: Codes, upper: Codes, eta: float, rng: np.random.Generator) -> Codes:
    """Polynomial mutation of integers, each with probability 1/d.

    Source: deb2014mutation, equation 1, rounded.
    """
    u = rng.random(len(code))
    delta = np.where(u < 0.5, (2 * u) ** (1 / (eta + 1)) - 1, 1 - (2 * (1 - u)) ** (1 / (eta + 1)))
    moved = np.clip(np.rint(code + delta * upper), 0, upper).astype(np.int64)
    return np.where(rng.random(len(code)) < 1.0 / len(code), moved, code)


def ranks(objectives: FloatArray) -> IntArray:
    """Number of the front that every row is in, from 0, (n,)."""
    less = (objectives[:, None] <= objectives[None]).all(axis=2) & (objectives[:, None] < objectives[None]).any(axis=2)
    rank = np.full(len(objectives), -1)
    left, front = np.ones(len(objectives), dtype=np.bool_), 0
    while left.any():
        first = left & ~(less & left[:, None]).any(axis=0)
        rank[first] = front
        left &= ~first
        front += 1
    return rank


def crowding_distance(objectives: FloatArray, rank: IntArray) -> FloatArray:
    """Distance between the neighbours of every row within its front, summed over scaled objectives, (n,)."""
    distance = np.zeros(len(objectives))
    for front in np.unique(rank):
        rows = np.flatnonzero(rank == front)
        for values in objectives[rows].T:
            order = np.argsort(values, kind="stable")
            spread = float(np.ptp(values)) or 1.0
            distance[rows[order[[0, -1]]]] = np.inf
            distance[rows[order[1:-1]]] += (values[order[2:]] - values[order[:-2]]) / spread
    return distance


def survivors(objectives: FloatArray, n: int) -> IntArray:
    """The n best rows by front, then by crowding."""
    rank = ranks(objectives)
    return np.lexsort((-crowding_distance(objectives, rank), rank))[:n]
