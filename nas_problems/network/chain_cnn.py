"""Chain CNNs: three stacks of two convolutions, max-pooling and dropout, then two dense layers."""

import math
from typing import cast

from torch import Tensor, nn

from nas_problems.network.layer import Dropout
from nas_problems.network.shape import ImageShape, ImpossibleShapeError
from nas_problems.parameter import Config

N_STACKS = 3


class ChainNetwork(nn.Module):
    """One chain CNN.

    A stack is: convolution, ReLU, convolution with the stack's stride, ReLU, 2x2 max-pooling, dropout.
    Convolutions are padded so that only the stride shrinks; a dense size of 0 leaves the layer out.
    The first of the seven dropouts is on the image, one follows each stack, one the flattening, and one
    each dense layer. Initial weights are Glorot's, as Keras has them.

    Differs: the paper prints neither padding, nor the place of the stride within a stack, nor that of
    the seven dropouts; these are our choice.

    Args:
        config: ``s_0 ... s_2``, ``filters_0 ... filters_2``, ``k_0 ... k_5``, ``dropout_0 ...
            dropout_6``, ``dense_size_0``, ``dense_size_1``.
        shape: Of the images.

    Raises:
        ImpossibleShapeError: A kernel or a stride is larger than what is left of the image.

    Source: vanstein2020, section 3 and figure 1.
    """

    initialization = "glorot"

    def __init__(self, config: Config, shape: ImageShape) -> None:
        super().__init__()
        integer = {name: int(value) for name, value in config.items()}
        rate = {name: float(value) for name, value in config.items()}
        check_chain(integer, shape)
        layers: list[nn.Module] = [Dropout(rate["dropout_0"])]
        width, height_left, width_left = shape.n_channels, shape.height, shape.width
        for stack in range(N_STACKS):
            filters, stride = integer[f"filters_{stack}"], integer[f"s_{stack}"]
            for kernel, step in ((integer[f"k_{2 * stack}"], 1), (integer[f"k_{2 * stack + 1}"], stride)):
                padding = ((kernel - 1) // 2, kernel // 2) * 2
                layers += [nn.ZeroPad2d(padding), nn.Conv2d(width, filters, kernel, stride=step), nn.ReLU()]
                width = filters
            layers += [nn.MaxPool2d(2, ceil_mode=True), Dropout(rate[f"dropout_{stack + 1}"])]
            height_left, width_left = _shrunk(height_left, stride), _shrunk(width_left, stride)
        layers += [nn.Flatten(), Dropout(rate["dropout_4"])]
        n_inputs = width * height_left * width_left
        for dense in range(2):
            n_units = integer[f"dense_size_{dense}"]
            if n_units:
                layers += [nn.Linear(n_inputs, n_units), nn.ReLU(), Dropout(rate[f"dropout_{dense + 5}"])]
                n_inputs = n_units
        layers.append(nn.Linear(n_inputs, shape.n_classes))
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> Tensor:
        """(batch, channels, height, width) -> logits (batch, classes)."""
        return cast(Tensor, self.layers(images))


def check_chain(config: Config, shape: ImageShape) -> None:
    """Refuse a chain CNN of which an image cannot pass through all stacks.

    Raises:
        ImpossibleShapeError: It names the stack, the kernel or stride, and what is left of the image.
    """
    height, width = shape.height, shape.width
    for stack in range(N_STACKS):
        for name in (f"k_{2 * stack}", f"k_{2 * stack + 1}", f"s_{stack}"):
            if int(config[name]) > min(height, width):
                raise ImpossibleShapeError(
                    f"{name}: wanted at most {min(height, width)}, what is left of the image in stack {stack}, "
                    f"found {config[name]}"
                )
        stride = int(config[f"s_{stack}"])
        height, width = _shrunk(height, stride), _shrunk(width, stride)


def _shrunk(size: int, stride: int) -> int:
    return math.ceil(math.ceil(size / stride) / 2)  # by the convolution, and by the pooling
