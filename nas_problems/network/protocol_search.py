"""A small residual network whose training protocol is what is searched: twelve hyperparameters, as a classifier.

Source: sharma2019.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.lr_scheduler import ReduceLROnPlateau

from nas_problems.array import FloatArray, IntArray
from nas_problems.network.fit import one_thread
from nas_problems.network.initialize import global_seed
from nas_problems.network.layer import ConvBatchNorm, channels_last
from nas_problems.network.resnet import BasicBlock
from nas_problems.parameter import Config

WIDTH = 16
"""Channels."""

_CROPPED = (6, 7, 8)  # pixels per side of a part that is brought to the size of the image
_SIDE = 8  # pixels of a digit


class SmallResNet(nn.Module):
    """A convolution that halves the image, a residual block and a dense layer, for images of one channel."""

    def __init__(self, n_classes: int) -> None:
        super().__init__()
        self.stem = ConvBatchNorm(1, WIDTH, 3, stride=2, relu="after")
        self.block = BasicBlock(WIDTH, WIDTH, 1)
        self.head = nn.Linear(WIDTH, n_classes)

    def forward(self, images: Tensor) -> Tensor:
        """(batch, 1, height, width) -> logits (batch, n_classes)."""
        logits: Tensor = self.head(self.block(self.stem(images)).mean(dim=(2, 3)))
        return logits


@dataclass
class ProtocolClassifier:
    """``SmallResNet`` trained by stochastic gradient descent as a configuration says.

    The learning rate is divided by ``learning_rate_decay`` when the loss of an epoch has not fallen by the share
    ``tolerance`` for ``patience`` epochs. Without ``shuffle``, images are learned in the order in which they are given.

    Args:
        config: The twelve hyperparameters of ``nas_problems.catalog.protocol_search``.
        seed: Of weights, order and augmentation.
        n_classes: Classes 0 ... n_classes - 1.
        by_class: Whether images are given class by class, as they are read from a folder per class.
    """

    config: Config
    seed: int
    n_classes: int = 10
    by_class: bool = True

    def fit(self, X: FloatArray, y: IntArray) -> "ProtocolClassifier":
        """Train on images X (n, 64) and class numbers y (n,).

        Raises:
            ValueError: The loss is not finite.
        """
        order = np.argsort(y, kind="stable") if self.by_class else np.arange(len(y))
        self._mean, self._deviation = float(X.mean()), float(X.std()) or 1.0
        images, labels = self._images(X[order]), torch.from_numpy(y[order].astype(np.int64))
        with one_thread(), global_seed(self.seed):
            self._train(images, labels)
        return self

    def _train(self, images: Tensor, labels: Tensor) -> None:
        config, n = self.config, len(labels)
        network = channels_last(SmallResNet(self.n_classes))
        optimizer = torch.optim.SGD(
            network.parameters(),
            lr=float(config["learning_rate_init"]),
            momentum=float(config["momentum"]),
            weight_decay=float(config["weight_decay"]),
            fused=True,
        )
        schedule = ReduceLROnPlateau(
            optimizer,
            factor=1.0 / float(config["learning_rate_decay"]),
            patience=int(config["patience"]),
            threshold=float(config["tolerance"]),
        )
        for epoch in range(int(config["epochs"])):
            order = torch.randperm(n) if config["shuffle"] else torch.arange(n)
            total = 0.0
            for rows in torch.split(order, int(config["batch_size"])):
                loss = functional.cross_entropy(network(self._changed(images[rows])), labels[rows])
                optimizer.zero_grad()
                torch.autograd.backward(loss)
                optimizer.step()
                total += float(loss.detach()) * len(rows)
            if not np.isfinite(total):
                raise ValueError(f"diverged in epoch {epoch + 1}")
            schedule.step(total / n)
        self._network = network.eval()

    def _changed(self, images: Tensor) -> Tensor:
        """A batch with its random changes."""
        if self.config["resize_crop"]:
            side = _CROPPED[int(torch.randint(len(_CROPPED), ()))]
            row, column = (int(torch.randint(_SIDE - side + 1, ())) for _ in range(2))
            part = images[:, :, row : row + side, column : column + side]
            images = functional.interpolate(part, size=(_SIDE, _SIDE), mode="bilinear", align_corners=False)
        for name, axis in (("horizontal_flip", 3), ("vertical_flip", 2)):
            if self.config[name]:
                is_flipped = (torch.rand(len(images)) < 0.5)[:, None, None, None]
                images = torch.where(is_flipped, images.flip(axis), images)
        return images

    def _images(self, X: FloatArray) -> Tensor:
        pixels = (X - self._mean) / self._deviation
        return torch.from_numpy(pixels.astype(np.float32)).view(-1, 1, _SIDE, _SIDE)

    def predict(self, X: FloatArray) -> IntArray:
        """Class numbers (n,).

        Raises:
            ValueError: Outputs that are not finite.
        """
        with torch.no_grad(), one_thread():
            logits = self._network(self._images(X))
        if not logits.isfinite().all():
            raise ValueError("outputs are not finite")
        answers: IntArray = logits.argmax(dim=1).numpy()
        return answers
