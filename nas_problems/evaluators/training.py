"""Evaluation by training a network of torch when asked. torch is imported at the first evaluation."""

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nas_problems.evaluation import MEAN_SEEDS, Evaluations, Fidelities, Metric, Noise
from nas_problems.evaluators.live import LiveTraining, trainings_folder
from nas_problems.evaluators.records import mean_of_records
from nas_problems.exception import reason_of
from nas_problems.network.available import check_torch
from nas_problems.network.candidate import LATENCIES, Candidate
from nas_problems.network.grade import Axis, Grade, grades_of
from nas_problems.network.protocol import TrainingProtocol, UnknownPartError
from nas_problems.network.shape import ImpossibleShapeError
from nas_problems.problem import Problem
from nas_problems.proxy.registry import proxy_metrics
from nas_problems.score import score_metrics
from nas_problems.space import Codes, SearchSpace

if TYPE_CHECKING:
    from nas_problems.datasets.images import ImageSet
    from nas_problems.datasets.so2sat import Split
    from nas_problems.network.family import Build, Family
    from nas_problems.network.outcome import Outcome
    from nas_problems.network.session import TrainingSession
    from nas_problems.network.shape import ImageShape

METRICS = {
    **score_metrics("validation"),
    "train_accuracy": Metric("train_accuracy", "%", maximize=True, penalty=100.0),
    "train_loss": Metric("train_loss", penalty=1e6, range=(0.0, 5.0)),
    "train_seconds": Metric("train_seconds", "s", penalty=1e6, range=(0.0, 3600.0)),
    "latency_seconds": Metric("latency_seconds", "s", penalty=1e3, range=(0.0, 1.0)),
    "latency_milliseconds": Metric("latency_milliseconds", "ms", penalty=1e6, range=(0.0, 10.0)),
    **score_metrics("test"),
}
"""Overall and balanced accuracy and Cohen's kappa (OA, AA and kappa of remote sensing); accuracy and loss over the last
epoch's batches, while they were learned; seconds of training per seed; seconds for a batch of 100 images; mean
milliseconds of an image over the test part. The ranges scale hypervolumes of several objectives."""


@cache
def network_metrics() -> Mapping[str, Metric]:
    """Every metric of a network: ``METRICS``, and those of all zero-cost proxies, see ``nas_problems.proxy``."""
    return {**METRICS, **proxy_metrics()}


