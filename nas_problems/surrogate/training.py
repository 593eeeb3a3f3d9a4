"""Training of small neural networks by torch, all members of an ensemble at once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.surrogate.network import N_MEMBERS

_BATCH = 64
_STEPS = (4, 40)  # for each tree that a forest would have: at least, at most
_PASSES = 0.6  # over the rows, between these
_RATE, _DECAY = 3e-3, 1e-2


def fit_members(
    forward: Callable[..., Any],
    shapes: Mapping[str, tuple[int, ...]],
    inputs: Sequence[FloatArray],
    y: FloatArray,
    *,
    n_trees: int,
) -> tuple[dict[str, FloatArray], float, float]:
    """Parameters of all members, trained on standardized values, and the mean and scale of the values.

    Args:
        forward: See ``train``.
        shapes: See ``first_weights``.
        inputs: See ``train``.
        y: Values as they are, (n,).
        n_trees: See ``train``.
    """
    mean, scale = float(y.mean()), float(y.std()) or 1.0
    first = first_weights(shapes, seed=0)
    return train(forward, first, inputs, (y - mean) / scale, n_trees=n_trees, seed=0), mean, scale


def first_weights(shapes: Mapping[str, tuple[int, ...]], *, seed: int) -> dict[str, FloatArray]:
    """Weights drawn uniformly with the variance 2 / inputs, offsets of 0, for every member.

    Args:
        shapes: Name -> shape of one member's array.
        seed: Of the draw.

    Source: he2015, section 2.2.
    """
    rng = np.random.default_rng(seed)
    weights = {}
    for name, shape in shapes.items():
        high = np.sqrt(6.0 / max(shape[0], 1)) if name.endswith("weights") else 0.0
        weights[name] = rng.uniform(-high, high, size=(N_MEMBERS, *shape))
    return weights


def train(
    forward: Callable[..., Any],
    parameters: Mapping[str, FloatArray],
    inputs: Sequence[FloatArray],
    y: FloatArray,
    *,
    n_trees: int,
    seed: int,
) -> dict[str, FloatArray]:
    """Parameters after training with AdamW and a cosine schedule; each member goes through the rows in an order of its
    own.

    Args:
        forward: ``(parameters, *inputs (members, batch, ...)) -> (members, batch)``, in tensors.
        parameters: The first ones.
        inputs: Each (n, ...).
        y: Standardized values, (n,).
        n_trees: How long: the number of steps is proportional to it.
        seed: Of the orders.

    Source: lakshminarayanan2017, section 2.4 (the ensemble); loshchilov2019 (the optimizer).
    """
    import torch

    from nas_problems.network.fit import one_thread

    n = len(y)
    batch = min(_BATCH, n)
    n_steps = n_trees * int(np.clip(_PASSES * n / batch, *_STEPS))
    rng = np.random.default_rng(seed)
    held = {name: torch.tensor(array, dtype=torch.float32, requires_grad=True) for name, array in parameters.items()}
    tensors = [torch.tensor(array, dtype=torch.float32) for array in inputs]
    target = torch.tensor(y, dtype=torch.float32)
    optimizer = torch.optim.AdamW(held.values(), lr=_RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_steps)
    with one_thread():
        for rows in _orders(n, batch, n_steps, rng):
            chosen = torch.from_numpy(rows)
            error: torch.Tensor = forward(held, *(tensor[chosen] for tensor in tensors)) - target[chosen]
            optimizer.zero_grad()
            torch.autograd.backward((error**2).mean(dim=1).sum())
            optimizer.step()
            schedule.step()
    return {name: tensor.detach().numpy().astype(np.float64) for name, tensor in held.items()}


def _orders(n: int, batch: int, n_steps: int, rng: np.random.Generator) -> Any:
    """Rows of each step, (members, batch): whole passes in drawn orders."""
    per_pass = n // batch
    for step in range(n_steps):
        if step % per_pass == 0:
            order = np.stack([rng.permutation(n) for _ in range(N_MEMBERS)])
        start = step % per_pass * batch
        yield order[:, start : start + batch]
