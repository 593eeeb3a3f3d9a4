"""Candidates that are trained when asked for, continued when more is asked, and remembered."""

import copy
import hashlib
import shutil
import tempfile
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import nn

from nas_problems.datasets.images import ImageSet
from nas_problems.exception import reason_of
from nas_problems.network.augment import check_auto_augment
from nas_problems.network.available import check_device
from nas_problems.network.candidate import LATENCIES, Candidate
from nas_problems.network.family import Family
from nas_problems.network.fit import (
    OTHER_LAYERS,
    WEIGHTS,
    Part,
    StackTraining,
    TimeLimitError,
    clock_of,
    derived_seed,
    initial_state,
    one_thread,
)
from nas_problems.network.identity import network_digest
from nas_problems.network.initialize import global_seed
from nas_problems.network.measure import latency, mean_latency, training_bytes
from nas_problems.network.outcome import Outcome
from nas_problems.network.protocol import TrainingProtocol, UnknownPartError
from nas_problems.network.shape import ImpossibleShapeError
from nas_problems.network.store import UNREADABLE, Saved, TrainingStore, training_digest
from nas_problems.proxy.registry import proxies

PROXY_IMAGES = 32
"""Training images that zero-cost proxies look at, as in NAS-Bench-Suite-Zero."""

MAX_PAUSED = 32
"""Trainings kept in memory so that they can be continued; the longest unused goes to disk first."""


def device_parts(images: ImageSet, device: str) -> tuple[Part, Part, Part]:
    """Training, validation and test part on the device, standardised by the training part.

    Every channel has mean 0 and standard deviation 1 over the training part; a constant one is 0.

    Raises:
        ValueError: No such device; or a training part of one image, of which no batch is made.
    """
    if len(images.train) < 2:
        raise ValueError(f"images: wanted at least 2 in the training part, found {len(images.train)}")
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


