"""On what a one-shot search works; without torch."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from nas_problems.array import check_count
from nas_problems.checked import check_fields
from nas_problems.network.available import check_torch

if TYPE_CHECKING:
    from nas_problems.datasets.images import ImageSet
    from nas_problems.network.fit import Part
    from nas_problems.network.shape import ImageShape
    from nas_problems.supernet.backbone import Backbone


@dataclass(frozen=True, slots=True)
class SearchProtocol:
    """How a supernet and the architecture parameters are trained.

    Args:
        epochs: Of the search; methods in stages divide them.
        batch_size: Images per step.
        learning_rate: Of the weights, at the start; falls by a cosine in steps of one epoch.
        last_learning_rate: Of the weights, in the end.
        momentum: Of the weights' gradient.
        weight_decay: Of the weights.
        clip: Largest norm of the weights' gradient.
        alpha_rate: Adam's rate for architecture parameters (or for a controller).
        alpha_decay: Weight decay of architecture parameters.

    Raises:
        ValueError: A number outside its range, or of another kind.

    Source: yang2020, table 2; liu2019, section 3.1.
    """

    epochs: int = 50
    batch_size: int = 64
    learning_rate: float = 0.025
    last_learning_rate: float = 0.001
    momentum: float = 0.9
    weight_decay: float = 3e-4
    clip: float = 5.0
    alpha_rate: float = 3e-4
    alpha_decay: float = 1e-3

    def __post_init__(self) -> None:
        check_fields(self)
        for name in (field.name for field in fields(self)):
            value, low = getattr(self, name), {"epochs": 1, "batch_size": 2}.get(name, 0)
            if not low <= value < math.inf:
                raise ValueError(f"{name}: wanted a number >= {low}, found {value}")
        if not self.clip:
            raise ValueError("clip: wanted a number > 0, found 0")

    def learning_rate_at(self, epoch: int, epochs: int | None = None) -> float:
        """The weights' learning rate in an epoch, counted from 0, of ``epochs`` (those of the search).

        >>> round(SearchProtocol(epochs=2).learning_rate_at(1), 3)
        0.013
        """
        share = epoch / (self.epochs if epochs is None else epochs)
        fall = 0.5 * (1.0 + math.cos(math.pi * share))
        return self.last_learning_rate + (self.learning_rate - self.last_learning_rate) * fall


@dataclass(frozen=True, eq=False)
class Setting:
    """What a search is given.

    Args:
        backbone: Builds its networks.
        shape: Of the images.
        train: Images that weights are trained on, on the device where all is computed.
        validation: Images that architectures are chosen by.
        protocol: How to train.
        seed: Of everything that is drawn, >= 0.

    Raises:
        ValueError: A part of fewer than two images, of which batch normalisation makes nothing; or another seed.
    """

    backbone: Backbone
    shape: ImageShape
    train: Part
    validation: Part
    protocol: SearchProtocol
    seed: int

    def __post_init__(self) -> None:
        check_count(self.seed, "seed")
        for name in ("train", "validation"):
            if (n := len(getattr(self, name))) < 2:
                raise ValueError(f"{name}: wanted at least 2 images, found {n}")

    @classmethod
    def of(
        cls,
        backbone: Backbone,
        images: ImageSet,
        *,
        protocol: SearchProtocol | None = None,
        seed: int = 1,
        device: str = "cpu",
    ) -> Setting:
        """A search on an image set: weights on its training part, architectures by its validation part.

        Args:
            backbone: Builds the networks.
            images: The image set; its test part is not used.
            protocol: How to train; None: as DARTS on CIFAR-10.
            seed: Of everything that is drawn.
            device: ``cpu``, ``cuda`` or ``cuda:0``.

        Raises:
            ValueError: No such device, or see ``Setting``.
            ImportError: torch is not installed.
        """
        check_torch("a supernet")
        from nas_problems.network.session import device_parts

        train, validation, _ = device_parts(images, device)
        return cls(backbone, images.shape, train, validation, protocol or SearchProtocol(), seed)
