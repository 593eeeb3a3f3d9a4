"""Evaluation of networks that inherit their parent's weights. torch is imported at the first evaluation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nas_problems.evaluation import MEAN_SEEDS, Evaluations, Fidelities, Metric, Noise
from nas_problems.evaluators.live import LiveTraining, trainings_folder
from nas_problems.evaluators.records import mean_of_records
from nas_problems.evaluators.training import METRICS as TRAINING_METRICS
from nas_problems.evaluators.training import network_metrics
from nas_problems.exception import reason_of
from nas_problems.network.available import check_torch
from nas_problems.network.lineage import Lineage
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.space import Codes, SearchSpace

if TYPE_CHECKING:
    from nas_problems.datasets.images import ImageSet
    from nas_problems.network.growth import Growth

_TRAINED = ("validation_accuracy", "test_accuracy", "train_seconds")
_ZERO_COST = ("n_parameters", "n_flops")


@dataclass(frozen=True, eq=False)
class InheritingEvaluator(LiveTraining):
    """Validation accuracy of networks that grow by morphisms; each is trained from its trained parent's weights.

    A candidate is its list of generations, so that its value does not depend on what was evaluated before: its
    ancestors are trained in turn, each for the protocol's epochs. Each process trains an ancestor once, and
    remembers its weights, or that it diverged or took too long. The cost of a candidate is that of its own generation,
    and of ancestors that were not evaluated before, also where one of these fails.

    Every seed is trained on its own: noise ``mean`` is the mean of ``seed-k``.

    Args:
        lineage: How networks grow, and the space.
        load_images: Gives the image set; called at the first evaluation.
        protocol: How a generation is trained.
        inherits: Whether weights are inherited; else every candidate is trained once, from scratch.
        limit_seconds: For the training of one generation.
        device: Where to train: ``cpu``, ``cuda``, ``cuda:1``.
        trainings: Folder in which trained ancestors are kept, see ``TrainingEvaluator``; None: in memory.

    Raises:
        ValueError: A limit that is not positive.
    """

    lineage: Lineage
    load_images: "Callable[[], ImageSet]"
    protocol: TrainingProtocol
    inherits: bool = True
    limit_seconds: float = 600.0
    device: str = "cpu"
    trainings: Path | None = None

    def __post_init__(self) -> None:
        if not self.limit_seconds > 0:
            raise ValueError(f"limit_seconds: wanted a positive number, found {self.limit_seconds}")

    def __getstate__(self) -> dict[str, object]:
        """Without what has been trained: another process trains for itself."""
        return {name: value for name, value in self.__dict__.items() if name != "_growth"}

    @property
    def space(self) -> SearchSpace:
        """That of the lineage."""
        return self.lineage.space

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """Accuracies, seconds, parameters and FLOPs, see ``network_metrics``."""
        return {name: network_metrics()[name] for name in (*_TRAINED, *_ZERO_COST)}

    @property
    def fidelities(self) -> Fidelities:
        """Only the epochs of a generation."""
        return Fidelities("epochs", (float(self.protocol.epochs),))

    def keeping(self, folder: Path) -> "InheritingEvaluator":
        """This evaluator with what it has trained kept in a folder, unless it keeps it already."""
        return replace(self, trainings=folder) if trainings_folder(self.trainings) is None else self

    def prepare(self) -> None:
        """See ``Problem.prepare``."""
        check_torch("training a network")
        self.load_images()

    @cached_property
    def _growth(self) -> "Growth":
        check_torch("training a network")
        from nas_problems.network.growth import Growth

        return Growth(
            self.lineage,
            self.load_images(),
            self.protocol,
            inherits=self.inherits,
            limit_seconds=self.limit_seconds,
            device=self.device,
            folder=trainings_folder(self.trainings),
        )

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """See ``Evaluator.evaluate``; one draw of ``rng`` per row with noise ``sampled``.

        Raises:
            ImportError: torch is not installed; the message has the command that installs it.
            DataUnavailableError: The image set is not available.
            ValueError: A part of the protocol that the networks do not have, or cannot be applied to the images.
        """
        codes = self.space.canonical(Z)
        values = {name: np.full(len(codes), np.nan) for name in metrics}
        cost = np.zeros(len(codes))
        reason: dict[int, str] = {}
        from nas_problems.network.growth import GenerationError

        growth = self._growth  # what is missing here is missing for every candidate, and fails none of them
        for row, (code, seeds) in enumerate(
            zip(codes, noise.seeds(len(codes), averaged=MEAN_SEEDS, rng=rng), strict=True)
        ):
            measured: dict[str, float] = {}
            try:
                if any(name in _ZERO_COST for name in metrics):
                    measured |= growth.sizes(code)
                if any(name in _TRAINED for name in metrics):
                    results = []
                    for seed in seeds:
                        results.append(growth.result(code, seed))
                        cost[row] += results[-1].charged_seconds
                    for name in _TRAINED:
                        records = np.array([[getattr(result, name) for result in results]])
                        measured[name] = float(mean_of_records(records, unit=TRAINING_METRICS[name].unit)[0])
            except GenerationError as error:
                reason[row] = error.reason
                cost[row] += error.seconds
                continue
            except Exception as error:  # FLOPs of what cannot be followed, say
                reason[row] = reason_of(error)
                continue
            for name in values:
                values[name][row] = measured[name]
        failed = np.zeros(len(codes), dtype=np.bool_)
        failed[list(reason)] = True
        return Evaluations(values, cost, failed, reason)
