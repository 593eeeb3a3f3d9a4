"""DARTS: the sum of all operations, weighted by a softmax whose parameters follow the validation loss."""

from collections.abc import Callable, Sequence
from typing import Literal

import torch
from torch import Tensor

from nas_problems.supernet.mixture import Mixture, softmax_mixture
from optimizers.one_shot.registry import register
from optimizers.one_shot.setting import Setting
from optimizers.one_shot.supernet_search import Batch, SupernetSearch


@register("darts", summary="softmax over all operations, trained by the validation loss", family="differentiable")
class Darts(SupernetSearch):
    """Every step first moves the architecture parameters, then the weights.

    Args:
        setting: On what it works.
        order: 1: the weights count as fixed; 2: they are one step further, and that step depends on the
            architecture parameters.

    Source: liu2019, algorithm 1.
    """

    def __init__(self, setting: Setting, *, order: Literal[1, 2] = 1) -> None:
        super().__init__(setting)
        self.order = order

    def mixture(self) -> Mixture:
        """What the supernet computes."""
        return softmax_mixture(self.alpha, self.mask)

    def run_epoch(self) -> None:
        """One pass over the training part."""
        self.start_epoch()
        for batch, validation in self.paired_batches():
            if self.order == 1:
                self.alpha_step(self.loss(validation, self.mixture()))
            else:
                self._second_order_step(batch, validation)
            self.weight_step(batch, self.mixture())
        self.epoch += 1

    def _second_order_step(self, batch: Batch, validation: Batch) -> None:
        group = self.weight_optimizer.param_groups[0]
        momenta = [self.weight_optimizer.state[values].get("momentum_buffer") for values in self.weights]
        gradient = second_order_gradient(
            lambda: self.loss(batch, self.mixture()),
            lambda: self.loss(validation, self.mixture()),
            self.weights,
            self.alpha,
            rate=group["lr"],
            decay=group["weight_decay"],
            momenta=[None if m is None else group["momentum"] * m for m in momenta],
        )
        self.apply_alpha([gradient])


def second_order_gradient(
    train_loss: Callable[[], Tensor],
    validation_loss: Callable[[], Tensor],
    weights: Sequence[Tensor],
    alpha: Tensor,
    *,
    rate: float,
    decay: float = 0.0,
    momenta: Sequence[Tensor | None] | None = None,
) -> Tensor:
    """Gradient of the validation loss after one step of the weights, by the architecture parameters.

    The product of a matrix of second derivatives with a vector is a difference of two gradients.

    Args:
        train_loss: Computes the training loss at the weights' present values.
        validation_loss: Computes the validation loss.
        weights: Changed for a while, and put back.
        alpha: Architecture parameters.
        rate: Of the step.
        decay: Weight decay of the step.
        momenta: What momentum adds to each gradient in the step.

    Source: liu2019, equations 7 and 8.
    """
    before = [values.detach().clone() for values in weights]
    added = [None] * len(weights) if momenta is None else momenta
    gradients = torch.autograd.grad(train_loss(), weights, allow_unused=True)
    with torch.no_grad():
        for values, gradient, momentum in zip(weights, gradients, added, strict=True):
            step = decay * values
            step = step if gradient is None else step + gradient
            values.sub_(rate * (step if momentum is None else step + momentum))
    direct, *direction = torch.autograd.grad(validation_loss(), [alpha, *weights], allow_unused=True)
    norm = torch.sqrt(sum((d.square().sum() for d in direction if d is not None), torch.zeros(())))
    epsilon = 0.01 / norm
    sides = []
    for sign in (1.0, -1.0) if norm > 0 else ():  # no direction: the step of the weights does not matter
        with torch.no_grad():
            for values, old, d in zip(weights, before, direction, strict=True):
                values.copy_(old if d is None else old + sign * epsilon * d)
        sides.append(torch.autograd.grad(train_loss(), alpha)[0])
    with torch.no_grad():
        for values, old in zip(weights, before, strict=True):
            values.copy_(old)
    if not sides:
        return direct
    return direct - rate * (sides[0] - sides[1]) / (2.0 * epsilon.to(alpha.device))
