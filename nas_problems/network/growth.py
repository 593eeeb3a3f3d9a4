"""Networks that grow by morphisms and are trained generation by generation."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from nas_problems.datasets.images import ImageSet
from nas_problems.exception import Reason, reason_of
from nas_problems.network.augment import check_auto_augment
from nas_problems.network.fit import (
    SeparateStack,
    StackTraining,
    TimeLimitError,
    clock_of,
    derived_seed,
    initial_state,
    one_thread,
)
from nas_problems.network.layer import parameter_count
from nas_problems.network.lineage import Lineage, Morphism
from nas_problems.network.measure import flop_count
from nas_problems.network.morphism import GrownNetwork, grown
from nas_problems.network.outcome import Outcome
from nas_problems.network.protocol import TrainingProtocol, UnknownPartError
from nas_problems.network.session import device_parts, parts_digest
from nas_problems.network.store import UNREADABLE, Saved, TrainingStore, training_digest
from nas_problems.space import Codes

MAX_NETWORKS = 512
"""Trained networks kept in memory; the longest unused is trained again, or read from disk, when it is needed."""

_GROWTH = 11  # a stream of randomness, see derived_seed
_N_IMAGES = 256  # whose statistics a new block starts from


@dataclass(frozen=True, slots=True)
class Result:
    """What training the last generation of a candidate gave.

    Args:
        validation_accuracy: Percent.
        test_accuracy: Percent.
        train_seconds: Of the last generation.
        charged_seconds: Of the last generation, and of ancestors that were trained for it.
    """

    validation_accuracy: float
    test_accuracy: float
    train_seconds: float
    charged_seconds: float


class GenerationError(RuntimeError):
    """A generation that cannot be trained.

    Args:
        reason: Why.
        seconds: Spent on it, and on ancestors that were trained for it.
    """

    def __init__(self, reason: Reason, seconds: float) -> None:
        super().__init__(str(reason))
        self.reason, self.seconds = reason, seconds


def _result(outcome: Outcome) -> Result:
    accuracies = float(outcome.validation.accuracy[0]), float(outcome.test.accuracy[0])
    return Result(*accuracies, outcome.seconds, outcome.seconds)


Key = tuple[tuple[tuple[Morphism, ...], ...], int]
"""Generations and seed."""


class Growth:
    """Trains candidates of a lineage on one image set, and remembers them.

    Args:
        lineage: How networks grow.
        images: The image set.
        protocol: How a generation is trained.
        inherits: Whether weights are inherited.
        limit_seconds: For the training of one generation.
        device: ``cpu``, ``cuda`` or ``cuda:0``.
        folder: Where trained networks are kept; None: in memory.

    Raises:
        UnknownPartError: Drop path or a second head, which these networks do not have.
        ValueError: Images that the protocol's AutoAugment or a training cannot use, or no such device.
        ImportError: AutoAugment without torchvision.
    """

    def __init__(
        self,
        lineage: Lineage,
        images: ImageSet,
        protocol: TrainingProtocol,
        *,
        inherits: bool,
        limit_seconds: float,
        device: str,
        folder: Path | None,
    ) -> None:
        for name in ("drop_path", "auxiliary_weight"):
            if found := getattr(protocol, name):
                raise UnknownPartError(f"{name}: wanted 0, networks that grow do not have it, found {found}")
        if protocol.auto_augment:
            check_auto_augment(images.shape)
        self._lineage, self._protocol, self._inherits, self._limit = lineage, protocol, inherits, limit_seconds
        self._shape = images.shape
        self._train, self._validation, self._test = device_parts(images, device)
        self._store = None if folder is None else TrainingStore(folder)
        self._clock = clock_of(device)
        self._results: dict[Key, Result] = {}
        self._failures: dict[Key, GenerationError] = {}  # trained again, these would fail again
        self._networks: OrderedDict[Key, GrownNetwork] = OrderedDict()

    def sizes(self, code: Codes) -> Mapping[str, float]:
        """Parameters, and FLOPs of one image, of a canonical code (d,)."""
        architecture = self._lineage.root
        for morphisms in self._lineage.generations(code):
            for morphism in morphisms:
                architecture = architecture.after(morphism)
        network = GrownNetwork(architecture, n_channels=self._shape.n_channels, n_classes=self._shape.n_classes)
        return {
            "n_parameters": float(parameter_count(network)),
            "n_flops": float(flop_count(network, self._shape)),
        }

    def result(self, code: Codes, seed: int) -> Result:
        """Train a canonical code (d,) with a seed, and its ancestors if need be, or remember that.

        Raises:
            GenerationError: A generation took too long, diverged, or could not be trained for another reason.
        """
        key = tuple(map(tuple, self._lineage.generations(code))), seed
        if known_failure := self._failures.get(key):
            raise GenerationError(known_failure.reason, known_failure.seconds)
        if key not in self._results:
            with one_thread():
                _, result = self._trained(key)
            return result
        known = self._results[key]
        return replace(known, charged_seconds=known.train_seconds)  # its ancestors were paid for before

    def _trained(self, key: Key) -> tuple[GrownNetwork, Result]:
        """A trained network, and what it gave, with the seconds that were spent now."""
        if key in self._networks and key in self._results:
            self._networks.move_to_end(key)
            return self._networks[key], replace(self._results[key], charged_seconds=0.0)
        if key in self._failures:  # and paid for
            raise GenerationError(self._failures[key].reason, 0.0)
        network, earlier_seconds = self._untrained(key)
        start = self._clock()
        try:
            digest = self._digest(key, network)
            network, result = self._read(digest, network) or self._fit(digest, network, key)
        except Exception as error:  # too little memory or time, or what diverges
            seconds, reason = self._clock() - start, reason_of(error)
            if isinstance(error, (ArithmeticError, TimeLimitError)):
                self._failures[key] = GenerationError(reason, seconds)
            raise GenerationError(reason, earlier_seconds + seconds) from error
        self._results[key], self._networks[key] = result, network
        while len(self._networks) > MAX_NETWORKS:
            self._networks.popitem(last=False)
        return network, replace(result, charged_seconds=earlier_seconds + result.train_seconds)

    def _untrained(self, key: Key) -> tuple[GrownNetwork, float]:
        """The network as its training starts, and seconds spent on its ancestors."""
        generations, seed = key
        if generations and self._inherits:
            parent, result = self._trained((generations[:-1], seed))
            generator = torch.Generator().manual_seed(derived_seed(_GROWTH, seed, len(generations)))
            images = self._train.images[:_N_IMAGES]
            network = parent
            for morphism in generations[-1]:
                network = grown(network, morphism, generator, images)
            return network, result.charged_seconds
        architecture = self._lineage.root
        for morphism in (step for generation in generations for step in generation):
            architecture = architecture.after(morphism)
        network = GrownNetwork(architecture, n_channels=self._shape.n_channels, n_classes=self._shape.n_classes)
        initial_state(network, seed=seed, key=0)
        return network.to(self._train.labels.device), 0.0

    def _fit(self, digest: str, network: GrownNetwork, key: Key) -> tuple[GrownNetwork, Result]:
        generations, seed = key
        copy = GrownNetwork(network.architecture, n_channels=network.n_channels, n_classes=network.n_classes)
        copy.load_state_dict(network.state_dict())
        training = StackTraining(
            SeparateStack([copy.to(self._train.labels.device)]),
            self._train,
            self._protocol,
            seeds=(derived_seed(_GROWTH, seed, len(generations), 1),),
            clock=clock_of(self._train.labels.device),
            limit_seconds=self._limit,
        )
        training.run_to(self._protocol.epochs)
        validation, test = training.scores(self._validation), training.scores(self._test)
        accuracy, loss = training.curve.train_accuracy[-1], training.curve.train_loss[-1]
        if not (validation.is_finite and np.isfinite(loss).all()):
            raise ArithmeticError(f"diverged within {self._protocol.epochs} epochs")
        outcome = Outcome(validation, test, accuracy, loss, training.train_seconds)
        if self._store is not None:
            self._store.save(digest, 1, Saved({1: outcome}, dict(copy.state_dict())))
        return copy, _result(outcome)

    def _read(self, digest: str, network: GrownNetwork) -> tuple[GrownNetwork, Result] | None:
        """A network that was trained by another process, and what it gave."""
        if self._store is None:
            return None
        saved = self._store.load(digest)
        if saved is None or saved.state is None:
            return None
        copy = GrownNetwork(network.architecture, n_channels=network.n_channels, n_classes=network.n_classes)
        try:
            copy.load_state_dict(saved.state)
            return copy.to(self._train.labels.device), _result(saved.outcomes[1])
        except UNREADABLE:  # a file that was damaged or changed: the network is trained anew
            self._store.forget(digest)
            return None

    @cached_property
    def _images_digest(self) -> str:
        return parts_digest(self._train, self._validation, self._test)

    def _digest(self, key: Key, network: GrownNetwork) -> str:
        """Of all that the training of a network depends on; ``repr`` of a network does not say what its blocks read."""
        if self._store is None:
            return ""
        device = self._train.labels.device.type
        words = (self._protocol.record(), self._images_digest, key, device, network.architecture, network)
        return training_digest(words, [network.state_dict()])
