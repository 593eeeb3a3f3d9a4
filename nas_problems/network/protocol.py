"""How networks are trained; without torch."""

import math
from dataclasses import asdict, dataclass
from typing import Literal

from nas_problems.checked import check_fields

Schedule = Literal["constant", "cosine"]


class UnknownPartError(ValueError):
    """A part of a protocol that networks of a family do not have: the setting is wrong, not a candidate."""


@dataclass(frozen=True, slots=True)
class TrainingProtocol:
    """Stochastic gradient descent on categorical cross-entropy, and what may be added to it.

    Args:
        epochs: Of a full training, and the horizon of a cosine schedule.
        batch_size: Images per step; a last batch of one image is left out.
        learning_rate: At the start.
        momentum: Of the gradient.
        nesterov: Whether the momentum is Nesterov's; wants some.
        weight_decay: L2 penalty on all weights, as the factor of the weight in its gradient.
        l2: L2 penalty on the kernels of layers alone, biases and normalisations left out, as the factor of the sum of
            squares in the loss.
        schedule: ``cosine``: from the learning rate to nothing, in steps of one epoch.
        label_smoothing: Share of the target that is spread over all classes.
        cutout: Width in pixels of a square of zeros in every image; 0: none.
        mixup: Both parameters of the beta distribution that mixes pairs of images; 0: none.
        drop_path: Probability with which a path gives nothing for an image.
        auxiliary_weight: Weight of the loss of a second head; 0: there is none.
        crop: Zeros in pixels around every image, of which a part of the image's size is taken; 0: none.
        flip: Whether images are mirrored, left to right, with probability one half.
        auto_augment: Whether every image goes through a random sub-policy of AutoAugment's for CIFAR-10 in every
            epoch; for images of three channels, and needs torchvision.

    Raises:
        ValueError: A number outside its range, or Nesterov's momentum of 0.

    Source: vanstein2020, section 3 (batch 100, 50 epochs, constant rate); szegedy2016, section 7;
    devries2017; zhang2018, section 2; larsson2017; szegedy2015, section 5; he2016, section 4.2;
    cubuk2019, table 7.

    >>> protocol = TrainingProtocol(epochs=10, learning_rate=0.1, schedule="cosine")
    >>> protocol.learning_rate_at(5) < protocol.learning_rate
    True
    """

    epochs: int = 50
    batch_size: int = 100
    learning_rate: float = 0.1
    momentum: float = 0.9
    nesterov: bool = False
    weight_decay: float = 0.0
    l2: float = 0.0
    schedule: Schedule = "constant"
    label_smoothing: float = 0.0
    cutout: int = 0
    mixup: float = 0.0
    drop_path: float = 0.0
    auxiliary_weight: float = 0.0
    crop: int = 0
    flip: bool = False
    auto_augment: bool = False

    def __post_init__(self) -> None:
        check_fields(self)
        for name, low, high in (
            ("epochs", 1, math.inf),
            ("batch_size", 2, math.inf),
            ("learning_rate", 0, math.inf),
            ("momentum", 0, 1),
            ("weight_decay", 0, math.inf),
            ("l2", 0, math.inf),
            ("label_smoothing", 0, 1),
            ("cutout", 0, math.inf),
            ("mixup", 0, math.inf),
            ("drop_path", 0, 1),
            ("auxiliary_weight", 0, math.inf),
            ("crop", 0, math.inf),
        ):
            value = getattr(self, name)
            if not low <= value < high:
                raise ValueError(f"{name}: wanted a number in [{low}, {high}), found {value}")
        if self.nesterov and self.momentum == 0:
            raise ValueError("momentum: wanted more than 0 with nesterov=True, found 0")

    def learning_rate_at(self, epoch: int) -> float:
        """The learning rate in an epoch, counted from 0.

        >>> TrainingProtocol(epochs=4, schedule="cosine").learning_rate_at(2)
        0.05
        """
        if self.schedule == "constant":
            return self.learning_rate
        return self.learning_rate * 0.5 * (1.0 + math.cos(math.pi * epoch / self.epochs))

    def record(self) -> dict[str, float | str]:
        """All of it, by name, for cards and logs."""
        return asdict(self)
