"""What several proxies need: modes without randomness, logits, and the gradient of the loss of a batch."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from nas_problems.network.fit import Part
from nas_problems.network.layer import RandomLayer

_DROPOUTS = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout)


def as_trained(network: nn.Module) -> nn.Module:
    """The network as in training, its batch normalisation by the batch, but with nothing dropped."""
    network.train()
    for layer in network.modules():
        if isinstance(layer, (RandomLayer, *_DROPOUTS)):
            layer.eval()
    return network


def logits_of(network: nn.Module, images: Tensor) -> Tensor:
    """Logits (batch, classes), those of the main head where there are two."""
    outputs: Tensor | tuple[Tensor, ...] = network(images)
    return outputs[0] if isinstance(outputs, tuple) else outputs


def loss_gradients(network: nn.Module, batch: Part) -> list[tuple[Tensor, Tensor]]:
    """Weights of convolutions and linear layers, each with the gradient of the batch's mean cross-entropy.

    A weight that the loss does not depend on has the gradient 0.
    """
    logits = logits_of(as_trained(network), batch.images)
    weights = layer_weights(network)
    if not logits.requires_grad:
        return [(weight.detach(), torch.zeros_like(weight)) for weight in weights]
    loss = functional.cross_entropy(logits, batch.labels)
    return paired_gradients(loss, weights)


def layer_weights(network: nn.Module) -> list[Tensor]:
    """Weights of convolutions and linear layers."""
    return [layer.weight for layer in network.modules() if isinstance(layer, (nn.Conv2d, nn.Linear))]


def paired_gradients(value: Tensor, weights: list[Tensor]) -> list[tuple[Tensor, Tensor]]:
    """Weights, each with its gradient of a value; 0 where the value does not depend on it."""
    gradients = torch.autograd.grad(value, weights, allow_unused=True)
    return [
        (weight.detach(), torch.zeros_like(weight) if gradient is None else gradient)
        for weight, gradient in zip(weights, gradients, strict=True)
    ]
