"""How a supernet mixes the operations of its edges: the modes.

A table of architecture parameters ``alpha`` (kinds, edges, operations) lies on the CPU, so that a path is drawn
without asking the device; the weights of a mixture are moved to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from nas_problems.array import BoolArray
from nas_problems.supernet.space import ABSENT, Architecture, CellSpace

Active = tuple[tuple[tuple[int, ...], ...], ...]
"""For every kind and edge the numbers of the operations that are computed."""


@dataclass(frozen=True, eq=False)
class Mixture:
    """What one forward pass computes.

    Args:
        active: See ``Active``; operations that are not in it cost nothing.
        weights: Factor of every operation, (kinds, edges, operations), on any device; None: 1 each.
        depths: Share of every depth of a block, (blocks, depths), where depth is mixed; None: the backbone's own.
    """

    active: Active
    weights: Tensor | None = None
    depths: Tensor | None = None


def _active(mask: BoolArray) -> Active:
    return tuple(tuple(tuple(np.flatnonzero(row).tolist()) for row in kind) for kind in mask)


def _masked(alpha: Tensor, mask: BoolArray) -> Tensor:
    """``alpha`` with minus infinity where there is no candidate; an edge without any keeps finite numbers."""
    usable = torch.from_numpy(mask | ~mask.any(axis=2, keepdims=True)).to(alpha.device)
    return alpha.masked_fill(~usable, -torch.inf)


def probabilities(alpha: Tensor, mask: BoolArray) -> Tensor:
    """Softmax over the candidates of every edge, (kinds, edges, operations)."""
    return torch.softmax(_masked(alpha, mask), dim=2)


def softmax_mixture(alpha: Tensor, mask: BoolArray) -> Mixture:
    """The sum of all candidates, weighted by softmax.

    Args:
        alpha: Architecture parameters.
        mask: Which operations are candidates, of the shape of ``alpha``.

    Source: liu2019, equation 2.
    """
    return Mixture(_active(mask), probabilities(alpha, mask))


def gumbel(shape: Sequence[int], rng: np.random.Generator) -> Tensor:
    """Standard Gumbel noise, float32."""
    return torch.from_numpy(rng.gumbel(size=tuple(shape)).astype(np.float32))


def gumbel_mixture(alpha: Tensor, mask: BoolArray, *, temperature: float, rng: np.random.Generator) -> Mixture:
    """One candidate per edge, drawn from softmax(alpha); gradients are those of the softened draw.

    Only the drawn operations are computed. In value, every weight is exactly 0 or 1.

    Differs: GDAS's released code adds the weights of the operations that were not drawn, which changes
    gradients by a constant that does not depend on what these would have computed.

    Source: dong2019, equations 5 to 7.
    """
    logits = torch.log_softmax(_masked(alpha, mask), dim=2)
    soft = torch.softmax((logits + gumbel(alpha.shape, rng)) / temperature, dim=2)
    drawn = soft.argmax(dim=2)
    hard = functional.one_hot(drawn, alpha.shape[2]).to(soft.dtype)
    kept = functional.one_hot(drawn, alpha.shape[2]).bool().numpy() & mask
    return Mixture(_active(kept), hard - soft.detach() + soft)


def relaxed_mixture(alpha: Tensor, mask: BoolArray, *, temperature: float, rng: np.random.Generator) -> Mixture:
    """All candidates, weighted by a softened draw (the concrete distribution).

    Source: xie2019, equation 4.
    """
    logits = torch.log_softmax(_masked(alpha, mask), dim=2)
    return Mixture(_active(mask), torch.softmax((logits + gumbel(alpha.shape, rng)) / temperature, dim=2))


def path_mixture(architecture: Architecture) -> Mixture:
    """The one path of an architecture; its operations have factor 1."""
    rows = (tuple(() if o == ABSENT else (o,) for o in row) for row in architecture.choices)
    return Mixture(tuple(rows))


def dropout_mixture(mask: BoolArray, *, rate: float, rng: np.random.Generator) -> Mixture:
    """The mean of the candidates that are left when each is dropped with a probability.

    Every edge keeps at least one.

    Args:
        mask: Which operations are candidates.
        rate: Probability of each; 0 keeps all.
        rng: Draws.

    Source: bender2018, section 3.
    """
    kept = mask & (rng.random(mask.shape) >= rate)
    lucky = np.where(mask, rng.random(mask.shape), -1.0).argmax(axis=2)
    lost = ~kept.any(axis=2, keepdims=True) & mask.any(axis=2, keepdims=True)
    kept |= lost & (lucky[:, :, None] == np.arange(mask.shape[2]))
    weights = kept / np.maximum(kept.sum(axis=2, keepdims=True), 1)
    return Mixture(_active(kept), torch.from_numpy(weights.astype(np.float32)))


def dropout_rate(share: float, final: float, n_candidates: int) -> float:
    """The rate of path dropout when a share of the training is over: it ramps up linearly to r^(1/k).

    Args:
        share: Of the training, in [0, 1].
        final: r: probability in the end that all k candidates of an edge would be dropped.
        n_candidates: k.

    Source: bender2018, section 3.2.

    >>> round(dropout_rate(1.0, 0.05, 5), 3)
    0.549
    """
    return float(share * final ** (1.0 / n_candidates))


def every_candidate(cells: CellSpace) -> BoolArray:
    """The mask of a space in which nothing has been ruled out, of shape ``cells.shape``."""
    return np.ones(cells.shape, dtype=np.bool_)
