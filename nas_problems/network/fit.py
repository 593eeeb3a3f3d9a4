"""Training of stacks of networks, epoch by epoch."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from nas_problems.array import FloatArray
from nas_problems.network.augment import Augmentation, auto_augmented, draw_augmentations
from nas_problems.network.initialize import global_seed, initialize
from nas_problems.network.layer import RampedDropPath, RandomLayer
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.score import Scores, score

WEIGHTS, ORDER, AUGMENTATION, LAYERS, OTHER_LAYERS, POLICY = 1, 2, 3, 4, 5, 6
"""Streams of randomness: the first word of ``derived_seed``."""


class TimeLimitError(RuntimeError):
    """A training took longer than it may."""


class Stack(Protocol):
    """What a stack of K networks has, apart from being a module."""

    n_networks: int

    def load(self, states: Sequence[Mapping[str, Tensor]]) -> None:
        """Take the weights of K plain networks, given as their state dicts."""
        ...


class SeparateStack(nn.Module):
    """Plain networks one after the other, as a stack; for those that gain nothing from being one module."""

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)
        self.n_networks = len(networks)

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Images (batch, channels, height, width), or (batch, K, channels, height, width) where every
        network sees its own, to logits (batch, K, classes), or those of both heads.
        """
        outputs = [network(images if images.dim() == 4 else images[:, k]) for k, network in enumerate(self.networks)]
        if isinstance(outputs[0], tuple):
            return tuple(torch.stack(parts, dim=1) for parts in zip(*outputs, strict=True))
        return torch.stack(outputs, dim=1)

    def load(self, states: Sequence[Mapping[str, Tensor]]) -> None:
        """Take the weights of K plain networks, given as their state dicts."""
        for network, state in zip(self.networks, states, strict=True):
            network.load_state_dict(state)


@dataclass(frozen=True, eq=False)
class Part:
    """Images and their classes, resident on the device.

    Args:
        images: float32, shape (n, channels, height, width), standardised.
        labels: int64, shape (n,).
        mean: What was subtracted from every channel of pixels in [0, 1], (channels,); None: not known.
        deviation: What they were then divided by, (channels,).
    """

    images: Tensor
    labels: Tensor
    mean: Tensor | None = None
    deviation: Tensor | None = None

    def __len__(self) -> int:
        return len(self.labels)


def derived_seed(*words: int) -> int:
    """A seed that is derived from numbers >= 0."""
    return int(np.random.SeedSequence(words).generate_state(1)[0])


def initial_state(network: nn.Module, *, seed: int, key: int) -> dict[str, Tensor]:
    """Draw a plain network's initial weights, which depend on the seed and on who it is.

    Args:
        network: Changed in place.
        seed: Of the training.
        key: Number of the candidate, >= 0.
    """
    initialize(network, torch.Generator().manual_seed(derived_seed(WEIGHTS, seed, key)))
    return network.state_dict()


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread: small networks are fastest so, and sums have the same order everywhere."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def clock_of(device: torch.device | str) -> Callable[[], float]:
    """What training on a device is timed by: on the CPU without the time that the thread waited for a core.

    >>> clock_of("cpu") is time.thread_time
    True
    """
    return time.thread_time if torch.device(device).type == "cpu" else time.perf_counter


def decayed(stack: nn.Module, protocol: TrainingProtocol) -> list[dict[str, Any]]:
    """A network's parameters as groups of an optimizer, by how much they decay.

    Kernels are the weights of convolutions and of dense, recurrent and embedding layers: what has at least two
    dimensions and is not named a bias. Those of normalisations have one.

    Args:
        stack: One network or several.
        protocol: Its ``weight_decay`` and ``l2``.
    """
    if not protocol.l2:
        return [{"params": list(stack.parameters()), "weight_decay": protocol.weight_decay}]
    named = list(stack.named_parameters())
    is_kernel = [parameter.dim() > 1 and "bias" not in name for name, parameter in named]  # a stack's biases have two
    groups = [
        {
            "params": [parameter for (_, parameter), kernel in zip(named, is_kernel, strict=True) if kernel is wanted],
            "weight_decay": protocol.weight_decay + (2.0 * protocol.l2 if wanted else 0.0),
        }
        for wanted in (True, False)
    ]
    return [group for group in groups if group["params"]]