def parts_digest(*parts: Part) -> str:
    """Hash of all images and labels of parts, and of how they were standardised, which AutoAugment looks at."""
    digest = hashlib.sha256()
    for part in parts:
        for values in (part.images, part.labels, part.mean, part.deviation):
            if values is None:
                digest.update(b"unknown")
                continue
            digest.update(repr((values.shape, values.dtype)).encode())
            digest.update(values.cpu().numpy().tobytes())
    return digest.hexdigest()


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
        folder: Where every paused training is kept, so that another process goes on with it; None: those that
            are too many for the memory are kept in a temporary folder, which goes with the process.
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
        folder: Path | None = None,
    ) -> None:
        self.family, self.base, self.epochs = family, protocol, epochs
        self.limit_seconds, self.limit_bytes, self.on_epoch = limit_seconds, limit_bytes, on_epoch
        if protocol.auto_augment:
            check_auto_augment(images.shape)
        self.train, self.validation, self.test = device_parts(images, device)
        self._clock = clock_of(device)
        self._candidates: dict[tuple[int, tuple[int, ...]], _Candidate] = {}
        self._measured: dict[tuple[int, tuple[int, ...]], dict[str, tuple[float, float]]] = {}
        self._paused: OrderedDict[tuple[int, tuple[int, ...]], tuple[Candidate, StackTraining]] = OrderedDict()
        self._digests: dict[tuple[int, tuple[int, ...]], str] = {}
        self._store = None if folder is None else TrainingStore(folder)
        self._is_kept = folder is not None

    def keeping(self, folder: Path) -> "TrainingSession":
        """This session with its paused trainings kept in a folder; both remember what either has trained."""
        other = copy.copy(self)
        other._store, other._is_kept = TrainingStore(folder), True
        return other

    def outcome(self, who: Candidate, *, epoch: int) -> Outcome:
        """Train a candidate up to ``epoch``, or remember that.

        Args:
            who: The candidate.
            epoch: One of ``epochs``.

        Raises:
            UnknownPartError: A part of the protocol that the family does not have.
        """
        candidate = self._candidates.setdefault(who.place, _Candidate())
        if epoch not in candidate.outcomes and candidate.failed is None:
            start = self._clock()
            try:
                with one_thread():
                    self._train(candidate, who, epoch)
            except UnknownPartError:  # the setting is wrong, whoever the candidate is
                raise
            except ImpossibleShapeError as error:
                candidate.failed = Outcome.failed(str(error), 0.0)
            except TimeLimitError as error:
                candidate.failed = Outcome.failed(str(error), self.limit_seconds)
            except Exception as error:  # too little memory, say, or what a builder of networks raises
                candidate.failed = Outcome.failed(reason_of(error), self._clock() - start)
        outcome = candidate.outcomes.get(epoch)
        if outcome is None:
            assert candidate.failed is not None
            return candidate.failed
        return outcome

    def _train(self, candidate: _Candidate, who: Candidate, epoch: int) -> None:
        _, training = self._paused.pop(who.place, (who, None))
        if training is None or training.epoch > epoch or self._is_kept:
            training = self._resumed(candidate, who, training)
        if epoch in candidate.outcomes:  # another process has been there
            return
        if training is None or training.epoch > epoch:
            training = self._start(who)
        for mark in self.epochs:
            if training.epoch < mark <= epoch:
                training.run_to(mark, on_epoch=self.on_epoch)
                validation, test = training.scores(self.validation), training.scores(self.test)
                accuracy, loss = training.curve.train_accuracy[-1], training.curve.train_loss[-1]
                if not (validation.is_finite and np.isfinite(loss).all()):
                    candidate.failed = Outcome.failed(f"diverged within {mark} epochs", training.train_seconds)
                    return
                candidate.outcomes[mark] = Outcome(validation, test, accuracy, loss, training.train_seconds)
        if self._is_kept:
            self._save(candidate, who, training)
        if epoch < self.epochs[-1]:
            self._paused[who.place] = who, training
            while len(self._paused) > MAX_PAUSED:
                place, (other, oldest) = self._paused.popitem(last=False)
                if not self._is_kept:
                    self._save(self._candidates[place], other, oldest)
        else:
            self._paused.pop(who.place, None)  # a finished one that was read from disk

    def _save(self, candidate: _Candidate, who: Candidate, training: StackTraining) -> None:
        if self._store is None:
            folder = tempfile.mkdtemp(prefix="iohnas-")
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            self._store = TrainingStore(Path(folder))
        state = training.state() if training.epoch < self.epochs[-1] else None
        self._store.save(self._digest(who), training.epoch, Saved(candidate.outcomes, state))

    def _resumed(self, candidate: _Candidate, who: Candidate, training: StackTraining | None) -> StackTraining | None:
        """The training that is kept, if it is further than the one in memory; what it measured is remembered."""
        if self._store is None or not self._store.reached(self._digest(who)) > (training.epoch if training else 0):
            return training
        saved = self._store.load(self._digest(who))
        if saved is None or any(len(outcome.train_loss) != len(who.seeds) for outcome in saved.outcomes.values()):
            return training
        for epoch, outcome in saved.outcomes.items():
            candidate.outcomes.setdefault(epoch, outcome)
        if saved.state is None:
            return training
        resumed = self._start(who)
        try:
            resumed.restore(saved.state)
        except UNREADABLE:  # a file that was damaged or changed: the candidate is trained anew
            self._store.forget(self._digest(who))
            return training
        training = resumed
        self._paused[who.place] = who, training
        return training

    @cached_property
    def _images_digest(self) -> str:
        return parts_digest(self.train, self.validation, self.test)

    def _digest(self, who: Candidate) -> str:
        """Of all that the candidate's training depends on."""
        if who.place not in self._digests:
            protocol = self.family.protocol(who.config, self.base)
            networks = list(self._networks(who, protocol, who.seeds))
            device = self.train.labels.device.type
            code = network_digest(networks[0], self.train.images)
            words = (protocol.record(), self.epochs, self._images_digest, who.place, device, networks[0], code)
            self._digests[who.place] = training_digest(words, [network.state_dict() for network in networks])
        return self._digests[who.place]

    def _networks(self, who: Candidate, protocol: TrainingProtocol, seeds: tuple[int, ...]) -> Iterator[nn.Module]:
        """A candidate's network with the initial weights of each seed."""
        for seed in seeds:
            with global_seed(derived_seed(WEIGHTS, seed, who.key)):  # for what a network draws when it is built
                network = self.family.plain(who.config, protocol)
            initial_state(network, seed=seed, key=who.key)
            yield network

    def _start(self, who: Candidate) -> StackTraining:
        protocol = self.family.protocol(who.config, self.base)
        states = []
        for network in self._networks(who, protocol, who.seeds):
            states.append(network.state_dict())
        needed = training_bytes(network, self.family.shape, protocol.batch_size)
        if needed > self.limit_bytes:
            raise MemoryError(f"training needs {needed / 2**20:.0f} MiB, the limit is {self.limit_bytes / 2**20:.0f}")
        stack = self.family.stack([who.config] * len(who.seeds), protocol)
        stack.load(states)  # type: ignore[operator]  # a Stack, as well as a module
        return StackTraining(
            stack.to(self.train.labels.device),
            self.train,
            protocol,
            seeds=who.seeds,
            clock=self._clock,
            limit_seconds=self.limit_seconds,
        )

    def measures(self, who: Candidate, names: tuple[str, ...]) -> tuple[Mapping[str, float], float]:
        """What is known of a candidate without training it, measured once, and the seconds that it took.

        Args:
            who: The candidate; what depends on the initial weights is the mean over its seeds.
            names: Of proxies, see ``nas_problems.proxy``; or ``latency_seconds``, of a batch of 100 images, and
                ``latency_milliseconds``, the mean of an image over the test part.

        Raises:
            ImpossibleShapeError: The images are too small.
            UnknownPartError: A part of the protocol that the family does not have.
            ArithmeticError: A proxy that is not a finite number.
        """
        known = self._measured.setdefault(who.place, {})
        with one_thread():
            for name in names:
                if name not in known:
                    start = self._clock()
                    value = self._latency(who, name) if name in LATENCIES else self._proxy(who, name)
                    known[name] = value, self._clock() - start
        return {name: known[name][0] for name in names}, sum(known[name][1] for name in names)

    def _latency(self, who: Candidate, name: str) -> float:
        network = self.family.plain(who.config, self.family.protocol(who.config, self.base))
        network = network.to(self.train.images.device)
        if name == "latency_seconds":
            return latency(network, self.validation.images[:100])
        return mean_latency(network, self.test.images)

    def _proxy(self, who: Candidate, name: str) -> float:
        proxy = proxies[name].factory
        batch = Part(self.train.images[:PROXY_IMAGES], self.train.labels[:PROXY_IMAGES])
        protocol = self.family.protocol(who.config, self.base)
        values = []
        for network in self._networks(who, protocol, who.seeds if proxy.depends_on_weights else who.seeds[:1]):
            with global_seed(derived_seed(OTHER_LAYERS, who.key), batch.labels.device):
                values.append(proxy.measure(network.to(batch.labels.device), batch))
        value = float(np.mean(values))
        if not np.isfinite(value):
            raise ArithmeticError(f"{name}: wanted a finite number, found {value}")
        return value
