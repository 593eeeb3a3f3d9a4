"""The shape of what a network sees and says; without torch."""

from dataclasses import dataclass


class ImpossibleShapeError(ValueError):
    """A network that cannot be built for images of this size."""


@dataclass(frozen=True, slots=True)
class ImageShape:
    """Shape of the images and number of classes of an image set.

    Args:
        n_channels: Channels.
        height: Pixels.
        width: Pixels.
        n_classes: Classes.
    """

    n_channels: int
    height: int
    width: int
    n_classes: int
