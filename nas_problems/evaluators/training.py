"""Evaluation by training a network of torch when asked. torch is imported at the first evaluation."""

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from nas_problems.evaluation import MEAN_SEEDS, Evaluations, EvaluatorKind, Fidelities, Metric, Noise, NoiseKind
from nas_problems.evaluators.records import mean_of_records
from nas_problems.exception import describe
from nas_problems.network.available import check_torch
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.problem import Problem
from nas_problems.score import score_metrics
from nas_problems.space import Codes, SearchSpace

if TYPE_CHECKING:
    from nas_problems.datasets.images import ImageSet
    from nas_problems.datasets.so2sat import Split
    from nas_problems.network.family import Build, Family
    from nas_problems.network.session import TrainingSession
    from nas_problems.network.shape import ImageShape

METRICS = {
    **score_metrics("validation"),
    "train_accuracy": Metric("train_accuracy", "%", maximize=True, penalty=100.0),
    "train_loss": Metric("train_loss", penalty=1e6, range=(0.0, 5.0)),
    "train_seconds": Metric("train_seconds", "s", penalty=1e6, range=(0.0, 3600.0)),
    "n_parameters": Metric("n_parameters", penalty=1e12, range=(0.0, 1e7)),
    "n_flops": Metric("n_flops", penalty=1e15, range=(0.0, 1e10)),
    "latency_seconds": Metric("latency_seconds", "s", penalty=1e3, range=(0.0, 1.0)),
    "latency_milliseconds": Metric("latency_milliseconds", "ms", penalty=1e6, range=(0.0, 10.0)),
    **score_metrics("test"),
}
"""Overall and balanced accuracy and Cohen's kappa (OA, AA and kappa of remote sensing); accuracy and loss over the last
epoch's batches, while they were learned; seconds of training per seed; trained numbers; floating point operations of
one image (two per multiplication); seconds for a batch of 100 images; mean milliseconds of an image over the test part.
The ranges scale hypervolumes of several objectives."""


@dataclass(frozen=True, eq=False)
class TrainingEvaluator:
    """Validation accuracy of networks; every evaluation is a real training at measured cost.

    On the CPU, accuracies depend on nothing but the candidate, the seeds and torch's kernels: a batch, a
    repeated call and another process give the same. Each process trains a candidate once, remembers what
    it gave, and goes on where it stopped when more epochs are asked for.

    Noise ``mean`` averages over ``MEAN_SEEDS``, whose networks train as one where that is faster; then
    ``seed-k`` differs from its share of the mean by rounding, which training enlarges. A candidate that
    cannot be built for the images, needs too much time or memory, raises, or diverges is a failed row.

    Args:
        space: Candidates; its canonical form is what is trained.
        load_images: Gives the image set; called at the first evaluation.
        load_family: Gives the networks for images of a shape; called at the first evaluation.
        protocol: How to train.
        fidelities: Numbers of epochs that can be asked for; the last one is the protocol's.
        limit_seconds: For the training of one candidate, all seeds together.
        limit_bytes: Of memory for the training of one network.
        device: Where to train: ``cpu``, ``cuda``, ``cuda:1``.
        on_epoch: Told how many epochs of a training are done, after each; for progress bars.

    Raises:
        ValueError: A fidelity that does not end with the protocol's epochs, or a limit that is not positive.
    """

    space: SearchSpace
    load_images: "Callable[[], ImageSet]"
    load_family: "Callable[[ImageShape], Family]"
    protocol: TrainingProtocol
    fidelities: Fidelities
    limit_seconds: float = 3600.0
    limit_bytes: float = 4 * 2**30
    device: str = "cpu"
    on_epoch: Callable[[int], None] | None = None

    def __post_init__(self) -> None:
        if self.fidelities.name != "epochs" or self.fidelities.full != self.protocol.epochs:
            found = f"{self.fidelities.name}={self.fidelities.full:g}"
            raise ValueError(f"fidelities: wanted epochs up to {self.protocol.epochs}, found {found}")
        for name in ("limit_seconds", "limit_bytes"):
            if not 0 < getattr(self, name) <= math.inf:
                raise ValueError(f"{name}: wanted a positive number, found {getattr(self, name)}")

    def __getstate__(self) -> dict[str, object]:
        """Without the session: another process trains for itself."""
        return {name: value for name, value in self.__dict__.items() if name != "session"}

    @property
    def kind(self) -> EvaluatorKind:
        """Every evaluation is a training."""
        return "live"

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """See ``METRICS``."""
        return METRICS

    @property
    def noise_kinds(self) -> frozenset[NoiseKind]:
        """All but ``scaled``."""
        return frozenset({"mean", "sampled", "seed"})

    @property
    def remembers(self) -> bool:
        """Yes: every process trains a candidate once."""
        return True

    @cached_property
    def session(self) -> "TrainingSession":
        """What trains and remembers.

        Raises:
            ImportError: torch is not installed; the message has the command that installs it.
            DataUnavailableError: The image set is not available.
            ValueError: No such device.
        """
        check_torch("training a network")
        from nas_problems.network.session import TrainingSession

        images = self.load_images()
        return TrainingSession(
            self.load_family(images.shape),
            images,
            self.protocol,
            epochs=tuple(int(epoch) for epoch in self.fidelities.values),
            device=self.device,
            limit_seconds=self.limit_seconds,
            limit_bytes=self.limit_bytes,
            on_epoch=self.on_epoch,
        )

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """See ``Evaluator.evaluate``; one draw of ``rng`` per row with noise ``sampled``.

        Raises:
            ImportError: See ``session``.
            DataUnavailableError: See ``session``.
            ValueError: See ``session``; or a part of the protocol that the networks do not have.
        """
        codes = self.space.canonical(Z)
        values = {name: np.full(len(codes), np.nan) for name in metrics}
        cost = np.zeros(len(codes))
        reason: dict[int, str] = {}
        seeds = noise.seeds(len(codes), averaged=MEAN_SEEDS, rng=rng)
        configs = self.space.decode(codes)
        for row, (config, code) in enumerate(zip(configs, codes, strict=True)):
            key = candidate_key(self.space, code)
            outcome = self.session.outcome(config, key=key, seeds=seeds[row], epoch=int(fidelity))
            cost[row] = outcome.seconds
            if outcome.failure is not None:
                reason[row] = outcome.failure
                continue
            by_seed = {
                **outcome.validation.named("validation"),
                **outcome.test.named("test"),
                "train_accuracy": outcome.train_accuracy,
                "train_loss": outcome.train_loss,
            }
            found = {
                name: float(mean_of_records(records[None, :], unit=METRICS[name].unit)[0])
                for name, records in by_seed.items()
            } | {
                "train_seconds": outcome.seconds / len(seeds[row]),
            }
            if not found.keys() >= values.keys():
                try:
                    found |= self.session.measures(config, latencies=values)
                except Exception as error:  # FLOPs of what cannot be followed, say
                    reason[row] = describe(error)
                    continue
            for name in values:
                values[name][row] = found[name]
        failed = np.zeros(len(codes), dtype=np.bool_)
        failed[list(reason)] = True
        return Evaluations(values, cost, failed, reason)