@dataclass(frozen=True, eq=False)
class TrainingEvaluator(LiveTraining):
    """Validation accuracy of networks; every evaluation is a real training at measured cost.

    On the CPU, accuracies depend on nothing but the candidate, the seeds and torch's kernels: a batch, a
    repeated call and another process give the same. Each process trains a candidate once, remembers what
    it gave, and goes on where it stopped when more epochs are asked for. Nothing is trained for metrics that are
    known without it (latency, parameters, FLOPs and the other zero-cost proxies); they cost the time that measuring
    them took.

    Noise ``mean`` averages over ``MEAN_SEEDS``, whose networks train as one where that is faster. Each has the initial
    weights and the order of the images of its ``seed-k``, from which its share of the mean differs by rounding alone,
    which training enlarges, as long as a training draws nothing else. Whatever else it draws comes from all seeds
    together: crops, flips, cutout, mixup and AutoAugment once for all networks of the mean (the images at one place of
    a batch are changed alike, batches are mixed in one share), dropout and drop path for each network. With any of
    these, ``mean`` is an average over other trainings than those of ``seed-k``, as far from their mean as trainings
    differ. A candidate that cannot be built for the images, needs too much time or memory, raises, or diverges is a
    failed row.

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
        trainings: Folder in which paused trainings are kept, so that they go on after a kill, and in other processes
            that share it; None: ``$IOHNAS_TRAININGS``, and where that is not set, in memory and temporary files.
        grades: What each fidelity stands for; None: it is a number of epochs. See ``nas_problems.network.grade``.
        load_narrow: Gives networks with a share of the channels for images of a shape; None: they cannot be narrower.
        sharing: An evaluator that trains the same, whose trainings are remembered as well; see ``keeping``.

    Raises:
        ValueError: Fidelities that do not end with the whole training of the protocol, networks that cannot be as
            narrow as a fidelity wants them, or a limit that is not positive.
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
    trainings: Path | None = None
    grades: Mapping[float, Grade] | None = None
    load_narrow: "Callable[[ImageShape, float], Family] | None" = None
    sharing: "TrainingEvaluator | None" = None

    def __post_init__(self) -> None:
        if self.grades is None:
            if self.fidelities.name != "epochs" or self.fidelities.full != self.protocol.epochs:
                found = f"{self.fidelities.name}={self.fidelities.full:g}"
                raise ValueError(f"fidelities: wanted epochs up to {self.protocol.epochs}, found {found}")
        elif set(self.grades) != set(self.fidelities.values):
            raise ValueError(f"grades: wanted those of {self.fidelities.values}, found {tuple(self.grades)}")
        elif (found_grade := self.grades[self.fidelities.full]) != Grade(self.protocol.epochs):
            raise ValueError(f"grades: wanted {Grade(self.protocol.epochs)} as the full one, found {found_grade}")
        elif self.load_narrow is None and any(grade.width < 1 for grade in self.grades.values()):
            raise ValueError("width: wanted a family that can be narrower, found load_narrow=None")
        for name in ("limit_seconds", "limit_bytes"):
            if not 0 < getattr(self, name) <= math.inf:
                raise ValueError(f"{name}: wanted a positive number, found {getattr(self, name)}")

    def __getstate__(self) -> dict[str, object]:
        """Without the session: another process trains for itself."""
        own = {name: value for name, value in self.__dict__.items() if name not in ("session", "_sessions")}
        return own | {"sharing": None}

    def keeping(self, folder: Path) -> "TrainingEvaluator":
        """This evaluator with its paused trainings kept in a folder, unless it keeps them already.

        It remembers what this one has trained.
        """
        if trainings_folder(self.trainings) is not None:
            return self
        return replace(self, trainings=folder, sharing=self)

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """See ``network_metrics``."""
        return network_metrics()

    @cached_property
    def session(self) -> "TrainingSession":
        """What trains and remembers.

        Raises:
            ImportError: torch is not installed; the message has the command that installs it.
            DataUnavailableError: The image set is not available.
            ValueError: No such device.
        """
        return self._session(self._grade(self.fidelities.full))

    def prepare(self) -> None:
        """See ``Problem.prepare``."""
        check_torch("training a network")
        self.load_images()

    def _grade(self, fidelity: float) -> Grade:
        return Grade(int(fidelity)) if self.grades is None else self.grades[fidelity]

    @cached_property
    def _sessions(self) -> "dict[tuple[float, float, float], TrainingSession]":
        return {}  # by what a training cannot change while it goes on

    def _session(self, grade: Grade) -> "TrainingSession":
        """See ``session``; of all trainings in the same surroundings."""
        if grade.surroundings not in self._sessions:
            self._sessions[grade.surroundings] = self._made(grade)
        return self._sessions[grade.surroundings]

    def _made(self, grade: Grade) -> "TrainingSession":
        check_torch("training a network")
        if self.sharing is not None and self.trainings is not None:
            return self.sharing._session(grade).keeping(self.trainings)
        from nas_problems.network.session import TrainingSession

        images = self.load_images().at_resolution(grade.resolution).with_share(grade.train_share)
        narrow = self.load_narrow
        grades = [self._grade(value) for value in self.fidelities.values]
        return TrainingSession(
            self.load_family(images.shape) if narrow is None else narrow(images.shape, grade.width),
            images,
            self.protocol,
            epochs=tuple(sorted({each.epochs for each in grades if each.surroundings == grade.surroundings})),
            device=self.device,
            limit_seconds=self.limit_seconds,
            limit_bytes=self.limit_bytes,
            on_epoch=self.on_epoch,
            folder=trainings_folder(self.trainings),
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
        grade = self._grade(fidelity)
        session = self._session(grade)
        known = self.metrics
        untrained = tuple(name for name in metrics if known[name].zero_cost or name in LATENCIES)
        for row, (config, code) in enumerate(zip(configs, codes, strict=True)):
            who = Candidate(config, candidate_key(self.space, code), seeds[row])
            trained: dict[str, float] = {}
            if len(untrained) < len(metrics):
                outcome = session.outcome(who, epoch=grade.epochs)
                cost[row] = outcome.seconds
                if outcome.failure is not None:
                    reason[row] = outcome.failure
                    continue
                trained = _averages(outcome)
            try:
                measured, seconds = session.measures(who, untrained)
            except UnknownPartError:  # the setting is wrong, whoever the candidate is
                raise
            except ImpossibleShapeError as error:
                reason[row] = str(error)
                continue
            except Exception as error:  # FLOPs of what cannot be followed, say
                reason[row] = reason_of(error)
                continue
            trained |= measured
            if len(untrained) == len(metrics):
                cost[row] = seconds
            for name in values:
                values[name][row] = trained[name]
        failed = np.zeros(len(codes), dtype=np.bool_)
        failed[list(reason)] = True
        return Evaluations(values, cost, failed, reason)


def _averages(outcome: "Outcome") -> dict[str, float]:
    """What a training gave, over its seeds."""
    by_seed = {
        **outcome.validation.named("validation"),
        **outcome.test.named("test"),
        "train_accuracy": outcome.train_accuracy,
        "train_loss": outcome.train_loss,
    }
    means = {
        name: float(mean_of_records(records[None, :], unit=METRICS[name].unit)[0]) for name, records in by_seed.items()
    }
    return means | {"train_seconds": outcome.seconds / len(outcome.train_loss)}


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
    axis: Axis = "epochs",
) -> Problem:
    """A problem from a function that builds networks in torch; every evaluation is a real training.

    Its metrics are those of ``network_metrics``: accuracies, loss, seconds, latency, parameters, FLOPs and the other
    zero-cost proxies. It is as repeatable
    as the problems that come with iohnas: initial weights, order of the images and dropout are drawn
    from the seed only.

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
        axis: The kind of fidelities, see ``nas_problems.network.grade``: ``epochs``, ``train_share``, ``resolution``,
            or two at once; not ``width``, as only ``build`` knows how to make its networks narrower.

    Raises:
        ValueError: A name or id that logs cannot carry, epochs that do not end with the protocol's, or a
            limit that is not positive.
    """
    fidelities, grades = grades_of(axis, epochs or (protocol.epochs,))
    evaluator = TrainingEvaluator(
        space,
        partial(named_images, images) if isinstance(images, str) else images,
        partial(_networks, build),
        protocol,
        fidelities,
        grades=None if axis == "epochs" else grades,
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
