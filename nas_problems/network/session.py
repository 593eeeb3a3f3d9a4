"""Candidates that are trained when asked for, continued when more is asked, and remembered."""

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch

from nas_problems.array import FloatArray
from nas_problems.datasets.images import ImageSet
from nas_problems.exception import describe
from nas_problems.network.augment import check_auto_augment
from nas_problems.network.available import check_device
from nas_problems.network.family import Family
from nas_problems.network.fit import (
    WEIGHTS,
    Part,
    StackTraining,
    TimeLimitError,
    derived_seed,
    initial_state,
    one_thread,
)
from nas_problems.network.initialize import global_seed
from nas_problems.network.layer import parameter_count
from nas_problems.network.measure import flop_count, latency, mean_latency, training_bytes
from nas_problems.network.protocol import TrainingProtocol, UnknownPartError
from nas_problems.network.shape import ImpossibleShapeError
from nas_problems.parameter import Config
from nas_problems.score import Scores

MAX_PAUSED = 32
"""Trainings kept in memory so that they can be continued; the longest unused is dropped first."""


def device_parts(images: ImageSet, device: str) -> tuple[Part, Part, Part]:
    """Training, validation and test part on the device, standardised by the training part.

    Every channel has mean 0 and standard deviation 1 over the training part; a constant one is 0.

    Raises:
        ValueError: No such device.
    """
    place = check_device(device)
    values = torch.from_numpy(images.images.astype(np.float32)) / images.scale
    labels = torch.from_numpy(images.labels.astype(np.int64))
    train = values[torch.from_numpy(images.train)]
    means, deviations = torch.zeros(values.shape[1]), torch.ones(values.shape[1])
    for channel in range(values.shape[1]):
        mean, deviation = train[:, channel].mean(), train[:, channel].std()
        varies = deviation > 1e-6 * train[:, channel].abs().max()  # more than rounding does
        means[channel], deviations[channel] = mean, deviation if varies else 1.0
        values[:, channel] = (values[:, channel] - mean) / deviations[channel]
    scales = means.to(place), deviations.to(place)
    rows = [torch.from_numpy(part) for part in (images.train, images.validation, images.test)]
    first, second, third = (Part(values[part].to(place), labels[part].to(place), *scales) for part in rows)
    return first, second, third


@dataclass(frozen=True, slots=True)
class Outcome:
    """What training one candidate with some seeds gave, at one number of epochs.

    Args:
        validation: Scores on the validation part, one per seed.
        test: Scores on the test part, one per seed.
        train_accuracy: Percent of the last epoch's batches while they were learned, (seeds,).
        train_loss: Mean over the last epoch's batches, (seeds,).
        seconds: Of training, all seeds together.
        failure: Why it failed; then the scores mean nothing.
    """

    validation: Scores
    test: Scores
    train_accuracy: FloatArray
    train_loss: FloatArray
    seconds: float
    failure: str | None = None


@dataclass
class _Candidate:
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    failed: Outcome | None = None