@dataclass
class LearningCurve:
    """What was seen while training, one row per epoch, each (K,).

    Args:
        train_loss: Mean loss over the epoch's batches, as minimised.
        train_accuracy: Share of right answers on the epoch's batches in percent, while they were learned.
    """

    train_loss: list[FloatArray] = field(default_factory=list)
    train_accuracy: list[FloatArray] = field(default_factory=list)


class StackTraining:
    """A stack of networks in training; it can be evaluated in between, and continued.

    All randomness is derived from a seed and the epoch, so that a training that is continued goes on
    as if it had never stopped; that of torch's own layers, too.

    Args:
        stack: A module that is a ``Stack`` and gives logits (batch, K, classes).
        part: The training part, on the stack's device.
        protocol: How to train.
        seeds: One seed for all networks, which then see the same batches; or one per network, from which only the order
            of its images is drawn: changes of images are drawn once for all networks, and those of layers for each,
            from all seeds together, so that they are not those of a training with one of the seeds.
        clock: Seconds since any moment.
        limit_seconds: Of training, by the clock.
    """

    def __init__(
        self,
        stack: nn.Module,
        part: Part,
        protocol: TrainingProtocol,
        *,
        seeds: Sequence[int],
        clock: Callable[[], float] = time.perf_counter,
        limit_seconds: float = math.inf,
    ) -> None:
        self.stack, self.part, self.protocol = stack, part, protocol
        self.seeds = tuple(seeds) if len(set(seeds)) > 1 else (seeds[0],)
        self.clock, self.limit_seconds = clock, limit_seconds
        self.epoch = 0
        self.train_seconds = 0.0
        self.curve = LearningCurve()
        device = part.labels.device
        self._optimizer = torch.optim.SGD(
            decayed(stack, protocol),
            lr=protocol.learning_rate,
            momentum=protocol.momentum,
            nesterov=protocol.nesterov,
            fused=True,
        )
        for place, layer in enumerate(self._random_layers()):
            seed = derived_seed(LAYERS, *self.seeds, place)
            layer.generator = torch.Generator(device).manual_seed(seed)

    def state(self) -> dict[str, Any]:
        """All that ``restore`` needs to go on from here: tensors, numbers and lists, as torch nests them."""
        generators = [layer.generator for layer in self._random_layers()]
        return {
            "stack": self.stack.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "epoch": self.epoch,
            "train_seconds": self.train_seconds,
            "train_loss": [values.tolist() for values in self.curve.train_loss],
            "train_accuracy": [values.tolist() for values in self.curve.train_accuracy],
            "generators": [generator.get_state() for generator in generators if generator is not None],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where another training of the same stack and protocol was, as if it had never stopped.

        Raises:
            ValueError: Another number of epochs than there are points of the learning curve, or a time that cannot be.
            Exception: What torch raises where the state is that of another stack.
        """
        epoch, seconds = state["epoch"], float(state["train_seconds"])
        if not epoch == len(state["train_loss"]) == len(state["train_accuracy"]) or not 0 <= seconds < math.inf:
            raise ValueError(f"state: wanted the curve of {epoch} epochs, found {len(state['train_loss'])} points")
        self.stack.load_state_dict(state["stack"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.epoch, self.train_seconds = int(epoch), seconds
        self.curve = LearningCurve(
            [np.asarray(values, dtype=np.float64) for values in state["train_loss"]],
            [np.asarray(values, dtype=np.float64) for values in state["train_accuracy"]],
        )
        for layer, values in zip(self._random_layers(), state["generators"], strict=True):
            assert layer.generator is not None
            layer.generator.set_state(values.cpu())

    def _random_layers(self) -> list[RandomLayer]:
        return [layer for layer in self.stack.modules() if isinstance(layer, RandomLayer)]

    def run_to(self, epoch: int, *, on_epoch: Callable[[int], None] | None = None) -> None:
        """Train until ``epoch`` epochs are done.

        Args:
            epoch: Number of epochs in all.
            on_epoch: Told the number of epochs done, after each.

        Raises:
            TimeLimitError: Training took longer than it may; the stack is of no further use.
            torch.OutOfMemoryError: The device has too little memory.
        """
        self.stack.train()
        while self.epoch < epoch:
            start = self.clock()
            for group in self._optimizer.param_groups:
                group["lr"] = self.protocol.learning_rate_at(self.epoch)
            for layer in self.stack.modules():
                if isinstance(layer, RampedDropPath):
                    layer.share = self.epoch / self.protocol.epochs
            with global_seed(derived_seed(OTHER_LAYERS, *self.seeds, self.epoch), self.part.labels.device):
                self._run_epoch(start)
            self.epoch += 1
            self.train_seconds += self.clock() - start
            if on_epoch is not None:
                on_epoch(self.epoch)

    def _run_epoch(self, start: float) -> None:
        n, batch_size, device = len(self.part), self.protocol.batch_size, self.part.labels.device
        orders = [
            torch.randperm(n, generator=torch.Generator().manual_seed(derived_seed(ORDER, seed, self.epoch)))
            for seed in self.seeds
        ]
        order = (orders[0] if len(orders) == 1 else torch.stack(orders, dim=1)).to(device)
        batches = [rows for rows in torch.split(order, batch_size) if len(rows) > 1]  # batch normalisation needs two
        rng = np.random.default_rng(derived_seed(AUGMENTATION, *self.seeds, self.epoch))
        height, width = self.part.images.shape[-2:]
        changes = draw_augmentations(self.protocol, list(map(len, batches)), height, width, rng, device)
        pixels = self._pixels()
        losses, right, n_seen = [], [], 0
        for rows, change in zip(batches, changes, strict=True):
            if self.train_seconds + self.clock() - start > self.limit_seconds:
                raise TimeLimitError(f"exceeded the time limit of {self.limit_seconds:g} s")
            loss, correct = self._step(pixels[rows], self.part.labels[rows], change)
            losses.append(loss * len(rows))
            right.append(correct)
            n_seen += len(rows)
        self.curve.train_loss.append((torch.stack(losses).sum(dim=0) / n_seen).double().cpu().numpy())
        self.curve.train_accuracy.append(100.0 * torch.stack(right).sum(dim=0).double().cpu().numpy() / n_seen)

    def _pixels(self) -> Tensor:
        """The images of the epoch."""
        part = self.part
        if not self.protocol.auto_augment:
            return part.images
        return auto_augmented(part.images, part.mean, part.deviation, derived_seed(POLICY, *self.seeds, self.epoch))

    def _step(self, images: Tensor, labels: Tensor, change: Augmentation) -> tuple[Tensor, Tensor]:
        """One step; each network's loss and number of right answers, (K,), left on the device."""
        outputs = self.stack(change(images))
        logits = outputs[0] if isinstance(outputs, tuple) else outputs
        targets = labels[:, None].expand(logits.shape[:2]) if labels.dim() == 1 else labels
        loss = self._loss(logits, targets, change)
        if isinstance(outputs, tuple):
            loss = loss + self.protocol.auxiliary_weight * self._loss(outputs[1], targets, change)
        self._optimizer.zero_grad()
        torch.autograd.backward(loss.sum())  # networks share no weights: the sum's gradient is each one's own
        self._optimizer.step()
        return loss.detach(), (logits.detach().argmax(dim=2) == targets).sum(dim=0)

    def _loss(self, logits: Tensor, targets: Tensor, change: Augmentation) -> Tensor:
        """Mean cross-entropy of each network over the batch, (K,)."""

        def loss(wanted: Tensor) -> Tensor:
            values = functional.cross_entropy(
                logits.flatten(0, 1),
                wanted.flatten(),
                reduction="none",
                label_smoothing=self.protocol.label_smoothing,
            )
            return values.view(targets.shape).mean(dim=0)

        if change.share == 1.0:
            return loss(targets)
        return change.share * loss(targets) + (1.0 - change.share) * loss(targets[change.partners])

    def accuracy(self, part: Part, *, batch_size: int = 100) -> FloatArray:
        """Share of right answers in percent, shape (K,); NaN where logits are not finite."""
        return self.scores(part, batch_size=batch_size).accuracy

    def scores(self, part: Part, *, batch_size: int = 100) -> Scores:
        """How good the K networks' answers are; NaN where logits are not finite."""
        self.stack.eval()
        answers, finite = [], []
        with torch.no_grad():
            for images in torch.split(part.images, batch_size):
                logits = self.stack(images)
                answers.append(logits.argmax(dim=2))
                finite.append(logits.isfinite().all(dim=2).all(dim=0))
        scores = score(torch.cat(answers).cpu().numpy(), part.labels.cpu().numpy())
        kept = torch.stack(finite).all(dim=0).cpu().numpy()
        columns = (scores.accuracy, scores.balanced_accuracy, scores.kappa)
        return Scores(*(np.where(kept, column, np.nan) for column in columns))