def candidate_key(space: SearchSpace, code: Codes) -> int:
    """A number >= 0 that is the same for equal codes: the index on a finite space of at most 2^63 codes,
    else the bytes of the code.
    """
    if space.size is not None and space.size <= np.iinfo(np.int64).max:
        return int(space.index_of(code[None])[0])
    return int.from_bytes(np.ascontiguousarray(code).astype("<f8").tobytes(), "little")


def default_device() -> str:
    """Where networks train if nothing else is said: ``$IOHNAS_DEVICE``, else ``cpu``."""
    return os.environ.get("IOHNAS_DEVICE", "cpu")


def named_images(name: str, *, split: "Split | None" = None, share: float = 1.0) -> "ImageSet":
    """See ``nas_problems.datasets.image_sets.load_image_set``; imported when it is called."""
    from nas_problems.datasets.image_sets import load_image_set

    return load_image_set(name, split=split, share=share)


def _networks(build: "Build", shape: "ImageShape") -> "Family":
    from nas_problems.network.family import NetworkFamily

    return NetworkFamily(shape, build)


def from_network(
    build: "Build",
    space: SearchSpace,
    images: "str | Callable[[], ImageSet]",
    *,
    name: str,
    protocol: TrainingProtocol,
    epochs: tuple[int, ...] = (),
    function_id: int = 30_000,
    limit_seconds: float = 3600.0,
    limit_bytes: float = 4 * 2**30,
    device: str | None = None,
    source: str = "own",
) -> Problem:
    """A problem from a function that builds networks in torch; every evaluation is a real training.

    Its metrics are those of ``METRICS``: accuracies, loss, seconds, parameters, FLOPs, latency. It is as repeatable
    as the problems that come with iohnas: initial weights, order of the images and dropout are drawn from
    the seed alone.

    Args:
        build: ``f(config, shape) -> module``, untrained; ``config`` is a dict of parameter values, the
            module turns images (batch, channels, height, width) into logits (batch, classes). It may
            raise: that evaluation has failed then.
        space: The candidates. A parameter that is named like a part of the protocol, such as
            ``learning_rate`` or ``cutout``, sets it.
        images: Name of an image set, or a function that gives one.
        name: Name in logs and files.
        protocol: How to train.
        epochs: Fidelities, increasing; the last one is the protocol's. None given: only that one.
        function_id: A number in 30000 ... 32767, the same in all your studies.
        limit_seconds: See ``TrainingEvaluator``.
        limit_bytes: See ``TrainingEvaluator``.
        device: Where to train; None: see ``default_device``.
        source: What to cite.

    Raises:
        ValueError: A name or id that logs cannot carry, epochs that do not end with the protocol's, or a
            limit that is not positive.
    """
    evaluator = TrainingEvaluator(
        space,
        partial(named_images, images) if isinstance(images, str) else images,
        partial(_networks, build),
        protocol,
        Fidelities("epochs", epochs or (protocol.epochs,), continued=True),
        limit_seconds=limit_seconds,
        limit_bytes=limit_bytes,
        device=device or default_device(),
    )
    return training_problem(evaluator, name=name, function_id=function_id, source=source)


def training_problem(evaluator: TrainingEvaluator, *, name: str, function_id: int, source: str) -> Problem:
    """Validation error of an evaluator's networks; their test accuracy is for reports.

    Raises:
        ValueError: A name or id that logs cannot carry.
    """
    return Problem(
        name=name,
        function_id=function_id,
        base_space=evaluator.space,
        evaluator=evaluator,
        objectives=(METRICS["validation_accuracy"],),
        source=source,
        test_metric="test_accuracy",
    )