class TrainingSession:
    """Trainings on one image set, one family and one protocol.

    Args:
        family: The networks.
        images: The image set.
        protocol: How to train.
        epochs: Numbers of epochs at which accuracy is measured, increasing.
        device: ``cpu``, ``cuda`` or ``cuda:0``.
        limit_seconds: For the training of one candidate, all seeds together.
        limit_bytes: Of memory for the training of one network.
        on_epoch: Told how many epochs of a training are done, after each.
    """

    def __init__(
        self,
        family: Family,
        images: ImageSet,
        protocol: TrainingProtocol,
        *,
        epochs: tuple[int, ...],
        device: str = "cpu",
        limit_seconds: float,
        limit_bytes: float,
        on_epoch: Callable[[int], None] | None = None,
    ) -> None:
        self.family, self.base, self.epochs = family, protocol, epochs
        self.limit_seconds, self.limit_bytes, self.on_epoch = limit_seconds, limit_bytes, on_epoch
        if protocol.auto_augment:
            check_auto_augment(images.shape)
        self.train, self.validation, self.test = device_parts(images, device)
        self._candidates: dict[tuple[int, tuple[int, ...]], _Candidate] = {}
        self._paused: OrderedDict[tuple[int, tuple[int, ...]], StackTraining] = OrderedDict()

    def outcome(self, config: Config, *, key: int, seeds: tuple[int, ...], epoch: int) -> Outcome:
        """Train a candidate up to ``epoch``, or remember that.

        Args:
            config: The candidate.
            key: Its number, >= 0; equal candidates have equal numbers.
            seeds: One network is trained for each.
            epoch: One of ``epochs``.

        Raises:
            UnknownPartError: A part of the protocol that the family does not have.
        """
        place = (key, seeds)
        candidate = self._candidates.setdefault(place, _Candidate())
        if epoch not in candidate.outcomes and candidate.failed is None:
            start = time.perf_counter()
            try:
                with one_thread():
                    self._train(candidate, config, place, epoch)
            except UnknownPartError:  # the setting is wrong, whoever the candidate is
                raise
            except ImpossibleShapeError as error:
                candidate.failed = _failure(str(error), 0.0)
            except TimeLimitError as error:
                candidate.failed = _failure(str(error), self.limit_seconds)
            except Exception as error:  # too little memory, say, or what a builder of networks raises
                candidate.failed = _failure(describe(error), time.perf_counter() - start)
        found = candidate.outcomes.get(epoch)
        if found is None:
            assert candidate.failed is not None
            return candidate.failed
        return found

    def _train(self, candidate: _Candidate, config: Config, place: tuple[int, tuple[int, ...]], epoch: int) -> None:
        training = self._paused.pop(place, None)
        if training is None or training.epoch > epoch:
            training = self._start(config, place)
        for mark in self.epochs:
            if training.epoch < mark <= epoch:
                training.run_to(mark, on_epoch=self.on_epoch)
                validation, test = training.scores(self.validation), training.scores(self.test)
                accuracy, loss = training.curve.train_accuracy[-1], training.curve.train_loss[-1]
                if not (validation.is_finite and np.isfinite(loss).all()):
                    candidate.failed = _failure(f"diverged within {mark} epochs", training.train_seconds)
                    return
                candidate.outcomes[mark] = Outcome(validation, test, accuracy, loss, training.train_seconds)
        if epoch < self.epochs[-1]:
            self._paused[place] = training
            while len(self._paused) > MAX_PAUSED:
                self._paused.popitem(last=False)

    def _start(self, config: Config, place: tuple[int, tuple[int, ...]]) -> StackTraining:
        key, seeds = place
        protocol = self.family.protocol(config, self.base)
        states = []
        for seed in seeds:
            with global_seed(derived_seed(WEIGHTS, seed, key)):  # for what a network draws when it is built
                network = self.family.plain(config, protocol)
            states.append(initial_state(network, seed=seed, key=key))
        needed = training_bytes(network, self.family.shape, protocol.batch_size)
        if needed > self.limit_bytes:
            raise MemoryError(f"training needs {needed / 2**20:.0f} MiB, the limit is {self.limit_bytes / 2**20:.0f}")
        stack = self.family.stack([config] * len(seeds), protocol)
        stack.load(states)  # type: ignore[operator]  # a Stack, as well as a module
        return StackTraining(
            stack.to(self.train.labels.device), self.train, protocol, seeds=seeds, limit_seconds=self.limit_seconds
        )

    def measures(self, config: Config, *, latencies: Collection[str]) -> Mapping[str, float]:
        """Parameters, FLOPs, and what is wanted of ``latency_seconds``, of a batch of 100 images, and
        ``latency_milliseconds``, the mean of an image over the test part.

        Raises:
            ImpossibleShapeError: The images are too small.
        """
        network = self.family.plain(config, self.family.protocol(config, self.base))
        found = {
            "n_parameters": float(parameter_count(network)),
            "n_flops": float(flop_count(network, self.family.shape)),
        }
        with one_thread():
            network = network.to(self.train.images.device)
            if "latency_seconds" in latencies:
                found["latency_seconds"] = latency(network, self.validation.images[:100])
            if "latency_milliseconds" in latencies:
                found["latency_milliseconds"] = mean_latency(network, self.test.images)
        return found


def _failure(reason: str, seconds: float) -> Outcome:
    nothing = np.empty(0)
    scores = Scores(nothing, nothing, nothing)
    return Outcome(scores, scores, nothing, nothing, seconds, reason)
