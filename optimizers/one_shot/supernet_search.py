"""What searches with a supernet have in common: its weights, architecture parameters, batches, and their state.

All randomness is derived from the seed and the epoch, so that nothing that draws needs a place in the state, and
a search that was killed goes on as if it had not been.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from nas_problems.array import BoolArray, FloatArray
from nas_problems.network.fit import Part, derived_seed
from nas_problems.network.initialize import initialize
from nas_problems.network.layer import RandomLayer
from nas_problems.space import Codes
from nas_problems.supernet.backbone import Network
from nas_problems.supernet.mixture import Mixture, every_candidate, path_mixture, probabilities
from nas_problems.supernet.space import Architecture
from optimizers.one_shot.setting import Setting

WEIGHTS, ALPHA, ORDER, DRAWS, LAYERS, JUDGED = 11, 12, 13, 14, 15, 16
"""Streams of randomness: the first word of ``derived_seed``."""

Batch = tuple[Tensor, Tensor]
"""Images and labels."""


class SupernetSearch:
    """A supernet in training, and a number per decision.

    A method defines ``run_epoch``, and ``derive`` if the strongest operations are not the answer.

    Args:
        setting: On what it works.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting, self.cells = setting, setting.backbone.cells
        self.protocol = setting.protocol
        self.epoch = 0
        self.mask: BoolArray = every_candidate(self.cells)
        self.earlier: FloatArray | None = None  # the scores that the last stage ended with
        noise = np.random.default_rng(derived_seed(ALPHA, setting.seed)).standard_normal(self.cells.shape)
        self.alpha = torch.from_numpy(1e-3 * noise).float().requires_grad_()
        self.build()

    @property
    def n_epochs(self) -> int:
        """Epochs of the whole search."""
        return self.protocol.epochs

    # ---- building

    def build(self, n_cells: int | None = None) -> None:
        """A new supernet with the candidates of ``mask``, and new optimizers.

        Args:
            n_cells: Number of cells, where it is not the backbone's own.
        """
        network = self.setting.backbone.supernet(self.setting.shape, self.mask, n_cells=n_cells)
        seed = derived_seed(WEIGHTS, self.setting.seed, self.epoch)
        initialize(network, torch.Generator().manual_seed(seed))
        self.network: Network = network.to(self.setting.train.labels.device)
        self.weights = list(self.network.parameters())
        self.weight_optimizer: torch.optim.Optimizer = self.make_weight_optimizer()
        self.alpha_optimizer = torch.optim.Adam(
            self.decisions(),
            lr=self.protocol.alpha_rate,
            betas=(0.5, 0.999),
            weight_decay=self.protocol.alpha_decay,
        )

    def start_stage(self, mask: BoolArray, n_cells: int | None = None) -> None:
        """A new supernet with other candidates, whose architecture parameters are all 0.

        Args:
            mask: The candidates.
            n_cells: See ``build``.
        """
        self.earlier, self.mask = self.scores(), mask
        self.alpha = torch.zeros_like(self.alpha).requires_grad_()
        self.build(n_cells)

    def make_weight_optimizer(self) -> torch.optim.Optimizer:
        """What trains the weights: SGD with momentum."""
        return torch.optim.SGD(
            self.weights,
            lr=self.protocol.learning_rate,
            momentum=self.protocol.momentum,
            weight_decay=self.protocol.weight_decay,
        )

    def decisions(self) -> list[Tensor]:
        """What is trained on the validation part: architecture parameters, or a controller's weights."""
        return [self.alpha]

    # ---- randomness and batches

    def rng(self, stream: int = DRAWS) -> np.random.Generator:
        """A generator that depends only on the seed, the epoch and the stream."""
        return np.random.default_rng(derived_seed(stream, self.setting.seed, self.epoch))

    def start_epoch(self, learning_rate: float | None = None) -> None:
        """Set the learning rate, the mode, and the generators of layers that draw."""
        rate = self.protocol.learning_rate_at(self.epoch) if learning_rate is None else learning_rate
        for group in self.weight_optimizer.param_groups:
            group["lr"] = rate
        self.network.train()
        device = self.setting.train.labels.device
        for place, layer in enumerate(module for module in self.network.modules() if isinstance(module, RandomLayer)):
            seed = derived_seed(LAYERS, self.setting.seed, self.epoch, place)
            layer.generator = torch.Generator(device).manual_seed(seed)

    def batches(self, part: Part, stream: int = ORDER) -> Iterator[Batch]:
        """The part's images in a new order, batch by batch; a last batch of one image is left out."""
        order = torch.from_numpy(self.rng(stream).permutation(len(part))).to(part.labels.device)
        for rows in torch.split(order, self.protocol.batch_size):
            if len(rows) > 1:
                yield part.images[rows], part.labels[rows]

    def paired_batches(self) -> Iterator[tuple[Batch, Batch]]:
        """A batch to train on with one to validate on; the latter start again where there are too few."""
        others = list(self.batches(self.setting.validation, ORDER + 100))
        for step, batch in enumerate(self.batches(self.setting.train)):
            yield batch, others[step % len(others)]

    # ---- steps

    def loss(self, batch: Batch, mixture: Mixture) -> Tensor:
        """Mean cross-entropy of a batch."""
        return functional.cross_entropy(cast(Tensor, self.network(batch[0], mixture)), batch[1])

    def weight_step(self, batch: Batch, mixture: Mixture) -> None:
        """One step of the weights; architecture parameters stay as they are."""
        fixed = None if mixture.weights is None else mixture.weights.detach()
        depths = None if mixture.depths is None else mixture.depths.detach()
        self.weight_optimizer.zero_grad()
        torch.autograd.backward(self.loss(batch, Mixture(mixture.active, fixed, depths)))
        nn.utils.clip_grad_norm_(self.weights, self.protocol.clip)
        self.weight_optimizer.step()

    def alpha_step(self, loss: Tensor) -> None:
        """One step of the architecture parameters along a loss that depends on them."""
        decisions = self.decisions()
        self.apply_alpha(torch.autograd.grad(loss, decisions, allow_unused=True))

    def apply_alpha(self, gradients: Sequence[Tensor | None]) -> None:
        """One step of the architecture parameters along given gradients."""
        for values, gradient in zip(self.decisions(), gradients, strict=True):
            values.grad = torch.zeros_like(values) if gradient is None else gradient
        self.alpha_optimizer.step()

    # ---- what a search says

    def scores(self) -> FloatArray:
        """How strong every candidate is, minus infinity where there is none: its probability.

        As long as the architecture parameters of a stage rest, the strength is that at the end of the stage before.
        """
        if self.earlier is not None and not self.alpha.detach().any():
            return np.where(self.mask, self.earlier, -np.inf)
        with torch.no_grad():
            strength = probabilities(self.alpha, self.mask).double().numpy()
        return np.where(self.mask, strength, -np.inf)

    def derive(self) -> Codes:
        """The architecture that the search would give now, (d,)."""
        return self.cells.encode(self.cells.strongest(self.scores()))

    def accuracies(self, architectures: Sequence[Architecture], batch: Batch) -> FloatArray:
        """Accuracy in percent of architectures with inherited weights on one batch, (n,).

        Batch normalisation uses the batch's own statistics, so that it fits every architecture.
        """
        self.network.train()
        right = []
        with torch.no_grad():
            for architecture in architectures:
                logits = cast(Tensor, self.network(batch[0], self.path(architecture)))
                right.append((logits.argmax(dim=1) == batch[1]).sum())
        return cast(FloatArray, (100.0 * torch.stack(right).double() / len(batch[1])).cpu().numpy())

    def path(self, architecture: Architecture) -> Mixture:
        """The mixture of one architecture, with its depths where these are searched."""
        mixture = path_mixture(architecture)
        if not architecture.depths:
            return mixture
        depths = torch.tensor(architecture.depths) - 1
        return Mixture(mixture.active, None, functional.one_hot(depths, max(self.cells.max_depths)).float())

    def judged_batch(self, n_images: int) -> Batch:
        """Images of the validation part on which candidates are compared, drawn anew in every epoch."""
        part = self.setting.validation
        rows = self.rng(JUDGED).permutation(len(part))[:n_images]
        chosen = torch.from_numpy(rows).to(part.labels.device)
        return part.images[chosen], part.labels[chosen]

    # ---- state

    def state(self) -> dict[str, Any]:
        """All that is needed to go on: numbers, strings, tensors, and lists and dicts of them."""
        return {
            "epoch": self.epoch,
            "network": self.network.state_dict(),
            "weight_optimizer": self.weight_optimizer.state_dict(),
            "alpha_optimizer": self.alpha_optimizer.state_dict(),
            "decisions": [values.detach() for values in self.decisions()],
            "mask": torch.from_numpy(self.mask),
            "earlier": None if self.earlier is None else torch.from_numpy(self.earlier),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from a state of a search with the same method and setting."""
        self.epoch = state["epoch"]
        self.mask = state["mask"].numpy()
        self.earlier = None if state["earlier"] is None else state["earlier"].numpy()
        self.network.load_state_dict(state["network"])
        self.weight_optimizer.load_state_dict(state["weight_optimizer"])
        with torch.no_grad():
            for values, stored in zip(self.decisions(), state["decisions"], strict=True):
                values.copy_(stored)
        self.alpha_optimizer.load_state_dict(state["alpha_optimizer"])
